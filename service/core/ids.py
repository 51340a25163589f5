"""Ids of events and trades. They stay in the log for ever, so numbers that identify a person are refused.

No Luhn test for bank cards: one order number in ten would fail it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NewType

from service.core.errors import EventRejected, Problem

EventId = NewType("EventId", str)
TradeId = NewType("TradeId", str)

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_SEPARATORS = str.maketrans("", "", "._:-")
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}", re.ASCII)  # mainland China, with or without country code
_IDENTITY_18 = re.compile(r"(\d{2})\d{4}(\d{4})(\d\d)(\d\d)\d{3}[\dXx]", re.ASCII)  # GB 11643-1999
_IDENTITY_15 = re.compile(r"(\d{2})\d{4}(\d\d)(\d\d)(\d\d)\d{3}", re.ASCII)  # issued before 1999
# GB/T 2260, first two digits; 71, 81-83 also residence permits, 91 abroad.
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_LASTING = ": ids stay in the log for ever"


def check_id(text: object, pointer: str) -> str:
    """`text` itself when it may serve as an id; EventRejected naming `pointer` otherwise."""
    problem = id_problem(text, pointer)
    if problem is not None:
        raise EventRejected((problem,))
    return text  # type: ignore[return-value]  # id_problem refuses whatever is not a str


def id_problem(text: object, pointer: str) -> Problem | None:
    """Why `text` may not serve as an id, or None.

    Codes: `id_pattern` (not `[A-Za-z0-9._:-]{1,64}`); `id_mobile_number`, `id_identity_number`: the whole id,
    separators left out, is a mainland mobile number, or an identity number whose region, date and (with 18
    digits) check digit are valid.
    """
    if type(text) is not str or not _ID.fullmatch(text):
        return Problem(pointer, "an id is 1 to 64 characters out of A-Z a-z 0-9 . _ : -", "id_pattern")
    bare = text.translate(_SEPARATORS)
    if len(bare) < 11 or len(bare) > 18 or not bare[:-1].isdigit():
        return None
    if _MOBILE.fullmatch(bare):
        return Problem(pointer, f"an id must not be a mobile number{_LASTING}", "id_mobile_number")
    if _is_identity_number(bare):
        return Problem(pointer, f"an id must not be an identity number{_LASTING}", "id_identity_number")
    return None


def _is_identity_number(bare: str) -> bool:
    if (modern := _IDENTITY_18.fullmatch(bare)) is not None:
        region, year, month, day = modern.groups()
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, bare, strict=False))
        if bare[17].upper() != _CHECK_DIGITS[total % 11]:
            return False
    elif (legacy := _IDENTITY_15.fullmatch(bare)) is not None:
        region, year, month, day = legacy.groups()
        year = "19" + year
    else:
        return False
    if not _PROVINCES.fullmatch(region) or not "1900" <= year < "2100":
        return False
    return _is_day(int(year), int(month), int(day))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
