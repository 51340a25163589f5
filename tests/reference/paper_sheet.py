"""Paper receipts from the description alone.

DEFLATE is written bit by bit (RFC 1951 §3.2.4 and §3.2.6): larger than a compressor's output, and independent
of any compressor's version.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any

ROOM = 666 - 9


def leb128(number: int) -> bytes:
    """Unsigned, shortest form."""
    digits = [number >> shift & 0x7F for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([each | 0x80 for each in digits[:-1]] + digits[-1:])


def field(data: bytes) -> bytes:
    """Length and bytes."""
    return leb128(len(data)) + data


def fields(receipt: dict[str, Any]) -> bytes:
    """Log id, index, entry, number of disclosures, disclosures, path, note."""
    told = [urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in receipt["disclosures"]]
    path = b"".join(bytes.fromhex(each[2:]) for each in receipt["inclusion"])
    return (
        field(bytes.fromhex(receipt["log"]["id"][2:]))
        + leb128(receipt["index"])
        + field(receipt["entry"].encode())
        + leb128(len(told))
        + b"".join(map(field, told))
        + field(path)
        + field(receipt["checkpoint"].encode())
    )


def stored(plain: bytes) -> bytes:
    """One stored block (at most 65,535 bytes)."""
    return b"\x01" + len(plain).to_bytes(2, "little") + (len(plain) ^ 0xFFFF).to_bytes(2, "little") + plain


def huffman(plain: bytes, repeats: int = 0) -> bytes:
    """One block of fixed codes, literals only; then the last byte `repeats` times 258 times more."""
    bits = "110"  # last block; fixed codes, least significant bit first
    for byte in plain:
        bits += f"{0x30 + byte:08b}" if byte < 144 else f"{0x190 + byte - 144:09b}"
    bits += f"{0b11000101:08b}{0:05b}" * repeats
    bits += "0000000"
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def cut(stream: bytes, room: int = ROOM) -> list[bytes]:
    """The codes; every one but the last is full."""
    pieces = [stream[at : at + room] for at in range(0, len(stream), room)]
    tag = sha256(stream).digest()[:4]
    return [b"TS1" + bytes([n, len(pieces)]) + tag + piece for n, piece in enumerate(pieces, 1)]
