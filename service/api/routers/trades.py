"""`GET /v1/trades/{trade}`: the entries of one trade, in order of arrival, with their content."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.access.readers import Reader
from service.api import auth, paging
from service.api.documentation import content, operation, query, reference
from service.api.erased import erasure_notes
from service.api.media import JSON
from service.api.problems import not_found
from service.api.services import OpenLog, services_of
from service.api.sights import shown

router = APIRouter(tags=["trades"])

PAGE = [
    query("cursor", {"type": "string"}, "`next` of the page before"),
    query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": paging.MAX_PAGE, "default": 100},
        "entries a page",
    ),
]


def _timeline(log: OpenLog, reader: Reader, trade: str, first: int, limit: int) -> bytes:
    if not reader.may_read(trade):
        raise not_found()
    # One more than asked for tells whether there is a further page.
    entries = log.reader.trade(trade, first, limit + 1)
    if not entries and first == 0:
        raise not_found()
    notes = erasure_notes(log, reader, entries[:limit])
    page = [
        {**shown(reader, entry), **({"erased": notes[entry.leaf]} if entry.leaf in notes else {})}
        for entry in entries[:limit]
    ]
    following = paging.cursor(entries[limit].seq) if len(entries) > limit else None
    return orjson.dumps({"log": log.member, "trade": trade, "entries": page, "next": following})


@router.get(
    "/v1/trades/{trade}",
    **operation(
        "The timeline of a trade",
        {200: ("Entries in order of arrival", content(JSON, reference("Trade")))},
        refusals=("not-found", "invalid-parameter"),
        extra={"parameters": PAGE},
    ),
)
async def get_trade(request: Request, trade: str) -> Response:
    """Every entry of the trade with its disclosures; those whose content was erased show null instead.

    A share or grant is shown, of what is not for it, the entry without disclosures (`withheld`), or its
    place and leaf alone (`sealed`).
    """
    services = services_of(request)
    reader = await auth.reader(request, services)
    log = services.log_of(reader)
    first, limit = paging.page(request)
    body = await services.off_loop(lambda: _timeline(log, reader, trade, first, limit))
    return Response(body, 200, {"cache-control": "no-store"}, JSON)
