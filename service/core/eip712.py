"""EIP-712 typed data: the six messages that Tallystick signs, and secp256k1 signatures over their digests.

The types are fixed, so digests are hashed directly, word by word: a generic encoder takes 0.3 ms for one.
Arguments that do not fit their Solidity type raise FormatError; a bad signature raises VerificationError.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import coincurve
import sha3

from service.core.errors import FormatError, VerificationError

SECP256K1_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
_HALF_ORDER: Final = SECP256K1_ORDER // 2
_ADDRESS = re.compile(r"0x[0-9a-f]{40}", re.ASCII)


def keccak256(data: bytes) -> bytes:
    """Keccak-256 with Ethereum's padding (not FIPS 202 SHA3-256)."""
    digest: bytes = sha3.keccak_256(data).digest()
    return digest


_DOMAIN_TYPE: Final = keccak256(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_DOMAIN_NAME: Final = keccak256(b"Tallystick")
_DOMAIN_VERSION: Final = keccak256(b"1")
_CHECKPOINT: Final = keccak256(
    b"Checkpoint(bytes32 log,uint64 size,bytes32 root,uint64 signedAt,uint64 anchorBy,bytes32 via)"
)
_STATEMENT: Final = keccak256(b"Statement(bytes32 log,bytes32 digest)")
_ACCEPTANCE: Final = keccak256(
    b"Acceptance(bytes32 log,string platform,string trade,bytes32 quote,uint256 amount,"
    b"string currency,string channel,uint64 validUntil,bytes32 salt)"
)
_ACKNOWLEDGEMENT: Final = keccak256(
    b"Acknowledgement(bytes32 log,string trade,bytes32 payout,uint256 amount,string currency,bytes32 salt)"
)
_ENDORSEMENT: Final = keccak256(b"Endorsement(bytes32 log,string role,bytes32 digest,bytes32 salt)")
_TRADE_HEAD: Final = keccak256(
    b"TradeHead(bytes32 log,string trade,uint64 count,bytes32 leaf,uint64 size,bytes32 root)"
)


def domain_separator(chain_id: int, registry: str) -> bytes:
    """hashStruct of the domain {name: "Tallystick", version: "1", chainId, verifyingContract: registry}."""
    if type(chain_id) is not int:  # before the cache, to which True and 1 are the same
        raise FormatError("a chain id is an integer")
    return _domain_separator(chain_id, check_address(registry))


def checkpoint_digest(
    domain: bytes, log: bytes, size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes
) -> bytes:
    """Digest of a Checkpoint: what a log's key signs and the registry recovers. Times in Unix seconds."""
    return _digest(
        domain,
        _CHECKPOINT
        + _word(log)
        + _uint64(size)
        + _word(root)
        + _uint64(signed_at)
        + _uint64(anchor_by)
        + _word(via),
    )


def statement_digest(domain: bytes, log: bytes, digest: bytes) -> bytes:
    """Digest of a Statement: a platform's own signature over the SHA-256 of a statement's bytes."""
    return _digest(domain, _STATEMENT + _word(log) + _word(digest))


def acceptance_digest(
    domain: bytes,
    log: bytes,
    platform: str,
    trade: str,
    quote: bytes,
    amount: int,
    currency: str,
    channel: str,
    valid_until: int,
    salt: bytes,
) -> bytes:
    """Digest of an Acceptance: consent to a quote. Amount in minor units, `valid_until` in Unix s."""
    return _digest(
        domain,
        _ACCEPTANCE
        + _word(log)
        + _text(platform)
        + _text(trade)
        + _word(quote)
        + _uint256(amount)
        + _text(currency)
        + _text(channel)
        + _uint64(valid_until)
        + _word(salt),
    )


def acknowledgement_digest(
    domain: bytes, log: bytes, trade: str, payout: bytes, amount: int, currency: str, salt: bytes
) -> bytes:
    """Digest of an Acknowledgement: a user says that a payout arrived. Amount in minor units."""
    return _digest(
        domain,
        _ACKNOWLEDGEMENT
        + _word(log)
        + _text(trade)
        + _word(payout)
        + _uint256(amount)
        + _text(currency)
        + _word(salt),
    )


def endorsement_digest(domain: bytes, log: bytes, role: str, digest: bytes, salt: bytes) -> bytes:
    """Digest of an Endorsement: somebody in `role` stands by the statement with this digest."""
    return _digest(domain, _ENDORSEMENT + _word(log) + _text(role) + _word(digest) + _word(salt))


def trade_head_digest(
    domain: bytes, log: bytes, trade: str, count: int, leaf: bytes, size: int, root: bytes
) -> bytes:
    """Digest of a TradeHead: at this size the trade has `count` entries and `leaf` is the last."""
    return _digest(
        domain,
        _TRADE_HEAD + _word(log) + _text(trade) + _uint64(count) + _word(leaf) + _uint64(size) + _word(root),
    )


def log_id(opener: str, origin: str) -> bytes:
    """keccak256(abi.encode(address opener, string origin)): the registry's id of a log."""
    text = _utf8(origin)
    padded = text + bytes(-len(text) % 32)
    return keccak256(_address(opener) + _uint256(64) + _uint256(len(text)) + padded)


class SigningKey:
    """A secp256k1 private key (32 bytes), kept parsed: `.address` and deterministic low-s signatures."""

    __slots__ = ("_key", "address")

    def __init__(self, private_key: bytes) -> None:
        if type(private_key) is not bytes or len(private_key) != 32:
            raise FormatError("a private key is 32 bytes")
        if not 0 < int.from_bytes(private_key, "big") < SECP256K1_ORDER:
            raise FormatError("not a secp256k1 private key: out of range")
        self._key = coincurve.PrivateKey(private_key)
        self.address = _address_of(self._key.public_key)

    def sign(self, digest: bytes) -> bytes:
        """r ‖ s ‖ v (65 bytes, v 27 or 28) by RFC 6979, low s: the same digest gives the same signature."""
        signature = self._key.sign_recoverable(_word(digest), hasher=None)
        return signature[:64] + bytes((27 + signature[64],))


def sign(private_key: bytes, digest: bytes) -> bytes:
    """`SigningKey(private_key).sign(digest)`, for a single signature."""
    return SigningKey(private_key).sign(digest)


def address_of(private_key: bytes) -> str:
    """The address of a private key, `0x` and 40 lower-case hex digits."""
    return SigningKey(private_key).address


def check_signature(signature: bytes) -> None:
    """Check the form of r ‖ s ‖ v without a digest: 65 bytes, v 27 or 28, 0 < r < n, 0 < s <= n/2.

    High s is refused: every signature has such a twin that recovers to the same address. VerificationError.
    """
    if type(signature) is not bytes or len(signature) != 65:
        raise VerificationError("a signature is 65 bytes: r, s, v")
    if signature[64] not in (27, 28):
        raise VerificationError(f"a signature's v is 27 or 28, not {signature[64]}")
    if not 0 < int.from_bytes(signature[:32], "big") < SECP256K1_ORDER:
        raise VerificationError("a signature's r is out of range")
    if not 0 < int.from_bytes(signature[32:64], "big") <= _HALF_ORDER:
        raise VerificationError("a signature's s is zero or in the upper half")


def recover(digest: bytes, signature: bytes) -> str:
    """The address whose key made `signature` over `digest`; VerificationError if none or malformed."""
    check_signature(signature)
    recoverable = signature[:64] + bytes((signature[64] - 27,))
    try:
        return _address_of(coincurve.PublicKey.from_signature_and_message(recoverable, digest, hasher=None))
    except Exception:  # coincurve raises bare Exception when no key fits, others for what is no digest
        raise VerificationError("no key can have made this signature") from None


def check_address(address: object, pointer: str = "") -> str:
    """`address` itself if it is `0x` and 40 lower-case hex digits (no checksum case); else FormatError."""
    if type(address) is not str or not _ADDRESS.fullmatch(address):
        raise FormatError("an address is 0x and 40 lower-case hex digits", pointer)
    return address


@lru_cache(maxsize=256)
def _domain_separator(chain_id: int, registry: str) -> bytes:
    return keccak256(_DOMAIN_TYPE + _DOMAIN_NAME + _DOMAIN_VERSION + _uint256(chain_id) + _address(registry))


def _digest(domain: bytes, struct: bytes) -> bytes:
    return keccak256(b"\x19\x01" + _word(domain) + keccak256(struct))


def _address_of(key: coincurve.PublicKey) -> str:
    return "0x" + keccak256(key.format(compressed=False)[1:])[12:].hex()


def _word(value: bytes) -> bytes:
    if type(value) is not bytes or len(value) != 32:
        raise FormatError("a bytes32 is 32 bytes")
    return value


def _uint(value: int, bits: int) -> bytes:
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise FormatError(f"not a uint{bits}")
    return value.to_bytes(32, "big")


def _uint64(value: int) -> bytes:
    return _uint(value, 64)


def _uint256(value: int) -> bytes:
    return _uint(value, 256)


def _utf8(value: str) -> bytes:
    if type(value) is not str:
        raise FormatError("a string is a str")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise FormatError("a string with a lone surrogate") from None


def _text(value: str) -> bytes:
    return keccak256(_utf8(value))


def _address(value: str) -> bytes:
    return bytes(12) + bytes.fromhex(check_address(value)[2:])
