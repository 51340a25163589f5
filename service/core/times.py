"""Times: outside `YYYY-MM-DDTHH:MM:SS.mmmZ` (UTC, one spelling each), inside milliseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from service.core.errors import FormatError

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)\.(\d{3})Z", re.ASCII)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(text: object, pointer: str = "") -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (and `:60` not accepted).

    Raises FormatError unless `text` is exactly what `format_time` writes.
    """
    match = _TIME.fullmatch(text) if type(text) is str else None
    if match is None:
        raise FormatError("expected a UTC time as YYYY-MM-DDTHH:MM:SS.mmmZ", pointer)
    year, month, day, hour, minute, second, millis = map(int, match.groups())
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise FormatError(f"there is no day {text[:10]}", pointer) from None  # type: ignore[index]
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + millis


def format_time(ms: int) -> str:
    """The text of `ms` milliseconds since 1970; FormatError outside the years 1 to 9999."""
    if type(ms) is not int:
        raise FormatError("a time is an integer number of milliseconds")
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        raise FormatError("time out of range: not in the years 1 to 9999") from None
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
