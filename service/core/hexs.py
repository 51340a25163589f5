"""Bytes in JSON: `0x` and lower-case hexadecimal digits, nothing else."""

from __future__ import annotations

import re

from service.core.errors import FormatError

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII)


def to_hex(data: bytes) -> str:
    """`0x` and two lower-case digits a byte."""
    return "0x" + data.hex()


def from_hex(text: object, length: int | None = 32, pointer: str = "") -> bytes:
    """The bytes of `text`, which must be exactly what `to_hex` writes for `length` bytes (None: any length).

    Raises FormatError for anything else, so that one value has one spelling.
    """
    if type(text) is not str or not _HEX.fullmatch(text):
        raise FormatError("expected 0x and an even number of lower-case hexadecimal digits", pointer)
    if length is not None and len(text) != 2 + 2 * length:
        raise FormatError(f"expected {length} bytes, got {len(text) // 2 - 1}", pointer)
    return bytes.fromhex(text[2:])
