"""Cursors of paged answers: opaque to the caller, a number inside."""

from __future__ import annotations

import re

from fastapi import Request

from service.api.problems import Refusal

MAX_PAGE = 500
_CURSOR = re.compile(r"c([0-9]{1,16})")


def _number(request: Request, name: str, low: int, high: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text, re.ASCII) or not low <= int(text) <= high:
        detail = f"{name} is a number from {low} to {high}"
        raise Refusal(
            "invalid-parameter", detail, errors=[{"parameter": name, "detail": detail, "code": "number"}]
        )
    return int(text)


def number(request: Request, name: str, *, low: int = 0, high: int = 2**53 - 1) -> int | None:
    """A query parameter that is a decimal number without sign or leading zeros; None when absent, 422 when
    not one.
    """
    return _number(request, name, low, high)


def required_number(request: Request, name: str) -> int:
    """A number that must be there."""
    value = _number(request, name, 0, 2**53 - 1)
    if value is None:
        raise Refusal(
            "invalid-parameter",
            f"{name} is required",
            errors=[{"parameter": name, "detail": "required", "code": "missing"}],
        )
    return value


def required_text(request: Request, name: str) -> str:
    """A text that must be there."""
    value = request.query_params.get(name)
    if not value:
        raise Refusal(
            "invalid-parameter",
            f"{name} is required",
            errors=[{"parameter": name, "detail": "required", "code": "missing"}],
        )
    return value


def page(request: Request) -> tuple[int, int]:
    """(position to go on from, how many) of `?cursor=&limit=`; 0 and 100 by default."""
    limit = _number(request, "limit", 1, MAX_PAGE) or 100
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return 0, limit
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        detail = "take the cursor from `next` of the page before"
        raise Refusal(
            "invalid-parameter", detail, errors=[{"parameter": "cursor", "detail": detail, "code": "cursor"}]
        )
    return int(match[1]), limit


def cursor(position: int) -> str:
    """The cursor of a position."""
    return f"c{position}"
