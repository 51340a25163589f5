"""`/t/{share}` and `/case/{grant}`: where a link leads. The token is in the path; every answer is kept out of
caches, referrers and indexes by `discretion`.
"""

from __future__ import annotations

from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response

from service.access.errors import CapabilityUnknown
from service.access.readers import Reader
from service.api import auth
from service.api.components import nullable, record
from service.api.documentation import content, operation
from service.api.media import JSON
from service.api.problems import not_found
from service.api.services import OpenLog, services_of
from service.core.times import format_time

router = APIRouter(tags=["links"])
_TEXT = {"type": "string"}
_COUNTED = 500
_SUMMARY = record(
    {
        "holder": {"enum": ["share", "grant"]},
        "platform": _TEXT,
        "trade": _TEXT,
        "entries": {"type": "integer", "maximum": _COUNTED},
        "expires": nullable(_TEXT),
        "links": {"type": "object"},
    },
    optional={"dispute": _TEXT, "role": _TEXT, "restricted": {"type": "boolean"}},
)


def _links(reader: Reader) -> dict[str, str]:
    trade = f"/v1/trades/{quote(reader.trade or '', safe='')}"
    links = {
        "timeline": trade,
        "findings": f"{trade}/findings",
        "evidence": f"{trade}/evidence.json",
        "bundle": f"{trade}/evidence.zip",
        "certificate": f"{trade}/evidence.pdf",
    }
    if reader.dispute is not None:
        links["dispute"] = f"/v1/disputes/{quote(reader.dispute, safe='')}"
    return links


def _summary(log: OpenLog, reader: Reader) -> bytes:
    assert reader.trade is not None
    entries = log.reader.trade(reader.trade, 0, _COUNTED)
    if not entries:
        raise not_found()
    summary: dict[str, object] = {
        "holder": reader.holder,
        "platform": reader.platform,
        "trade": reader.trade,
        "entries": len(entries),
        "expires": None if reader.expires_at is None else format_time(reader.expires_at),
        "links": _links(reader),
    }
    if reader.holder == "grant":
        summary |= {"dispute": reader.dispute, "role": reader.role, "restricted": reader.restricted}
    return orjson.dumps(summary)


async def _view(request: Request, token: str, holder: str) -> Response:
    services = services_of(request)
    reader = await auth.path_reader(request, services, token)
    if reader.holder != holder:
        raise CapabilityUnknown("the token opens nothing here")
    log = services.log_of(reader)
    return Response(await services.off_loop(lambda: _summary(log, reader)), 200, None, JSON)


_ANSWER = {200: ("What the link opens, and where to go on", content(JSON, _SUMMARY))}


@router.head("/t/{share}", include_in_schema=False)
@router.get(
    "/t/{share}",
    **operation("A shared trade", _ANSWER, refusals=("not-found", "overloaded"), authenticated=False),
)
async def shared_trade(request: Request, share: str) -> Response:
    """What a share's link opens. The links work with the same token as `Authorization: Bearer`."""
    return await _view(request, share, "share")


@router.head("/case/{grant}", include_in_schema=False)
@router.get(
    "/case/{grant}",
    **operation("A dispute", _ANSWER, refusals=("not-found", "overloaded"), authenticated=False),
)
async def granted_case(request: Request, grant: str) -> Response:
    """What a grant's link opens. The links work with the same token as `Authorization: Bearer`."""
    return await _view(request, grant, "grant")
