"""How figures, times and codes are written on a page, and the sentences of the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from service.disputes.certificate.yuan import MOST, capital

_BEIJING: Final = timedelta(hours=8)
_YEAR_10000: Final = 253_402_300_800_000
_UNITS: Final[Mapping[str, int]] = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "MOP": 2, "JPY": 0}


@cache
def texts() -> Mapping[str, Any]:
    """The catalogue, `texts.json`: labels as [zh, en], words for codes, sentences with places for figures."""
    found: Mapping[str, Any] = orjson.loads((Path(__file__).parent / "texts.json").read_bytes())
    return found


def say(key: str, **figures: object) -> tuple[str, str]:
    """A sentence of the catalogue in both languages."""
    zh, en = texts()["sentences"][key]
    return zh.format(**figures), en.format(**figures)


def value_word(code: str) -> str:
    """A code with its Chinese word, where the catalogue has one: `succeeded` is 成功 succeeded."""
    word = texts()["values"].get(code)
    return f"{word} {code}" if word else code


def plain_money(amount: int, currency: str) -> str:
    """1,234.50: the figure alone."""
    digits = _UNITS.get(currency, 2)
    whole, rest = divmod(abs(amount), 10**digits)
    sign = "−" if amount < 0 else ""
    return f"{sign}{whole:,}.{rest:0{digits}d}" if digits else f"{sign}{whole:,}"


def money(amount: int, currency: str) -> str:
    """1,234.50 元, or the figure with the currency's code."""
    return f"{plain_money(amount, currency)} {'元' if currency == 'CNY' else currency}"


def in_capitals(amount: int, currency: str) -> str:
    """人民币 in capital numerals; empty for other currencies."""
    return f"人民币{capital(amount)}" if currency == "CNY" and abs(amount) <= MOST else ""


def rate(basis_points: int) -> str:
    """9350 is 93.5 %."""
    whole, rest = divmod(abs(basis_points), 100)
    sign = "−" if basis_points < 0 else ""
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %"


def moment(ms: int) -> tuple[str, str]:
    """A time in Beijing and in UTC, to the second (milliseconds where there are any)."""
    if not 0 <= ms < _YEAR_10000 - 86_400_000:
        return str(ms), "ms"
    utc = datetime.fromtimestamp(ms // 1000, UTC)
    tail = f".{ms % 1000:03d}" if ms % 1000 else ""
    return f"{utc + _BEIJING:%Y-%m-%d %H:%M:%S}{tail}", f"{utc:%Y-%m-%d %H:%M:%S}{tail}"


def moment_line(ms: int) -> str:
    """Both on one line."""
    beijing, utc = moment(ms)
    return f"{beijing} 北京时间（UTC {utc}）"
