"""`/v1/signers`: a platform registers the service keys whose signatures its entries may carry."""

from __future__ import annotations

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.access.errors import SignerRefused
from service.access.ports import Signer
from service.access.signers import ROLES
from service.api import auth
from service.api.components import listing, record
from service.api.documentation import content, operation, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.services import services_of
from service.core.errors import FormatError
from service.core.times import format_time, parse_time

router = APIRouter(tags=["signers"])
_HEADERS = {"cache-control": "no-store"}


class NewSigner(msgspec.Struct, forbid_unknown_fields=True):
    """What a platform posts to register a signer; times are UTC, `valid_from` defaults to now."""

    address: str
    role: str
    valid_from: str | None = None
    valid_until: str | None = None


def _time(text: str | None, pointer: str) -> int | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except FormatError:
        raise SignerRefused(pointer, "a time is UTC, as in 2026-01-31T08:00:00.000Z") from None


def _shown(signer: Signer) -> dict[str, object]:
    return {
        "address": signer.address,
        "role": signer.role,
        "valid_from": format_time(signer.valid_from),
        "valid_until": None if signer.valid_until is None else format_time(signer.valid_until),
        "created": format_time(signer.created_at),
    }


_NEW = {
    "requestBody": {
        "required": True,
        **content(
            JSON,
            record(
                {"address": {"type": "string"}, "role": {"enum": list(ROLES)}},
                optional={"valid_from": {"type": "string"}, "valid_until": {"type": "string"}},
            ),
        ),
    }
}


@router.post(
    "/v1/signers",
    **operation(
        "Register a service key",
        {200: ("The signer as it now stands", content(JSON, reference("Signer")))},
        refusals=("invalid-json", "invalid-parameter", "unsupported-media-type", "body-too-large"),
        extra=_NEW,
    ),
)
async def put_signer(request: Request) -> Response:
    """Register an address for a role, or change the validity of one registered before."""
    services = services_of(request)
    log = services.log_name(await auth.platform(request, services))
    wanted = await document(request, services, NewSigner)
    start, end = _time(wanted.valid_from, "/valid_from"), _time(wanted.valid_until, "/valid_until")
    signer = await services.off_loop(
        lambda: services.signers.register(log, wanted.address, wanted.role, start, end)
    )
    return Response(orjson.dumps(_shown(signer)), 200, _HEADERS, JSON)


@router.get(
    "/v1/signers",
    **operation(
        "List the platform's service keys",
        {200: ("All signers", content(JSON, record({"signers": listing(reference("Signer"))})))},
    ),
)
async def list_signers(request: Request) -> Response:
    """All signers of the platform, oldest registration first."""
    services = services_of(request)
    log = services.log_name(await auth.platform(request, services))
    signers = await services.off_loop(lambda: services.signers.list(log))
    return Response(orjson.dumps({"signers": [_shown(signer) for signer in signers]}), 200, _HEADERS, JSON)


@router.delete(
    "/v1/signers/{address}/{role}",
    **operation(
        "End a service key's validity",
        {200: ("The signer, ended", content(JSON, reference("Signer")))},
        refusals=("not-found",),
    ),
)
async def end_signer(request: Request, address: str, role: str) -> Response:
    """End the validity now; what the key signed before stays signed."""
    services = services_of(request)
    log = services.log_name(await auth.platform(request, services))
    signer = await services.off_loop(lambda: services.signers.end(log, address, role))
    return Response(orjson.dumps(_shown(signer)), 200, _HEADERS, JSON)
