"""Which language a page speaks: what the visitor chose, else what the browser asks for, else Chinese."""

from __future__ import annotations

import re
from typing import Literal, cast

from fastapi import Request

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")
COOKIE = "tally_lang"
_RANGE = re.compile(r"\s*([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9-]{1,40})?\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*")
_MOST_RANGES = 20


def language_of(request: Request) -> Language:
    """`?lang=`, then the cookie that a choice leaves, then Accept-Language (RFC 9110 §12.5.4), then zh."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> Language:
    """The language of the header's best range that we speak; of equal ones the first."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in header.split(",")[:_MOST_RANGES]:
        match = _RANGE.fullmatch(part)
        if match is None or match[1].lower() not in LANGUAGES:
            continue
        quality = 1.0 if match[2] is None else min(1.0, float(match[2]))
        if quality > best[0]:
            best = (quality, cast(Language, match[1].lower()))
    return best[1]
