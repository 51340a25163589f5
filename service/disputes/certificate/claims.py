"""A claim's value as labelled rows, in the words of the profile's catalogue and with readable units: both
languages on one line as the certificate prints them, or as a `Speech` of the caller's says them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

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


@dataclass(frozen=True, slots=True)
class Speech:
    """How values are written: a code's word, an amount (minor units, currency), a headline rate and a share
    (basis points), a duration (seconds), a moment (ms), and what stands between the members of a list.
    """

    word: Callable[[str], str]
    money: Callable[[int, str], str]
    headline: Callable[[int], str]
    share: Callable[[int], str]
    seconds: Callable[[int], str]
    moment: Callable[[int], str]
    separator: str


PRINTED: Final = Speech(
    word=value_word,
    money=money,
    headline=lambda basis_points: f"{basis_points / 1000:g} 折（{rate(basis_points)}）",
    share=rate,
    seconds=lambda seconds: f"{seconds} 秒 s",
    moment=moment_line,
    separator="、",
)
"""As the certificate prints them."""


def rows(
    event_type: str, claims: Mapping[str, object], skip: frozenset[str], speech: Speech = PRINTED
) -> tuple[list[Row], int]:
    """The rows of all claims but `skip`, and how many rows had no room."""
    struct = CLAIMS.get(event_type, Claims)
    writer = _Writer(speech, _currency(claims))
    found = [
        row
        for name, value in claims.items()
        if name not in skip
        for row in _rows(name, value, struct, writer, 0)
    ]
    return found[:_MOST_ROWS], max(0, len(found) - _MOST_ROWS)


@dataclass(frozen=True, slots=True)
class _Writer:
    speech: Speech
    currency: str


def _rows(name: str, value: object, struct: Any, writer: _Writer, depth: int) -> Iterator[Row]:
    zh, en, hint = _label(struct, name)
    hint, meta = unwrap(hint) if hint is not None else (None, None)
    if isinstance(value, dict):
        if value.keys() <= {"event", "digest"} and "event" in value:
            yield Row(depth, zh, en, str(value["event"]))
            return
        yield Row(depth, zh, en, "")
        inner = hint if _is_struct(hint) else None
        for key, each in value.items():
            yield from _rows(key, each, inner, writer, depth + 1)
        return
    if isinstance(value, list):
        yield from _list(zh, en, value, hint, writer, depth)
        return
    scalar = (meta.extra or {}).get("scalar") if meta is not None else None
    if name == "headline_rate_bp" and type(value) is int:
        yield Row(depth, zh, en, writer.speech.headline(value))
        return
    text, mono = _scalar(value, scalar, writer, coded=get_origin(hint) is Literal)
    yield Row(depth, zh, en, text, mono)


def _list(zh: str, en: str, items: list[Any], hint: Any, writer: _Writer, depth: int) -> Iterator[Row]:
    inner, meta = unwrap(get_args(hint)[0]) if get_origin(hint) is list else (None, None)
    scalar = (meta.extra or {}).get("scalar") if meta is not None else None
    coded = get_origin(inner) is Literal
    if scalar not in _MONO and not any(isinstance(each, dict | list) for each in items):
        words = [_scalar(each, scalar, writer, coded=coded)[0] for each in items]
        yield Row(depth, zh, en, writer.speech.separator.join(words))
        return
    for number, each in enumerate(items, 1):
        if isinstance(each, dict):
            yield Row(depth, f"{zh} {number}", f"{en} {number}", "")
            for key, part in each.items():
                yield from _rows(key, part, inner if _is_struct(inner) else None, writer, depth + 1)
        else:
            text, mono = _scalar(each, scalar, writer, coded=coded)
            yield Row(depth, f"{zh} {number}", f"{en} {number}", text, mono)


def _scalar(value: object, scalar: object, writer: _Writer, *, coded: bool) -> tuple[str, bool]:
    speech = writer.speech
    if isinstance(value, bool) or value is None:
        return speech.word(str(value).lower()), False
    if isinstance(value, int):
        return _number(value, scalar, writer), False
    text = str(value)
    if scalar == "time":
        try:
            return speech.moment(parse_time(text)), False
        except FormatError:
            return text, False
    # A platform's own claims have no catalogue: what looks like a hash is set like one.
    looks_like = text.startswith("0x") and len(text) >= 42 and " " not in text
    if scalar in _MONO or looks_like:
        return text, True
    return speech.word(text) if coded else text, False


def _number(value: int, scalar: object, writer: _Writer) -> str:
    speech = writer.speech
    if scalar in ("fen", "signed_fen"):
        return speech.money(value, writer.currency)
    if scalar in ("basis_points", "signed_basis_points"):
        return speech.share(value)
    if scalar == "seconds":
        return speech.seconds(value)
    if scalar == "unix_seconds" and value < 253_402_300_800:
        return speech.moment(value * 1000)
    return str(value)


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
    within = (claims.get(name) for name in ("offer", "claim"))
    named = [claims, *(each for each in within if isinstance(each, dict))]
    found = next((each["currency"] for each in named if each.get("currency")), None)
    return found if isinstance(found, str) else "CNY"
