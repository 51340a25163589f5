"""Reading parsed JSON against a fixed shape: each function returns the value typed, or raises FormatError
with a pointer."""

from __future__ import annotations

from collections.abc import Mapping

from service.core.canonical import MAX_INTEGER
from service.core.errors import FormatError


def members(value: object, names: frozenset[str], pointer: str) -> Mapping[str, object]:
    """An object with exactly these members."""
    if type(value) is not dict or value.keys() != names:
        raise FormatError(f"expected an object with exactly {', '.join(sorted(names))}", pointer)
    return value


def elements(value: object, pointer: str, most: int) -> list[object]:
    """An array of at most `most` elements."""
    if type(value) is not list or len(value) > most:
        raise FormatError(f"expected an array of at most {most} elements", pointer)
    return value


def text(value: object, pointer: str) -> str:
    """A string."""
    if type(value) is not str:
        raise FormatError("expected a string", pointer)
    return value


def integer(value: object, pointer: str, least: int = 0) -> int:
    """An integer from `least` to 2^53-1 (a boolean is none)."""
    if type(value) is not int or not least <= value <= MAX_INTEGER:
        raise FormatError(f"expected an integer from {least} to 2^53-1", pointer)
    return value


def literal(value: object, expected: str | int, pointer: str) -> None:
    """Exactly the expected string or integer (`true` is not 1)."""
    if type(value) is not type(expected) or value != expected:
        raise FormatError(f"expected {expected!r}", pointer)
