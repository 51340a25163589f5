"""Service keys whose signatures the platform's entries may carry, and the platform's API keys."""

from __future__ import annotations

from fastapi import Request, Response

from service.access.signers import ROLES
from service.api.problems import Refusal
from service.api.routers import signers
from service.core.times import format_time
from service.web.console.desk import ask, refused
from service.web.console.fields import given, moment
from service.web.console.showing import done, show
from service.web.console.visits import Visit, visit_of

PLACE = "/console/signers"


async def get_signers(request: Request) -> Response:
    """All signers."""
    return await _signers(visit_of(request))


async def post_signers(request: Request) -> Response:
    """Register a signer, or end its validity."""
    visit = visit_of(request)
    form = visit.form
    address, role = form.get("address") or "", form.get("role") or ""
    if form.does == "register":
        body = given(
            address=address.lower(),
            role=role,
            valid_from=moment(form.get("valid_from")),
            valid_until=moment(form.get("valid_until")),
        )
        refusal = await refused(ask(visit, signers.put_signer, body=body))
    elif form.does == "end":
        refusal = await refused(ask(visit, signers.end_signer, address, role))
    else:
        raise Refusal("invalid-request", "there is no such form")
    return done(PLACE, f"{form.does}_signer") if refusal is None else await _signers(visit, refusal)


async def _signers(visit: Visit, refusal: Refusal | None = None) -> Response:
    listed = (await ask(visit, signers.list_signers))["signers"]
    values = {"signers": listed, "roles": ROLES, "now": format_time(visit.room.clock_ms())}
    return show(visit, "signers", "signers", values, refusal=refusal)


async def get_keys(request: Request) -> Response:
    """The API keys of this platform and this log. Making and revoking them is the operator's."""
    visit = visit_of(request)
    services, tenant = visit.services, visit.tenant
    listed = await services.off_loop(lambda: services.api_keys.list(tenant.platform))
    own = [each for each in listed if each.mode == tenant.mode and each.role == "platform"]
    return show(visit, "keys", "keys", {"keys": own})
