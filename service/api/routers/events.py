"""`POST /v1/events`: one event in, its receipt out."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.access.api_keys import Principal
from service.access.ports import Tenant
from service.api import answers, auth, documentation, sharing
from service.api.admission import Admission
from service.api.bodies import EVENT_BYTES, bounded_body
from service.api.discretion import HEADERS
from service.api.media import JSON, media_type, prefers_minimal
from service.api.preparation import prepare_event
from service.api.services import Services, services_of
from service.log.ports import AppendedBatch

router = APIRouter(tags=["events"])
PATH = "/v1/events"


def _answer(batch: AppendedBatch, log: answers.LogMember, minimal: bool) -> Response:
    one = batch.appended[0]
    status = 200 if one.repeated else 201
    headers = {"cache-control": "no-store", "location": f"/v1/receipts/0x{one.leaf.hex()}"}
    if minimal:
        headers["preference-applied"] = "return=minimal"
        return Response(answers.minimal(one), status, headers, JSON)
    return Response(answers.receipt(log, batch), status, headers, JSON)


@router.post(PATH, **documentation.POST_EVENT)
async def post_event(request: Request) -> Response:
    """Append one event and answer with its receipt.

    The same event again (same id, same content) is answered with the same receipt and status 200; other
    content under the same id is refused (409). With `?share=1` the answer is `{"receipt", "share"}`, the
    share being one for this event's trade; its secrets are not kept, so that a repeat gets a fresh share.
    """
    services = services_of(request)
    principal = await auth.platform(request, services)
    log = services.log_of(principal)
    shared = bool(request.scope["query_string"]) and sharing.wanted(request)
    admission: Admission = request.app.state.event_admission
    with admission.admit(principal.platform):
        media_type(request, JSON)
        async with bounded_body(request, services.budget, EVENT_BYTES) as body:
            submission = await prepare_event(services, log, body)
            batch = await services.replies.of(log.sequencer.submit([submission]))
    services.metrics.appended(log.name, 1, batch.repeated)
    answer = _answer(batch, log.member, prefers_minimal(request))
    if shared:
        return await _with_share(services, principal, submission.trade, answer)
    return answer


async def _with_share(services: Services, principal: Principal, trade: str, answer: Response) -> Response:
    tenant = Tenant(principal.platform, principal.mode)
    share = await services.off_loop(
        lambda: orjson.dumps(sharing.create(services.access, tenant, trade, None))
    )
    shared = Response(
        b'{"receipt":%b,"share":%b}' % (bytes(answer.body), share), answer.status_code, HEADERS, JSON
    )
    for name in ("location", "preference-applied"):
        if name in answer.headers:
            shared.headers[name] = answer.headers[name]
    return shared
