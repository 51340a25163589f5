"""Checkpoints: C2SP tlog-checkpoint bodies, and Tallystick's own signed notes over them.

A signed checkpoint has exactly two signature lines: Ed25519 (type 0x01) for every C2SP client, and
EIP-712 (type 0xff) for the registry, which also carries when it was signed and by when it will be
anchored. Both are required, in this order. FormatError when bytes are not in this format,
VerificationError when they are not by the expected log and keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from service.core import ed25519, eip712, note
from service.core.errors import FormatError, VerificationError
from service.core.merkle import HASH_SIZE, MAX_SIZE

ZERO: Final = bytes(32)
_EIP712_LABEL: Final = b"tallystick/eip712-checkpoint-v1"
_ORIGIN = re.compile(r"[\x21-\x2a\x2c-\x7e]{1,255}", re.ASCII)
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree's state: the log's origin, its size, and the root at that size (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """A log and the registry it anchors in: origin, log id (32 bytes), chain id, registry's address."""

    origin: str
    log_id: bytes
    chain_id: int
    registry: str

    def domain(self) -> bytes:
        """The EIP-712 domain separator of everything signed for this log."""
        return eip712.domain_separator(self.chain_id, self.registry)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with both signatures taken apart, not yet verified.

    `signed_at` and `anchor_by` are Unix seconds, `via` is zero or a directory log's id, `key_id` that of
    the EIP-712 line, `signature` r ‖ s ‖ v.
    """

    origin: str
    size: int
    root: bytes
    ed25519_key_id: bytes
    ed25519_signature: bytes
    signed_at: int
    anchor_by: int
    via: bytes
    key_id: bytes
    signature: bytes

    def to_registry_args(self, log: bytes) -> tuple[bytes, int, bytes, int, int, bytes]:
        """The registry's Checkpoint struct: (log, size, root, signedAt, anchorBy, via)."""
        return log, self.size, self.root, self.signed_at, self.anchor_by, self.via

    def digest(self, identity: LogIdentity) -> bytes:
        """The EIP-712 digest that `signature` is over."""
        return eip712.checkpoint_digest(identity.domain(), *self.to_registry_args(identity.log_id))


class CheckpointSigner:
    """Signs a log's checkpoints with both keys. Deterministic: the same committed row gives the same note."""

    __slots__ = ("_evm", "_plain", "address", "identity", "key_id", "vkey")

    def __init__(self, identity: LogIdentity, ed25519_seed: bytes, evm_key: bytes) -> None:
        check_origin(identity.origin)
        self.identity = identity
        self._plain = note.Ed25519Signer(identity.origin, ed25519_seed)
        self._evm = eip712.SigningKey(evm_key)
        self.address = self._evm.address
        self.key_id = eip712_key_id(identity.origin, identity.domain(), self.address)
        self.vkey = self._plain.vkey.format()

    def sign(self, size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes = ZERO) -> str:
        """The signed note; times in Unix seconds. FormatError when an argument does not fit its field."""
        identity = self.identity
        body = format(Checkpoint(identity.origin, size, root))
        digest = eip712.checkpoint_digest(
            identity.domain(), identity.log_id, size, root, signed_at, anchor_by, via
        )
        promise = signed_at.to_bytes(8, "big") + anchor_by.to_bytes(8, "big") + via
        lines = (
            note.SignatureLine(identity.origin, self._plain.key_id, self._plain.sign(body.encode())),
            note.SignatureLine(identity.origin, self.key_id, promise + self._evm.sign(digest)),
        )
        return note.format(note.Note(body, lines))


def eip712_key_id(origin: str, domain: bytes, address: str) -> bytes:
    """Key id of the 0xff line: SHA-256(origin ‖ 0x0A ‖ 0xff ‖ label ‖ domain separator ‖ address)[:4]."""
    raw_address = bytes.fromhex(eip712.check_address(address)[2:])
    return note.key_id(origin, note.EIP712, _EIP712_LABEL + domain + raw_address)


def check_origin(origin: str) -> str:
    """`origin` itself if it is 1 to 255 characters 0x21-0x7e, no plus (the registry's rule); FormatError."""
    if type(origin) is not str or not _ORIGIN.fullmatch(origin):
        raise FormatError("an origin is 1 to 255 printable ASCII characters without spaces and plus")
    return origin


def format(checkpoint: Checkpoint) -> str:
    """The tlog-checkpoint body: origin, decimal size, base64 root, each ended by a newline."""
    check_origin(checkpoint.origin)
    if type(checkpoint.size) is not int or not 0 <= checkpoint.size <= MAX_SIZE:
        raise FormatError("a checkpoint's size is an integer from 0 to 2^53-1")
    if type(checkpoint.root) is not bytes or len(checkpoint.root) != HASH_SIZE:
        raise FormatError("a checkpoint's root is 32 bytes")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{note.encode_base64(checkpoint.root)}\n"


def parse(body: str) -> Checkpoint:
    """Read a body as `format` writes it. FormatError for anything else, extension lines included."""
    lines = body.split("\n") if type(body) is str else []
    if len(lines) != 4 or lines[3]:
        raise FormatError("a checkpoint is three lines: origin, size, root")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise FormatError(
            "a checkpoint's size is a decimal number up to 2^53-1, without sign or leading zeros"
        )
    root = note.decode_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise FormatError("a checkpoint's root is 32 bytes")
    return Checkpoint(check_origin(lines[0]), int(lines[1]), root)


def parse_signed(signed: str | bytes) -> SignedCheckpoint:
    """Take a signed checkpoint apart: two lines in the origin's name, in order, in their one form."""
    opened = note.parse(signed)
    checkpoint = parse(opened.body)
    if len(opened.signatures) != 2 or any(line.name != checkpoint.origin for line in opened.signatures):
        raise FormatError("a signed checkpoint has exactly two signature lines, both in its origin's name")
    plain, promise = opened.signatures
    try:
        ed25519.check_signature(plain.signature)
        eip712.check_signature(promise.signature[48:])
    except VerificationError as bad:
        raise FormatError(str(bad)) from None
    return SignedCheckpoint(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
        plain.key_id,
        plain.signature,
        int.from_bytes(promise.signature[:8], "big"),
        int.from_bytes(promise.signature[8:16], "big"),
        promise.signature[16:48],
        promise.key_id,
        promise.signature[48:],
    )


def verify_signed(signed: str | bytes, identity: LogIdentity, vkey: str, address: str) -> SignedCheckpoint:
    """The checkpoint, when both signatures are by these keys of this log in this registry.

    Times and the anchoring promise are only taken apart, not judged. FormatError or VerificationError
    otherwise.
    """
    parsed = parse_signed(signed)
    key = note.parse_vkey(vkey)
    if parsed.origin != identity.origin or key.name != identity.origin:
        raise VerificationError("a checkpoint or key of another origin")
    if key.algorithm != note.ED25519 or parsed.ed25519_key_id != key.key_id:
        raise VerificationError("the first line is not by the trusted Ed25519 key")
    if parsed.key_id != eip712_key_id(identity.origin, identity.domain(), address):
        raise VerificationError("the second line is not by the trusted address for this registry")
    body = format(Checkpoint(parsed.origin, parsed.size, parsed.root))
    ed25519.verify(key.public_key, body.encode(), parsed.ed25519_signature)
    if eip712.recover(parsed.digest(identity), parsed.signature) != address:
        raise VerificationError("the EIP-712 signature is not by the trusted address for this log")
    return parsed
