"""`GET /v1/trades/{trade}`: the entries of one trade, in order of arrival, with their content."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.api import auth, paging
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import not_found
from service.api.services import OpenLog, services_of
from service.core.hexs import to_hex
from service.log.ports import StoredEntry

router = APIRouter(tags=["trades"])

_PAGE = [
    query("cursor", {"type": "string"}, "`next` of the page before"),
    query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": paging.MAX_PAGE, "default": 100},
        "entries a page",
    ),
]


def _shown(entry: StoredEntry) -> dict[str, object]:
    return {
        "index": entry.index,
        "leaf": to_hex(entry.leaf),
        "entry": entry.entry.decode("utf-8"),
        "disclosures": entry.disclosures,
    }


def _timeline(log: OpenLog, trade: str, first: int, limit: int) -> bytes:
    # One more than asked for tells whether there is a further page.
    entries = log.reader.trade(trade, first, limit + 1)
    if not entries and first == 0:
        raise not_found()
    shown = entries[:limit]
    following = paging.cursor(entries[limit].seq) if len(entries) > limit else None
    return orjson.dumps(
        {"log": log.member, "trade": trade, "entries": [_shown(entry) for entry in shown], "next": following}
    )


@router.get(
    "/v1/trades/{trade}",
    **operation(
        "The timeline of a trade",
        {200: ("Entries in order of arrival", content(JSON, reference("Trade")))},
        refusals=("not-found", "invalid-parameter"),
        extra={"parameters": _PAGE},
    ),
)
async def get_trade(request: Request, trade: str) -> Response:
    """Every entry of the trade with its disclosures; those whose content was erased show null instead."""
    services = services_of(request)
    log = services.log_of(await auth.platform(request, services))
    first, limit = paging.page(request)
    body = await services.off_loop(lambda: _timeline(log, trade, first, limit))
    return Response(body, 200, {"cache-control": "no-store"}, JSON)
