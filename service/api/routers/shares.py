"""`/v1/shares`: a platform gives its user a link to one trade, and takes it back; a code is redeemed."""

from __future__ import annotations

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.access.codes import parse_code
from service.access.ports import ShareId, Tenant
from service.api import auth, paging, sharing
from service.api.components import listing, nullable, record
from service.api.discretion import HEADERS, counted
from service.api.documentation import content, operation, query, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.problems import Refusal, not_found
from service.api.routers.trades import PAGE
from service.api.services import OpenLog, Services, services_of
from service.core.errors import FormatError
from service.core.times import format_time, parse_time

router = APIRouter(tags=["shares"])
_TEXT = {"type": "string"}
_DOCUMENT_REFUSALS = ("invalid-json", "invalid-parameter", "unsupported-media-type", "body-too-large")


class NewShare(msgspec.Struct, forbid_unknown_fields=True):
    """What a platform posts to share a trade."""

    trade: str
    expires: str | None = None


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """What whoever holds a code posts."""

    code: str


def expiry(text: str | None) -> int | None:
    """The `expires` member of a document (ms); 422 unless it is a time."""
    if text is None:
        return None
    try:
        return parse_time(text)
    except FormatError:
        detail = "a time is UTC, as in 2026-01-31T08:00:00.000Z"
        raise Refusal(
            "invalid-parameter", detail, errors=[{"pointer": "/expires", "detail": detail, "code": "time"}]
        ) from None


async def _code(request: Request, services: Services) -> str:
    """The posted code; 422 for one whose check character does not fit."""
    code = parse_code((await document(request, services, Code)).code)
    if code is None:
        detail = "a code has ten characters and a check character; one of them is mistyped"
        raise Refusal(
            "invalid-parameter", detail, errors=[{"pointer": "/code", "detail": detail, "code": "code"}]
        )
    return code


def _check_trade(log: OpenLog, trade: str) -> None:
    if not log.reader.trade(trade, 0, 1):
        raise not_found()


def _body(members: dict[str, object], *, optional: dict[str, object] | None = None) -> dict[str, object]:
    return {"requestBody": {"required": True, **content(JSON, record(members, optional=optional))}}


@router.post(
    "/v1/shares",
    **operation(
        "Share a trade with its user",
        {
            201: (
                "The share; link, code and QR code are shown this once",
                content(JSON, reference("NewShare")),
            )
        },
        refusals=("not-found", *_DOCUMENT_REFUSALS),
        extra=_body({"trade": _TEXT}, optional={"expires": _TEXT}),
    ),
)
async def create_share(request: Request) -> Response:
    """Make a capability link to one trade. Whoever has the link, the QR code or the code sees the trade as
    its user may; a share lasts three years unless `expires` says otherwise, its code 90 days.
    """
    services = services_of(request)
    principal = await auth.platform(request, services)
    log = services.log_of(principal)
    new = await document(request, services, NewShare)
    ends = expiry(new.expires)

    def work() -> bytes:
        _check_trade(log, new.trade)
        tenant = Tenant(principal.platform, principal.mode)
        return orjson.dumps(sharing.create(services.access, tenant, new.trade, ends))

    return Response(await services.off_loop(work), 201, HEADERS, JSON)


@router.get(
    "/v1/shares",
    **operation(
        "List a trade's shares",
        {
            200: (
                "Oldest first, without their secrets",
                content(JSON, record({"shares": listing(reference("Share")), "next": nullable(_TEXT)})),
            )
        },
        refusals=("not-found", "invalid-parameter"),
        extra={"parameters": [query("trade", _TEXT, "the trade", required=True), *PAGE]},
    ),
)
async def list_shares(request: Request) -> Response:
    """The shares of one trade, revoked ones included, each with the time of its last recorded use."""
    services = services_of(request)
    principal = await auth.platform(request, services)
    log = services.log_of(principal)
    trade = paging.required_text(request, "trade")
    after, limit = paging.page(request)

    def work() -> bytes:
        _check_trade(log, trade)
        tenant = Tenant(principal.platform, principal.mode)
        found = services.access.shares.list(tenant, trade, after, limit + 1)
        following = paging.cursor(found[limit - 1].number) if len(found) > limit else None
        return orjson.dumps({"shares": [sharing.listed(each) for each in found[:limit]], "next": following})

    return Response(await services.off_loop(work), 200, HEADERS, JSON)


@router.delete(
    "/v1/shares/{share}",
    **operation(
        "Revoke a share",
        {200: ("The share, revoked", content(JSON, reference("Share")))},
        refusals=("not-found",),
    ),
)
async def revoke_share(request: Request, share: str) -> Response:
    """End a share with its link, code and sessions: at once here, within five seconds in other processes."""
    services = services_of(request)
    principal = await auth.platform(request, services)
    tenant = Tenant(principal.platform, principal.mode)
    revoked = await services.off_loop(lambda: services.access.shares.revoke(tenant, ShareId(share)))
    return Response(orjson.dumps(sharing.listed(revoked)), 200, HEADERS, JSON)


@router.post(
    "/v1/shares/open",
    **operation(
        "Redeem a share's code",
        {
            200: (
                "A token of this share for an hour",
                content(JSON, record({"token": _TEXT, "expires": _TEXT, "trade": _TEXT})),
            )
        },
        refusals=("not-found", "too-many-requests", *_DOCUMENT_REFUSALS),
        authenticated=False,
        extra=_body({"code": _TEXT}),
    ),
)
async def open_share(request: Request) -> Response:
    """From a code to a bearer token. Case, dashes and spaces make no difference; a mistyped code is told by
    its check character (422) and counts for nothing. A code that is wrong, revoked or past its time: 404,
    and too many of these within a minute: 429.
    """
    services = services_of(request)
    code = await _code(request, services)
    room = services.access
    caller = counted(request, room)
    opened = await services.off_loop(lambda: room.shares.open(code, caller))
    answer = {"token": opened.token, "expires": format_time(opened.expires_at), "trade": opened.trade}
    return Response(orjson.dumps(answer), 200, HEADERS, JSON)


@router.post(
    "/v1/shares/find",
    **operation(
        "Find a share by its code",
        {200: ("The share, without its secrets", content(JSON, reference("Share")))},
        refusals=("not-found", *_DOCUMENT_REFUSALS),
        extra=_body({"code": _TEXT}),
    ),
)
async def find_share(request: Request) -> Response:
    """Which trade the code on a user's slip is for: the platform's own shares only, ended ones too."""
    services = services_of(request)
    principal = await auth.platform(request, services)
    tenant = Tenant(principal.platform, principal.mode)
    code = await _code(request, services)
    share = await services.off_loop(lambda: services.access.shares.find(tenant, code))
    return Response(orjson.dumps(sharing.listed(share)), 200, HEADERS, JSON)
