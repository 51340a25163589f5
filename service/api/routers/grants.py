"""`/v1/disputes/{dispute}/grants`: a mediator's or arbitrator's access to one dispute, for a time."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.access.grants import Case
from service.access.ports import Grant, GrantId, Tenant
from service.api import auth, paging
from service.api.components import listing, nullable, record
from service.api.discretion import HEADERS
from service.api.documentation import content, operation, query, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.problems import not_found
from service.api.routers.shares import expiry
from service.api.routers.trades import PAGE
from service.api.services import OpenLog, Services, services_of
from service.core.times import format_time

router = APIRouter(tags=["grants"])
_TEXT = {"type": "string"}
_LOG = query("log", _TEXT, "with the operator's key: the log's name, as in public URLs")


class NewGrant(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted to grant access to a dispute."""

    role: Literal["mediator", "arbitrator"]
    expires: str | None = None
    restricted: bool = False
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


def _shown(grant: Grant) -> dict[str, object]:
    return {
        "id": grant.id,
        "dispute": grant.dispute,
        "trade": grant.trade,
        "role": grant.role,
        "restricted": grant.restricted,
        "label": grant.label,
        "created": format_time(grant.created_at),
        "expires": format_time(grant.expires_at),
        "revoked": None if grant.revoked_at is None else format_time(grant.revoked_at),
        "last_used": None if grant.last_used is None else format_time(grant.last_used),
    }


async def _log(request: Request, services: Services) -> OpenLog:
    """The log of the platform's key, or the one the operator names."""
    principal = await auth.authenticate(request, services)
    if principal.role == "admin":
        return services.public_log(paging.required_text(request, "log"))
    return services.log_of(principal)


def _case(services: Services, log: OpenLog, dispute: str) -> Case:
    trade = services.access.disputes.trade_of(log.identity.log_id, dispute)
    if trade is None:
        raise not_found()
    return Case(Tenant(log.platform, log.mode), dispute, trade)


@router.post(
    "/v1/disputes/{dispute}/grants",
    **operation(
        "Grant access to a dispute",
        {201: ("The grant; its token and link are shown this once", content(JSON, reference("NewGrant")))},
        refusals=(
            "not-found",
            "invalid-json",
            "invalid-parameter",
            "unsupported-media-type",
            "body-too-large",
        ),
        extra={
            "parameters": [_LOG],
            "requestBody": {
                "required": True,
                **content(
                    JSON,
                    record(
                        {"role": {"enum": ["mediator", "arbitrator"]}},
                        optional={"expires": _TEXT, "restricted": {"type": "boolean"}, "label": _TEXT},
                    ),
                ),
            },
        },
    ),
)
async def create_grant(request: Request, dispute: str) -> Response:
    """Let a mediator or arbitrator see the dispute's trade: for 30 days unless `expires` says otherwise, for
    90 at most. `restricted` opens reviews too.
    """
    services = services_of(request)
    log = await _log(request, services)
    new = await document(request, services, NewGrant)
    ends = expiry(new.expires)

    def work() -> bytes:
        grant, token = services.access.grants.create(
            _case(services, log, dispute),
            new.role,
            label=new.label,
            restricted=new.restricted,
            expires_at=ends,
        )
        return orjson.dumps({**_shown(grant), "token": token, "url": services.access.links.grant(token)})

    return Response(await services.off_loop(work), 201, HEADERS, JSON)


@router.get(
    "/v1/disputes/{dispute}/grants",
    **operation(
        "List a dispute's grants",
        {
            200: (
                "Oldest first, without their tokens",
                content(JSON, record({"grants": listing(reference("Grant")), "next": nullable(_TEXT)})),
            )
        },
        refusals=("not-found", "invalid-parameter"),
        extra={"parameters": [_LOG, *PAGE]},
    ),
)
async def list_grants(request: Request, dispute: str) -> Response:
    """The grants of one dispute, revoked ones included, each with the time of its last recorded use."""
    services = services_of(request)
    log = await _log(request, services)
    after, limit = paging.page(request)

    def work() -> bytes:
        case = _case(services, log, dispute)
        found = services.access.grants.list(case.tenant, dispute, after, limit + 1)
        following = paging.cursor(found[limit - 1].number) if len(found) > limit else None
        return orjson.dumps({"grants": [_shown(each) for each in found[:limit]], "next": following})

    return Response(await services.off_loop(work), 200, HEADERS, JSON)


@router.delete(
    "/v1/disputes/{dispute}/grants/{grant}",
    **operation(
        "Revoke a grant",
        {200: ("The grant, revoked", content(JSON, reference("Grant")))},
        refusals=("not-found",),
        extra={"parameters": [_LOG]},
    ),
)
async def revoke_grant(request: Request, dispute: str, grant: str) -> Response:
    """End a grant: at once here, within five seconds in other processes."""
    services = services_of(request)
    log = await _log(request, services)
    tenant = Tenant(log.platform, log.mode)
    revoked = await services.off_loop(lambda: services.access.grants.revoke(tenant, dispute, GrantId(grant)))
    return Response(orjson.dumps(_shown(revoked)), 200, HEADERS, JSON)
