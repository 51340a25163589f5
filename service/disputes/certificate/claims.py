"""A claim's value as labelled rows, in the words of the profile's catalogue and with readable units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from msgspec import Struct

from service.core.errors import FormatError
from service.core.times import parse_time
from service.disputes.certificate.words import moment_line, money, rate, value_word
from service.profiles.giftcard.catalogue import member_entry
from service.profiles.giftcard.common import Claims
from service.profiles.giftcard.explain import members, unwrap
from service.profiles.giftcard.types import CLAIMS

_MOST_ROWS = 400
"""Of one entry; an event of 64 KiB could hold thousands of members, and the receipt holds them all anyway."""
_MONO = frozenset({"dig", "cmt", "salt", "leaf", "address", "evm_signature"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line: how deep it is nested, its label in both languages, and its value (`mono`: a hash)."""

    depth: int
    zh: str
    en: str
    value: str
    mono: bool = False


def rows(event_type: str, claims: Mapping[str, object], skip: frozenset[str]) -> tuple[list[Row], int]:
    """The rows of all claims but `skip`, and how many rows had no room."""
    struct = CLAIMS.get(event_type, Claims)
    currency = _currency(claims)
    found = [
        row
        for name, value in claims.items()
        if name not in skip
        for row in _rows(name, value, struct, currency, 0)
    ]
    return found[:_MOST_ROWS], max(0, len(found) - _MOST_ROWS)


def _rows(name: str, value: object, struct: Any, currency: str, depth: int) -> Iterator[Row]:
    zh, en, hint = _label(struct, name)
    hint, meta = unwrap(hint) if hint is not None else (None, None)
    if isinstance(value, dict):
        if value.keys() <= {"event", "digest"} and "event" in value:
            yield Row(depth, zh, en, str(value["event"]))
            return
        yield Row(depth, zh, en, "")
        inner = hint if _is_struct(hint) else None
        for key, each in value.items():
            yield from _rows(key, each, inner, currency, depth + 1)
        return
    if isinstance(value, list):
        yield from _list(zh, en, value, hint, currency, depth)
        return
    scalar = (meta.extra or {}).get("scalar") if meta is not None else None
    if name == "headline_rate_bp" and type(value) is int:
        yield Row(depth, zh, en, f"{value / 1000:g} 折（{rate(value)}）")
        return
    text, mono = _scalar(value, scalar, currency, coded=get_origin(hint) is Literal)
    yield Row(depth, zh, en, text, mono)


def _list(zh: str, en: str, items: list[Any], hint: Any, currency: str, depth: int) -> Iterator[Row]:
    inner, meta = unwrap(get_args(hint)[0]) if get_origin(hint) is list else (None, None)
    scalar = (meta.extra or {}).get("scalar") if meta is not None else None
    coded = get_origin(inner) is Literal
    if scalar not in _MONO and not any(isinstance(each, dict | list) for each in items):
        words = [_scalar(each, scalar, currency, coded=coded)[0] for each in items]
        yield Row(depth, zh, en, "、".join(words))
        return
    for number, each in enumerate(items, 1):
        if isinstance(each, dict):
            yield Row(depth, f"{zh} {number}", f"{en} {number}", "")
            for key, part in each.items():
                yield from _rows(key, part, inner if _is_struct(inner) else None, currency, depth + 1)
        else:
            text, mono = _scalar(each, scalar, currency, coded=coded)
            yield Row(depth, f"{zh} {number}", f"{en} {number}", text, mono)


def _scalar(value: object, scalar: object, currency: str, *, coded: bool) -> tuple[str, bool]:
    if isinstance(value, bool) or value is None:
        return value_word(str(value).lower()), False
    if isinstance(value, int):
        if scalar in ("fen", "signed_fen"):
            return money(value, currency), False
        if scalar in ("basis_points", "signed_basis_points"):
            return rate(value), False
        if scalar == "seconds":
            return f"{value} 秒 s", False
        if scalar == "unix_seconds" and value < 253_402_300_800:
            return moment_line(value * 1000), False
        return str(value), False
    text = str(value)
    if scalar == "time":
        try:
            return moment_line(parse_time(text)), False
        except FormatError:
            return text, False
    # A platform's own claims have no catalogue: what looks like a hash is set like one.
    looks_like = text.startswith("0x") and len(text) >= 42 and " " not in text
    if scalar in _MONO or looks_like:
        return text, True
    return value_word(text) if coded else text, False


def _label(struct: Any, name: str) -> tuple[str, str, Any]:
    """The member's two names and its type; a platform's own members are called what it calls them."""
    if _is_struct(struct):
        for member in members(struct):
            if member.encode_name == name:
                try:
                    title = member_entry(struct, name).title
                except KeyError:
                    break
                return title.zh, title.en, member.type
    return name, "", None


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)


def _currency(claims: Mapping[str, object]) -> str:
    """The event's currency; CNY where it names none."""
    offer = claims.get("offer")
    named = claims.get("currency") or (offer.get("currency") if isinstance(offer, dict) else None)
    return named if isinstance(named, str) else "CNY"
