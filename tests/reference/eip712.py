"""EIP-712's generic encoder, from the text of the EIP: structs of atomic, string and struct members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sha3

Types = Mapping[str, list[tuple[str, str]]]

DOMAIN = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]

TALLYSTICK: Types = {
    "EIP712Domain": DOMAIN,
    "Checkpoint": [
        ("log", "bytes32"),
        ("size", "uint64"),
        ("root", "bytes32"),
        ("signedAt", "uint64"),
        ("anchorBy", "uint64"),
        ("via", "bytes32"),
    ],
    "Statement": [("log", "bytes32"), ("digest", "bytes32")],
    "Acceptance": [
        ("log", "bytes32"),
        ("platform", "string"),
        ("trade", "string"),
        ("quote", "bytes32"),
        ("amount", "uint256"),
        ("currency", "string"),
        ("channel", "string"),
        ("validUntil", "uint64"),
        ("salt", "bytes32"),
    ],
    "Acknowledgement": [
        ("log", "bytes32"),
        ("trade", "string"),
        ("payout", "bytes32"),
        ("amount", "uint256"),
        ("currency", "string"),
        ("salt", "bytes32"),
    ],
    "Endorsement": [("log", "bytes32"), ("role", "string"), ("digest", "bytes32"), ("salt", "bytes32")],
    "TradeHead": [
        ("log", "bytes32"),
        ("trade", "string"),
        ("count", "uint64"),
        ("leaf", "bytes32"),
        ("size", "uint64"),
        ("root", "bytes32"),
    ],
}


def keccak(data: bytes) -> bytes:
    """keccak256 of the EIP."""
    return bytes(sha3.keccak_256(data).digest())


def encode_type(name: str, types: Types) -> str:
    """`name(type member,…)`, followed by the structs it refers to, sorted by name."""
    found: set[str] = set()

    def visit(struct: str) -> None:
        if struct in types and struct not in found:
            found.add(struct)
            for _, kind in types[struct]:
                visit(kind)

    visit(name)
    ordered = [name, *sorted(found - {name})]
    return "".join(f"{s}({','.join(f'{kind} {member}' for member, kind in types[s])})" for s in ordered)


def encode_value(kind: str, value: Any, types: Types) -> bytes:
    """One 32-byte word (encodeData)."""
    if kind in types:
        return hash_struct(kind, value, types)
    if kind == "string":
        return keccak(value.encode())
    if kind == "bytes32":
        assert len(value) == 32
        return bytes(value)
    if kind == "address":
        return bytes(12) + bytes.fromhex(value[2:])
    bits = re.fullmatch(r"uint(\d+)", kind)
    assert bits is not None and 0 <= value < 2 ** int(bits[1])
    return int(value).to_bytes(32, "big")


def hash_struct(name: str, value: Mapping[str, Any], types: Types) -> bytes:
    """keccak256(typeHash ‖ encodeData(value))."""
    words = [encode_value(kind, value[member], types) for member, kind in types[name]]
    return keccak(keccak(encode_type(name, types).encode()) + b"".join(words))


def digest(domain: Mapping[str, Any], name: str, value: Mapping[str, Any], types: Types) -> bytes:
    """keccak256(0x1901 ‖ domainSeparator ‖ hashStruct(value))."""
    return keccak(b"\x19\x01" + hash_struct("EIP712Domain", domain, types) + hash_struct(name, value, types))


def tallystick_domain(chain_id: int, registry: str) -> dict[str, Any]:
    """The domain of everything Tallystick signs."""
    return {"name": "Tallystick", "version": "1", "chainId": chain_id, "verifyingContract": registry}
