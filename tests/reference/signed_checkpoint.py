"""A signed checkpoint written out from its description: no parser, other libraries than `service` uses."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account

from tests.reference import eip712


@dataclass(frozen=True)
class Keys:
    """A log's two keys, its identity on chain, and all that follows from them."""

    origin: str
    log: bytes
    chain_id: int
    registry: str
    ed25519_seed: bytes
    evm_key: bytes

    @property
    def domain(self) -> dict[str, Any]:
        return eip712.tallystick_domain(self.chain_id, self.registry)

    @property
    def address(self) -> str:
        return str(Account.from_key(self.evm_key).address).lower()

    @property
    def public_key(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.ed25519_seed).public_key().public_bytes_raw()

    @property
    def vkey(self) -> str:
        key = b"\x01" + self.public_key
        return f"{self.origin}+{self.ed25519_key_id.hex()}+{b64encode(key).decode()}"

    @property
    def ed25519_key_id(self) -> bytes:
        return sha256(self.origin.encode() + b"\n\x01" + self.public_key).digest()[:4]

    @property
    def eip712_key_id(self) -> bytes:
        separator = eip712.hash_struct("EIP712Domain", self.domain, eip712.TALLYSTICK)
        address = bytes.fromhex(self.address[2:])
        label = b"tallystick/eip712-checkpoint-v1"
        return sha256(self.origin.encode() + b"\n\xff" + label + separator + address).digest()[:4]


def body(origin: str, size: int, root: bytes) -> str:
    """The C2SP tlog-checkpoint text."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def digest(keys: Keys, size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes) -> bytes:
    """The EIP-712 digest under the second line."""
    message = {
        "log": keys.log,
        "size": size,
        "root": root,
        "signedAt": signed_at,
        "anchorBy": anchor_by,
        "via": via,
    }
    return eip712.digest(keys.domain, "Checkpoint", message, eip712.TALLYSTICK)


def eip712_payload(keys: Keys, size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes) -> bytes:
    """The 117 bytes of the second line."""
    signed = Account.unsafe_sign_hash(digest(keys, size, root, signed_at, anchor_by, via), keys.evm_key)
    times = signed_at.to_bytes(8, "big") + anchor_by.to_bytes(8, "big")
    return keys.eip712_key_id + times + via + bytes(signed.signature)


def ed25519_payload(keys: Keys, text: str) -> bytes:
    """The 68 bytes of the first line."""
    return keys.ed25519_key_id + Ed25519PrivateKey.from_private_bytes(keys.ed25519_seed).sign(text.encode())


def line(name: str, payload: bytes) -> str:
    """A signature line."""
    return f"\u2014 {name} {b64encode(payload).decode()}\n"


def note(keys: Keys, size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes) -> str:
    """The whole signed note."""
    text = body(keys.origin, size, root)
    first = line(keys.origin, ed25519_payload(keys, text))
    second = line(keys.origin, eip712_payload(keys, size, root, signed_at, anchor_by, via))
    return text + "\n" + first + second
