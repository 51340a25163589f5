"""Small JSON documents posted to administrative resources: bounded, strict, with pointers for every fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec
from fastapi import Request

from service.api.bodies import DOCUMENT_BYTES, bounded_body
from service.api.media import JSON, media_type
from service.api.problems import Refusal
from service.api.services import Services
from service.core import canonical

T = TypeVar("T")
_MISSING = re.compile(r"Object missing required field `([A-Za-z_]+)`")


def _with_nul(value: object, pointer: str) -> Iterator[str]:
    """Where texts hold a NUL, which PostgreSQL does not store."""
    if isinstance(value, str) and "\0" in value:
        yield pointer
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _with_nul(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from _with_nul(member, f"{pointer}/{place}")


async def document(request: Request, services: Services, shape: type[T], limit: int = DOCUMENT_BYTES) -> T:
    """The request's JSON body as `shape` (a msgspec struct); 400 or 422 with a pointer otherwise."""
    media_type(request, JSON)
    async with bounded_body(request, services.budget, limit) as body:
        value = canonical.parse(body)
    for pointer in _with_nul(value, ""):
        detail = "a text here holds no NUL character"
        raise Refusal(
            "invalid-parameter", detail, errors=[{"pointer": pointer, "detail": detail, "code": "nul"}]
        )
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        detail, _, path = str(error).partition(" - at `$")
        pointer = path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        missing = _MISSING.fullmatch(detail)
        pointer += f"/{missing[1]}" if missing else ""
        raise Refusal(
            "invalid-parameter", detail, errors=[{"pointer": pointer, "detail": detail, "code": "shape"}]
        ) from None
