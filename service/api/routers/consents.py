"""`POST /v1/shares/consents`: a trade's user signs, with a key of his own, that he accepts or was paid."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import orjson
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType

from service.api import auth
from service.api.bodies import EVENT_BYTES
from service.api.case_bodies import Body, Reference
from service.api.components import record
from service.api.documentation import content, operation
from service.api.documents import document
from service.api.media import JSON
from service.api.routers.disputes import log_of
from service.api.services import services_of
from service.core.errors import Problem
from service.core.hexs import to_hex
from service.disputes.consents import ConsentRequest
from service.disputes.errors import StepForbidden, StepRejected

router = APIRouter(tags=["shares"])
_TEXT = {"type": "string"}
_FEN = {"type": "integer", "minimum": 0}
_COUNT = {"type": "integer", "minimum": 0}
_REFERENCE = record({"event": _TEXT}, optional={"digest": _TEXT})


class NewConsent(Body):
    """What the user signed: a quote accepted, or what came of a payment."""

    type: Literal["acceptance", "payout_ack"]
    amount: int
    currency: str
    consent: dict[str, Any]
    quote: Reference | UnsetType = UNSET
    payout: Reference | UnsetType = UNSET
    result: Literal["received", "part", "not_received"] | UnsetType = UNSET


_SHAPE = record(
    {
        "type": {"enum": ["acceptance", "payout_ack"]},
        "amount": _FEN,
        "currency": _TEXT,
        "consent": {"type": "object", "description": "method eip712 with its message, as in an event"},
    },
    optional={
        "quote": {**_REFERENCE, "description": "needed with acceptance"},
        "payout": {**_REFERENCE, "description": "needed with payout_ack"},
        "result": {"enum": ["received", "part", "not_received"], "description": "of payout_ack"},
    },
)
_RECORDED = record(
    {"event": _TEXT, "seq": _COUNT, "index": _COUNT, "leaf": _TEXT, "repeated": {"type": "boolean"}}
)


@router.post(
    "/v1/shares/consents",
    **operation(
        "Sign as the user",
        {
            200: ("It was recorded before", content(JSON, _RECORDED)),
            201: ("Recorded", content(JSON, _RECORDED)),
        },
        refusals=(
            "not-found",
            "invalid-json",
            "invalid-parameter",
            "idempotency-conflict",
            "too-many-requests",
            "unsupported-media-type",
            "body-too-large",
            "event-erased",
            "log-halted",
            "signing-stopped",
            "anchor-deadline-risk",
            "commit-unknown",
        ),
        extra={"requestBody": {"required": True, **content(JSON, _SHAPE)}},
    ),
)
async def give_consent(request: Request) -> Response:
    """With a share: accept the trade's newest quote, which nobody has accepted yet, or say of a payment
    whether it arrived. Signature and figures are checked before anything is recorded; the same signature
    again is the same consent.
    """
    services = services_of(request)
    reader = await auth.reader(request, services)
    if reader.holder != "share":
        raise StepForbidden("only the user of a trade consents in it: this needs the trade's share")
    log, room = log_of(services, reader), services.disputes.consents
    wanted = _request(await document(request, services, NewConsent, EVENT_BYTES))
    with request.app.state.step_admission.admit(reader.platform):
        given = await services.off_loop(lambda: room.give(log, reader, wanted))
    body = {
        "event": given.event,
        "seq": given.seq,
        "index": given.index,
        "leaf": to_hex(given.leaf),
        "repeated": given.repeated,
    }
    headers = {"cache-control": "no-store", "location": f"/v1/receipts/{to_hex(given.leaf)}"}
    return Response(orjson.dumps(body), 200 if given.repeated else 201, headers, JSON)


def _request(body: NewConsent) -> ConsentRequest:
    what, other = ("quote", "payout") if body.type == "acceptance" else ("payout", "quote")
    target = getattr(body, what)
    problems = []
    if not isinstance(target, Reference):
        problems.append(Problem(f"/{what}", "this member is required", "required"))
    if getattr(body, other) is not UNSET:
        problems.append(Problem(f"/{other}", f"not with {body.type}", "unknown_member"))
    if problems or not isinstance(target, Reference):
        raise StepRejected(*problems)
    return ConsentRequest(
        type=body.type,
        target=target.event,
        digest=None if target.digest is UNSET else target.digest,
        amount=body.amount,
        currency=body.currency,
        consent=msgspec.to_builtins(body.consent),
        result=None if body.result is UNSET else body.result,
    )
