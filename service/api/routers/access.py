"""`GET /v1/access`: who has seen a platform's trades by a share or a grant."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.access.ports import AccessRecord, Tenant
from service.api import auth, paging
from service.api.components import listing, nullable, record
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.routers.trades import PAGE
from service.api.services import services_of
from service.core.times import format_time

router = APIRouter(tags=["access"])
_TEXT = {"type": "string"}


def _shown(access: AccessRecord) -> dict[str, object]:
    return {
        "holder": access.holder,
        "id": access.holder_id,
        "trade": access.trade,
        "dispute": access.dispute,
        "kind": access.kind,
        "at": format_time(access.at),
        "network": None if access.caller is None else access.caller.hex(),
    }


@router.get(
    "/v1/access",
    **operation(
        "Who has seen what",
        {
            200: (
                "Accesses by shares and grants, oldest first",
                content(JSON, record({"accesses": listing(reference("Access")), "next": nullable(_TEXT)})),
            )
        },
        refusals=("invalid-parameter",),
        extra={
            "parameters": [
                query("trade", _TEXT, "only this trade's"),
                query("dispute", _TEXT, "only by grants of this dispute"),
                *PAGE,
            ]
        },
    ),
)
async def list_accesses(request: Request) -> Response:
    """Every kind of content a share or grant was shown, once a minute each. `network` is a keyed hash of the
    network it was shown to: it tells networks apart, and nothing else.
    """
    services = services_of(request)
    principal = await auth.platform(request, services)
    tenant = Tenant(principal.platform, principal.mode)
    trade, dispute = request.query_params.get("trade"), request.query_params.get("dispute")
    after, limit = paging.page(request)
    found = await services.off_loop(
        lambda: services.access.record_store.records(tenant, trade, dispute, after, limit + 1)
    )
    following = paging.cursor(found[limit - 1].number) if len(found) > limit else None
    body = orjson.dumps({"accesses": [_shown(each) for each in found[:limit]], "next": following})
    return Response(body, 200, {"cache-control": "no-store"}, JSON)
