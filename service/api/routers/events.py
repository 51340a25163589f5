"""`POST /v1/events`: one event in, its receipt out."""

from __future__ import annotations

from asyncio import wrap_future

from fastapi import APIRouter, Request, Response

from service.api import answers, auth, documentation
from service.api.admission import Admission
from service.api.bodies import EVENT_BYTES, bounded_body
from service.api.media import JSON, media_type, prefers_minimal
from service.api.preparation import prepare_event
from service.api.services import services_of
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
    content under the same id is refused (409).
    """
    services = services_of(request)
    principal = await auth.platform(request, services)
    log = services.log_of(principal)
    admission: Admission = request.app.state.event_admission
    with admission.admit(principal.platform):
        media_type(request, JSON)
        async with bounded_body(request, services.budget, EVENT_BYTES) as body:
            submission = await prepare_event(services, log, body)
            batch = await wrap_future(log.sequencer.submit([submission]))
    services.metrics.appended(log.name, 1, batch.repeated)
    return _answer(batch, log.member, prefers_minimal(request))
