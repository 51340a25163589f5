"""`/v1/trades/{trade}/holds`: while a hold lasts, nothing of the entries it names is erased."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.api import auth
from service.api.components import listing, record
from service.api.documentation import content, operation, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.problems import Refusal
from service.api.services import services_of
from service.core.errors import FormatError
from service.core.hexs import from_hex, to_hex
from service.core.times import format_time, parse_time
from service.disputes.holds import MOST_TARGETS, Hold, NewHold

router = APIRouter(tags=["erasure"])
_HEADERS = {"cache-control": "no-store"}
_RELEASED = "released"

Leaf = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{64}\Z")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
HoldId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:-]{1,40}\Z")]


class HoldWish(msgspec.Struct, forbid_unknown_fields=True):
    """A hold to place; `targets` absent: every entry the trade has now."""

    ground: Words
    until: str | None = None
    targets: Annotated[list[Leaf], msgspec.Meta(min_length=1, max_length=MOST_TARGETS)] | None = None
    id: HoldId | None = None


_TEXT = {"type": "string"}
_TIME = {"type": "string", "description": "UTC, as in 2026-01-31T08:00:00.000Z"}
_WISH = record(
    {"ground": _TEXT},
    optional={
        "until": {**_TIME, "description": "absent: until released"},
        "targets": {**listing(_TEXT), "description": "leaves of the trade; absent: all it has now"},
        "id": {**_TEXT, "description": "makes the request repeatable"},
    },
)
_EXTRA: dict[str, Any] = {"requestBody": {"required": True, **content(JSON, _WISH)}}
_REFUSALS = ("not-found", "log-halted", "signing-stopped", "anchor-deadline-risk", "commit-unknown")


def _until(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except FormatError:
        detail = "a time is UTC, as in 2026-01-31T08:00:00.000Z"
        problem = {"pointer": "/until", "detail": detail, "code": "time"}
        raise Refusal("invalid-parameter", detail, errors=[problem]) from None


def _shown(hold: Hold) -> dict[str, object]:
    return {
        "hold": hold.id,
        "leaf": to_hex(hold.leaf),
        "targets": sorted(to_hex(each) for each in hold.targets),
        "ground": hold.ground,
        "until": None if hold.until is None else format_time(hold.until),
        "released": None if hold.released is None else format_time(hold.released),
    }


@router.post(
    "/v1/trades/{trade}/holds",
    **operation(
        "Keep entries from being erased",
        {
            200: ("The hold was placed before", content(JSON, reference("Hold"))),
            201: ("Placed", content(JSON, reference("Hold"))),
        },
        refusals=(
            *_REFUSALS,
            *("invalid-json", "invalid-event", "invalid-parameter", "event-conflict"),
            *("unsupported-media-type", "body-too-large"),
        ),
        extra=_EXTRA,
    ),
)
async def place_hold(request: Request, trade: str) -> Response:
    """Record a hold in the trade. Entries posted later are not covered by it: place another."""
    services = services_of(request)
    log = services.log_of(await auth.platform(request, services))
    wish = await document(request, services, HoldWish)
    targets = None if wish.targets is None else tuple(from_hex(each, 32) for each in wish.targets)
    new = NewHold(wish.ground, _until(wish.until), targets, wish.id)
    room = services.erasure
    hold, placed = await services.off_loop(lambda: room.holds.place(room.log(log.name), trade, new))
    return Response(orjson.dumps(_shown(hold)), 201 if placed else 200, _HEADERS, JSON)


@router.get(
    "/v1/trades/{trade}/holds",
    **operation(
        "The holds of a trade",
        {200: ("All holds, the oldest first", content(JSON, record({"holds": listing(reference("Hold"))})))},
        refusals=("not-found",),
    ),
)
async def list_holds(request: Request, trade: str) -> Response:
    """Every hold of the trade, those that have ended too."""
    services = services_of(request)
    log = services.log_of(await auth.platform(request, services))
    room = services.erasure
    holds = await services.off_loop(lambda: room.holds.of(room.log(log.name), trade))
    return Response(orjson.dumps({"holds": [_shown(each) for each in holds]}), 200, _HEADERS, JSON)


@router.delete(
    "/v1/trades/{trade}/holds/{hold}",
    **operation(
        "Release a hold",
        {200: ("The hold, released now or before", content(JSON, reference("Hold")))},
        refusals=_REFUSALS,
    ),
)
async def release_hold(request: Request, trade: str, hold: str) -> Response:
    """Record that the hold has ended. What it covered can be erased again, if nothing else keeps it."""
    services = services_of(request)
    log = services.log_of(await auth.platform(request, services))
    room = services.erasure
    work = lambda: room.holds.release(room.log(log.name), trade, hold, _RELEASED)  # noqa: E731
    released = await services.off_loop(work)
    return Response(orjson.dumps(_shown(released)), 200, _HEADERS, JSON)
