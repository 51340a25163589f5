"""What people type into forms, as the API takes it: yuan, local times. What cannot be read is passed on as it
is, so that one place refuses it and names the field.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from service.core.errors import FormatError
from service.core.times import format_time
from service.profiles.giftcard.findings.texts.forms import decimal_places

_BEIJING = timezone(timedelta(hours=8))
_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,4}))?")
_DIGITS = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def minor(text: str | None, currency: str = "CNY") -> int | str | None:
    """`1,234.5` (yuan, or units of another currency) as 123450; the text itself when it is no amount."""
    if text is None:
        return None
    match = _AMOUNT.fullmatch(text.translate(_DIGITS).replace(",", "").removesuffix("元").strip())
    places, part = decimal_places(currency), (match and match[2]) or ""
    if match is None or len(part) > places:
        return text
    return int(match[1] + part.ljust(places, "0"))


def moment(text: str | None) -> str | None:
    """A `datetime-local` or `date` field, in Beijing time, as a UTC time of the API; a day means its end."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) == len("2026-01-31"):
        read += timedelta(days=1, milliseconds=-1)
    local = read if read.tzinfo is not None else read.replace(tzinfo=_BEIJING)
    try:
        return format_time(int(local.timestamp() * 1000))
    except (FormatError, OverflowError):
        return text


def given(**members: object) -> dict[str, object]:
    """The members that were filled in."""
    return {name: value for name, value in members.items() if value is not None}
