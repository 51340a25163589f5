"""Recursive Length Prefix, canonical encodings only (Ethereum Yellow Paper, appendix B)."""

from __future__ import annotations

from typing import TypeAlias

from service.core.errors import VerificationError

RlpItem: TypeAlias = "bytes | list[RlpItem]"

_MAX_DEPTH = 32


def rlp_encode(item: RlpItem) -> bytes:
    """Canonical RLP of nested lists of byte strings."""
    if isinstance(item, list):
        payload = b"".join(map(rlp_encode, item))
        return _length(len(payload), 0xC0) + payload
    if len(item) == 1 and item[0] < 0x80:
        return bytes(item)
    return _length(len(item), 0x80) + item


def rlp_decode(data: bytes) -> RlpItem:
    """The one item that the bytes encode canonically. Errors: VerificationError."""
    item, end = _item(data, 0, len(data), 0)
    if end != len(data):
        raise VerificationError("RLP: bytes left over")
    return item


def _length(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    encoded = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(encoded)]) + encoded


def _item(data: bytes, start: int, end: int, depth: int) -> tuple[RlpItem, int]:
    if start >= end or depth > _MAX_DEPTH:
        raise VerificationError("RLP: truncated, or nested too deeply")
    prefix = data[start]
    if prefix < 0x80:
        return data[start : start + 1], start + 1
    body, stop = _body(data, start, end, prefix & 0x3F if prefix >= 0xC0 else prefix - 0x80)
    if prefix < 0xC0:
        if stop - body == 1 and data[body] < 0x80:
            raise VerificationError("RLP: a single byte below 0x80 stands for itself")
        return data[body:stop], stop
    items: list[RlpItem] = []
    position = body
    while position < stop:
        item, position = _item(data, position, stop, depth + 1)
        items.append(item)
    return items, stop


def _body(data: bytes, start: int, end: int, length: int) -> tuple[int, int]:
    """Where an item's payload begins and stops; `length` is the prefix byte minus its offset."""
    body = start + 1
    if length >= 56:
        size = length - 55
        encoded = data[body : min(body + size, end)]
        body += size
        length = int.from_bytes(encoded, "big")
        if len(encoded) != size or encoded[0] == 0 or length < 56:
            raise VerificationError("RLP: a length is not in its shortest form")
    if body + length > end:
        raise VerificationError("RLP: truncated")
    return body, body + length


def string(item: RlpItem) -> bytes:
    """The item if it is a byte string. Errors: VerificationError."""
    if not isinstance(item, bytes):
        raise VerificationError("RLP: a string is expected, not a list")
    return item


def scalar(data: bytes, what: str, size: int = 32) -> int:
    """The big-endian integer of at most `size` bytes without leading zeros. Errors: VerificationError."""
    if len(data) > size or data[:1] == b"\x00":
        raise VerificationError(f"{what} is not an integer in its shortest form")
    return int.from_bytes(data, "big")
