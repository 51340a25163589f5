"""How figures are written: money, rates, times and durations, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from string import Formatter
from typing import Final

_BEIJING: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_FIRST_MS: Final = -62_135_510_400_000
"""0001-01-02T00:00:00Z"""
_LAST_MS: Final = 253_402_214_400_000
"""9999-12-31T00:00:00Z"""
_DIGITS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Decimal places of minor units where they are not two (ISO 4217)."""
_UNITS_ZH: Final[Mapping[str, str]] = {
    "CNY": "元",
    "HKD": "港元",
    "USD": "美元",
    "EUR": "欧元",
    "MOP": "澳门元",
}


def decimal_places(currency: str) -> int:
    """How many decimal places the currency's minor units are."""
    return _DIGITS.get(currency, 2)


class Forms(Formatter):
    """Fills in a sentence. Forms: `money` (minor units), `rate` (basis points of a price), `percent` (basis
    points of anything), `time` (ms), `span` (ms), `list` (a text of parts with commas); without a form the
    plain text.
    """

    separator = ", "

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def format_field(self, value: object, format_spec: str) -> str:
        """One figure in the form that its place asks for."""
        if not format_spec:
            return str(value)
        if format_spec == "list":
            return self.separator.join(str(value).split(", "))
        if type(value) is not int:
            raise ValueError(f"{format_spec} of {value!r}")
        return str(getattr(self, format_spec)(value))

    def _decimal(self, minor: int) -> str:
        digits = decimal_places(self.currency)
        if not digits:
            return f"{minor:,}"
        sign, (whole, part) = ("-" if minor < 0 else ""), divmod(abs(minor), 10**digits)
        return f"{sign}{whole:,}.{part:0{digits}}"


class Chinese(Forms):
    """1,234.50 元 · 9.2 折 · 10 % · 2026年11月22日 15:04:05（北京时间） · 3 小时 5 分钟 · 1、2."""

    separator = "、"

    def money(self, minor: int) -> str:
        """An amount with its unit."""
        return f"{self._decimal(minor)} {_UNITS_ZH.get(self.currency, self.currency)}"

    def rate(self, basis_points: int) -> str:
        """A price as a share of the face value."""
        return f"{_trimmed(basis_points, 1000)} 折"

    def percent(self, basis_points: int) -> str:
        """A share."""
        return f"{_trimmed(basis_points, 100)}%"

    def time(self, ms: int) -> str:
        """A moment in Beijing time."""
        moment = _moment(ms).astimezone(_BEIJING)
        return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}（北京时间）"

    def span(self, ms: int) -> str:
        """A duration, in its two largest units."""
        return " ".join(f"{number} {unit}" for number, unit in _span(ms, ("天", "小时", "分钟", "秒")))


class English(Forms):
    """CNY 1,234.50 · 92% · 2026-11-22 07:04:05 UTC · 3 h 5 min."""

    def money(self, minor: int) -> str:
        """An amount with its currency."""
        return f"{self.currency} {self._decimal(minor)}"

    def rate(self, basis_points: int) -> str:
        """A price as a share of the face value."""
        return self.percent(basis_points)

    def percent(self, basis_points: int) -> str:
        """A share."""
        return f"{_trimmed(basis_points, 100)}%"

    def time(self, ms: int) -> str:
        """A moment in UTC."""
        return f"{_moment(ms):%Y-%m-%d %H:%M:%S} UTC"

    def span(self, ms: int) -> str:
        """A duration, in its two largest units."""
        return " ".join(f"{number} {unit}" for number, unit in _span(ms, ("d", "h", "min", "s")))


def _moment(ms: int) -> datetime:
    """The moment in UTC; a day inside the calendar's ends, so that every zone can still say it."""
    return _EPOCH + timedelta(milliseconds=max(_FIRST_MS, min(_LAST_MS, ms)))


def _trimmed(number: int, unit: int) -> str:
    """number / unit without trailing zeros; unit is a power of ten."""
    digits = len(str(unit)) - 1
    return f"{number // unit}.{number % unit:0{digits}}".rstrip("0").rstrip(".")


def _span(ms: int, units: tuple[str, str, str, str]) -> list[tuple[int, str]]:
    """The two largest units of a duration, none of them zero; at least one second is told."""
    seconds = max(1, (ms + 999) // 1000)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = list(zip((days, hours, minutes, rest), units, strict=True))
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return [part for part in parts[first : first + 2] if part[0]]
