"""`/v1/schemas`: the event types, their JSON Schemas and examples. Public: there is nothing of anybody's
in them.
"""

from __future__ import annotations

from functools import lru_cache

import orjson
from fastapi import APIRouter, Response

from service.api.components import listing, record
from service.api.documentation import content, operation
from service.api.problems import not_found
from service.profiles import giftcard

router = APIRouter(tags=["schemas"])
_HEADERS = {"cache-control": "public, max-age=3600"}


@lru_cache(maxsize=64)
def _schema(name: str) -> bytes:
    return orjson.dumps({"type": name, "schema": giftcard.schema(name), "example": giftcard.example(name)})


_TYPES = record({"types": listing({"type": "string"})})
_TYPE = record({"type": {"type": "string"}, "schema": {"type": "object"}, "example": {"type": "object"}})


@router.get(
    "/v1/schemas",
    **operation(
        "List the event types",
        {200: ("The types' names", content("application/json", _TYPES))},
        authenticated=False,
    ),
)
async def list_schemas() -> Response:
    """The names of all event types; a platform's own begin with `x-` and are not listed."""
    return Response(orjson.dumps({"types": list(giftcard.EVENT_TYPES)}), 200, _HEADERS, "application/json")


@router.get(
    "/v1/schemas/{name}",
    **operation(
        "The JSON Schema and an example of one event type",
        {200: ("Schema and example", content("application/json", _TYPE))},
        refusals=("not-found",),
        authenticated=False,
    ),
)
async def get_schema(name: str) -> Response:
    """JSON Schema (2020-12) of the type's claims, with a complete event as example."""
    if name not in giftcard.EVENT_TYPES:
        raise not_found()
    return Response(_schema(name), 200, _HEADERS, "application/json")
