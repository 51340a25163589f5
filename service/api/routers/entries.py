"""`DELETE /v1/entries/{leaf}/content`: erase claims and salts of an entry; its leaf stays. And the run of the
retention schedule at the operator's word.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.api import auth
from service.api.components import listing, record
from service.api.documentation import content, operation, query, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.problems import Refusal, not_found
from service.api.services import services_of
from service.core.errors import FormatError
from service.core.hexs import from_hex, to_hex
from service.core.times import format_time
from service.disputes.erasure import Erased, Wish
from service.disputes.obstacles import Ground

router = APIRouter(tags=["erasure"])
_HEADERS = {"cache-control": "no-store"}
_PARAMETERS = ("claims", "ground", "requested_by", "authority")

ClaimName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class ErasureWish(msgspec.Struct, forbid_unknown_fields=True):
    """What to erase and why; everything is optional."""

    claims: Annotated[list[ClaimName], msgspec.Meta(min_length=1, max_length=64)] | None = None
    ground: Ground = Ground.REQUEST
    requested_by: Words | None = None
    authority: Words | None = None


_TEXT = {"type": "string", "maxLength": 256}
_WISH = record(
    {},
    optional={
        "claims": {**listing({"type": "string"}), "description": "claims to erase; absent: all"},
        "ground": {"enum": [each.value for each in Ground], "default": "request"},
        "requested_by": {**_TEXT, "description": "a role or file number, kept for ever: never a name"},
        "authority": {**_TEXT, "description": "the law or body; required with the ground order"},
    },
)
_EXTRA: dict[str, Any] = {
    "requestBody": {"required": False, **content(JSON, _WISH)},
    "parameters": [
        query("claims", _TEXT, "instead of a body: names, separated by commas"),
        query("ground", {"enum": [each.value for each in Ground]}, "instead of a body"),
        query("requested_by", _TEXT, "instead of a body"),
        query("authority", _TEXT, "instead of a body"),
    ],
}


async def _wish(request: Request) -> ErasureWish:
    headers = request.headers
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        return await document(request, services_of(request), ErasureWish)
    given = {name: request.query_params[name] for name in _PARAMETERS if name in request.query_params}
    members: dict[str, object] = {**given}
    if "claims" in given:
        members["claims"] = [name for name in given["claims"].split(",") if name]
    try:
        return msgspec.convert(members, ErasureWish)
    except msgspec.ValidationError as error:
        detail, _, path = str(error).partition(" - at `$.")
        name = path.rstrip("`").partition("[")[0]
        raise Refusal(
            "invalid-parameter", detail, errors=[{"parameter": name, "detail": detail, "code": "shape"}]
        ) from None


def _checked(wish: ErasureWish) -> Wish:
    if wish.ground is Ground.ORDER and wish.authority is None:
        detail = "an order names the authority that gave it"
        problem = {"pointer": "/authority", "detail": detail, "code": "required"}
        raise Refusal("invalid-parameter", detail, errors=[problem])
    claims = None if wish.claims is None else frozenset(wish.claims)
    return Wish(claims, wish.ground, wish.requested_by, wish.authority)


def _shown(erased: Erased) -> bytes:
    return orjson.dumps(
        {"erasure": to_hex(erased.leaf), "claims": list(erased.claims), "at": format_time(erased.at)}
    )


@router.delete(
    "/v1/entries/{leaf}/content",
    **operation(
        "Erase claims of an entry",
        {200: ("Erased, now or by an earlier request", content(JSON, reference("Erased")))},
        refusals=(
            *("not-found", "invalid-json", "invalid-event", "invalid-parameter", "erasure-blocked"),
            *("unsupported-media-type", "body-too-large", "log-halted", "signing-stopped"),
            *("anchor-deadline-risk", "commit-unknown"),
        ),
        extra=_EXTRA,
    ),
)
async def erase_content(request: Request, leaf: str) -> Response:
    """Erase claims of an entry with their salts, everywhere. Leaf, proofs and anchors verify as before.

    The erasure is recorded in the trade as an entry of its own first. Nothing is erased while a dispute, a
    hold or a period that law prescribes covers any of the claims asked for (409); `erasable` names what
    could go now. A repeat has the first answer.
    """
    services = services_of(request)
    log = services.log_of(await auth.platform(request, services))
    wish = _checked(await _wish(request))
    try:
        wanted = from_hex(leaf, 32)
    except FormatError:
        raise not_found() from None
    room = services.erasure
    erased = await services.off_loop(lambda: room.erasures.erase(room.log(log.name), wanted, wish))
    return Response(_shown(erased), 200, _HEADERS, JSON)


@router.post(
    "/v1/retention",
    **operation(
        "Erase everything that is due, in all logs",
        {200: ("What was erased", content(JSON, reference("RetentionRun")))},
        refusals=("log-halted", "signing-stopped", "anchor-deadline-risk", "commit-unknown"),
        extra={"parameters": [query("rewrite", {"type": "boolean"}, "PostgreSQL: rewrite the table, too")]},
    ),
)
async def run_retention(request: Request) -> Response:
    """Run the retention schedule now instead of at its time; needs the operator's key."""
    services = services_of(request)
    await auth.admin(request, services)
    rewrite = request.query_params.get("rewrite") == "true"
    run = await services.off_loop(services.erasure.run)
    left = await services.off_loop(services.erasure.finish)
    shown = {
        "trades": run.trades,
        "entries": run.entries,
        "claims": run.claims,
        "erasures": run.erasures,
        "unfinished": left,
        "rewritten": rewrite and await services.off_loop(services.erasure.erasures.rewrite),
    }
    return Response(orjson.dumps(shown), 200, _HEADERS, JSON)
