"""`GET /v1/receipts/{leaf}` and `GET /v1/events/{event}`: a receipt with its anchors so far."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.api import auth
from service.api.documentation import content, operation, reference
from service.api.media import JSON
from service.api.problems import not_found
from service.api.routers.evidence import evidence_admitted
from service.api.services import OpenLog, services_of
from service.core import receipt
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.disputes.certificate.slip import render_slip
from service.log.ports import StoredEntry
from service.log.receipts import assemble_entry

router = APIRouter(tags=["receipts"])
_ANSWER = {200: ("The receipt", content(JSON, reference("Receipt")))}
_REFUSALS = ("not-found", "event-erased")
_BYTES = {"type": "string", "format": "binary"}
PDF = "application/pdf"
PATH = "/v1/receipts"
RECEIPT = PATH + "/{leaf}"


def _receipt(log: OpenLog, reader: Reader, entry: StoredEntry | None) -> bytes:
    sight = Sight.SEALED if entry is None else sight_of(reader, entry)
    if entry is None or sight is Sight.SEALED:
        raise not_found()
    disclosed = sight is Sight.FULL
    return receipt.format(assemble_entry(log.reader, log.anchors, log.identity, entry, disclosed=disclosed))


@router.get(RECEIPT, **operation("A receipt by leaf", _ANSWER, refusals=_REFUSALS))
async def get_receipt(request: Request, leaf: str) -> Response:
    """The receipt as first given, completed by the earliest anchor that covers it, once there is one.

    What is not for a share or grant comes without disclosures, or not at all.
    """
    services = services_of(request)
    reader = await auth.reader(request, services)
    log = services.log_of(reader)
    try:
        wanted = from_hex(leaf)
    except FormatError:
        raise not_found() from None
    body = await services.short_read(lambda: _receipt(log, reader, log.reader.entry_by_leaf(wanted)))
    return Response(body, 200, {"cache-control": "no-store"}, JSON)


@router.get(
    RECEIPT + "/slip.pdf",
    **operation(
        "A receipt on paper",
        {200: ("A slip 80 mm wide with the receipt in QR codes", content(PDF, _BYTES))},
        refusals=(*_REFUSALS, "receipt-too-large", "too-many-requests"),
    ),
)
async def get_slip(request: Request, leaf: str) -> Response:
    """The paper receipt: what was agreed, and the promise of the POST in at most four QR codes, which
    `tally verify` reads from a photograph.
    """
    services = services_of(request)
    reader = await auth.reader(request, services)
    log = services.log_of(reader)
    try:
        wanted = from_hex(leaf)
    except FormatError:
        raise not_found() from None

    def print_slip() -> bytes:
        shown = receipt.parse(_receipt(log, reader, log.reader.entry_by_leaf(wanted)))
        return render_slip(shown, log.platform, log.mode == "test")

    with evidence_admitted(request, reader):
        body = await services.printed(print_slip)
    return Response(body, 200, {"cache-control": "no-store"}, PDF)


@router.get("/v1/events/{event}", **operation("A receipt by event id", _ANSWER, refusals=_REFUSALS))
async def get_event(request: Request, event: str) -> Response:
    """The same receipt, found by the id the platform gave the event."""
    services = services_of(request)
    reader = await auth.reader(request, services)
    log = services.log_of(reader)
    body = await services.short_read(lambda: _receipt(log, reader, log.reader.entry_by_event(event)))
    return Response(body, 200, {"cache-control": "no-store"}, JSON)
