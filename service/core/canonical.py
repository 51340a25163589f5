"""Canonical JSON: RFC 8785 (JCS) on a domain where it is simple, and a strict reader of that domain.

The domain: null, booleans, integers with |n| <= 2^53-1, strings without lone surrogates, arrays, and objects
with ASCII member names; containers nested at most 16 deep (a lone array has depth 1). No floats at all, so
the number formatting of RFC 8785 §3.2.2.3 is never needed; names in ASCII, so that sorting by code units
(§3.2.3) and by bytes agree. There orjson's sorted output *is* the RFC 8785 form (a property test compares it
with the rfc8785 package).
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn, TypeAlias

import orjson

from service.core.errors import CanonicalizationError, pointer

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_INTEGER: Final = 2**53 - 1
MAX_BYTES: Final = 65536
MAX_DEPTH: Final = 16


def canonicalize(value: object, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> bytes:
    """The RFC 8785 bytes of `value`.

    Exactly NoneType, bool, int, str, list and dict are accepted: tuples and subclasses (enums, named tuples)
    are refused, because they would be read back as something else. CanonicalizationError with the place.
    """
    _check(value, max_depth, max_bytes)
    encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if len(encoded) > max_bytes:
        raise CanonicalizationError(f"{len(encoded)} bytes, more than {max_bytes}")
    return encoded


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text (RFC 8259, UTF-8, any layout) whose content lies in the domain.

    Refuses duplicate names, floats in any spelling (`1.0`, `1e2`), `-0`, NaN, infinities, integers beyond
    2^53-1, lone surrogates, non-ASCII names, a byte order mark, bytes after the value, and anything too deep
    or too long. Raises CanonicalizationError with the place; no other exception, whatever the bytes.
    """
    if type(data) is not bytes:
        raise CanonicalizationError("expected bytes")
    if len(data) > max_bytes:
        raise CanonicalizationError(f"{len(data)} bytes, more than {max_bytes}")
    try:
        value = orjson.loads(data)
        # Compact text, canonical or with its names in another order, re-encodes to itself: then nothing
        # (a duplicate name, a second spelling of a number) was lost in reading.
        as_read = orjson.dumps(value) == data
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        as_read = False
    if not as_read:
        value = _read(data)
    _check(value, max_depth, max_bytes)
    return value


class _Refused:
    """Stands where a value was that the domain excludes, until `_check` comes by and knows the place."""

    __slots__ = ("member", "reason")

    def __init__(self, reason: str, member: str | None = None) -> None:
        self.reason = reason
        self.member = member


class _NotCanonical(Exception):
    """Carries a reason outwards; each container on the way adds its step to the path (innermost first)."""

    def __init__(self, reason: str, *path: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = list(path)


def _check(value: object, max_depth: int, budget: int) -> None:
    try:
        _walk([value], max_depth + 1, budget + 1)
    except _NotCanonical as bad:
        raise CanonicalizationError(bad.reason, pointer(bad.path[-2::-1])) from None


def _walk(container: Any, depth: int, budget: int) -> int:
    """Refuse what lies outside the domain. `budget` bounds the number of values: each takes a byte or more.

    One loop for everything, since every event of every batch passes through it.
    """
    if depth == 0:
        raise _NotCanonical("nested too deeply")
    budget -= len(container)
    if budget < 0:
        raise _NotCanonical("too many values")
    if type(container) is dict:
        _check_names(container)
    step: Any = None
    try:
        for step, value in container.items() if type(container) is dict else enumerate(container):  # noqa: B007
            kind = type(value)
            if kind is str:
                if not value.isascii():
                    _check_text(value)
            elif kind is int:
                if not -MAX_INTEGER <= value <= MAX_INTEGER:
                    raise _NotCanonical("integer beyond 2^53-1")
            elif kind is dict or kind is list:
                budget = _walk(value, depth - 1, budget)
            elif value is not None and kind is not bool:
                _refuse(value)
    except _NotCanonical as bad:
        bad.path.append(step)
        raise
    return budget


def _check_names(members: dict[Any, Any]) -> None:
    for name in members:
        if type(name) is not str:
            raise _NotCanonical("a member name is not a string")
        if not name.isascii():
            raise _NotCanonical(f"member name {name!a} is not ASCII")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _NotCanonical("lone surrogate") from None


def _refuse(value: object) -> NoReturn:
    if type(value) is _Refused:
        raise _NotCanonical(value.reason, *(() if value.member is None else (value.member,)))
    if type(value) is float:
        raise _NotCanonical("floats are not accepted: use integer minor units or basis points")
    raise _NotCanonical(f"{type(value).__name__} is not a JSON value here")


def _read(data: bytes) -> Any:
    """Read JSON in any layout; what the standard reader wrongly accepts becomes `_Refused` in its place."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise CanonicalizationError(f"not UTF-8 at byte {bad.start}") from None
    try:
        return json.loads(text, object_pairs_hook=_members, parse_int=_integer)
    except json.JSONDecodeError as bad:
        raise CanonicalizationError(f"not JSON: {bad.msg} at character {bad.pos}") from None
    except RecursionError:
        raise CanonicalizationError("nested too deeply") from None


def _members(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    duplicate = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return _Refused("duplicate member name", duplicate)


def _integer(text: str) -> Any:
    # 2^53-1 has 16 digits; longer texts are never converted: quadratic time, and 4,300 digits raise.
    if len(text) > 17:
        return _Refused("integer beyond 2^53-1")
    return _Refused("-0 is not accepted") if text == "-0" else int(text)
