"""`POST /v1/receipts/compare`: a receipt or bundle that somebody holds, compared with the log."""

from __future__ import annotations

import time

import orjson
from fastapi import APIRouter, Request, Response

from service.access.readers import Reader
from service.api import auth
from service.api.bodies import bounded_body
from service.api.components import listing, nullable, record
from service.api.documentation import content, operation
from service.api.media import JSON, media_type
from service.api.problems import Refusal
from service.api.services import Services, services_of
from service.core.errors import FormatError
from service.core.hexs import to_hex
from service.lookup.compare import Compared, Result
from service.lookup.held import MAX_HELD_BYTES, Held, read_held

router = APIRouter(tags=["lookup"])

_ZIP = "application/zip"
_TEXT = {"type": "string"}
_COMPARED = record(
    {
        "index": {"type": "integer", "minimum": 0},
        "leaf": _TEXT,
        "event": nullable(_TEXT),
        "trade": nullable(_TEXT),
        "result": {
            "enum": [result.value for result in Result],
            "description": "present; moved: at another index; altered: other bytes under this event id (told "
            "to the entry's readers only); absent; foreign_log: not a log of this service",
        },
        "genuine": {**nullable({"type": "boolean"}), "description": "whether the receipt itself verifies"},
        "reason": {**nullable(_TEXT), "description": "the code of the verification step that fails"},
        "differs": {**listing(_TEXT), "description": "pointers into the entry, when altered"},
        "erased": {"type": "boolean", "description": "the log has erased content that is held here"},
    }
)
_FILES = record(
    {
        "count": {"type": "integer", "minimum": 0},
        "undecided": {
            **nullable(_TEXT),
            "description": "why it is not known whether the manifest is the log's",
        },
        "problems": listing(record({"reason": _TEXT, "detail": _TEXT})),
    }
)
_ANSWER = record(
    {
        "looked_at": {
            "enum": ["receipt", "evidence", "bundle"],
            "description": "what was posted. Of evidence and bundles the receipts of the trade's own entries "
            "are compared with the log, of bundles also the files with the manifest. Not looked at: sealed "
            "entries, context, count, findings, what a certificate says. `tally verify` checks everything",
        },
        "entries": listing(_COMPARED),
    },
    optional={
        "files": {
            **_FILES,
            "description": "of a bundle: its files against its manifest (docs/protocol.md §17)",
        },
        "unshown": {
            "type": "object",
            "description": "to readers: by trade the seqs of entries that were not shown",
            "additionalProperties": listing({"type": "integer"}),
        },
    },
)


def _shown(one: Compared) -> dict[str, object]:
    return {
        "index": one.index,
        "leaf": to_hex(one.leaf),
        "event": one.event,
        "trade": one.trade,
        "result": one.result.value,
        "genuine": one.genuine,
        "reason": one.reason,
        "differs": one.differs,
        "erased": one.erased,
    }


def _kind(held: Held) -> str:
    if held.files is not None:
        return "bundle"
    return "receipt" if held.evidence is None else "evidence"


def _compared(services: Services, body: bytes, reader: Reader | None) -> bytes:
    try:
        held = read_held(body)
    except FormatError as error:
        detail = str(error)
        problem = {"pointer": error.pointer, "detail": detail, "code": "held"}
        raise Refusal("invalid-parameter", detail, errors=[problem]) from None
    logs = {log.identity.log_id: log for log in services.logs.values()}
    comparison = services.comparer.compare(held.receipts, logs, reader, time.time_ns() // 1_000_000)
    entries = [_shown(one) for one in comparison.entries]
    answer: dict[str, object] = {"looked_at": _kind(held), "entries": entries}
    checked = services.comparer.check_files(held)
    if checked is not None:
        problems = [{"reason": each.reason, "detail": each.detail} for each in checked.problems]
        answer["files"] = {"count": checked.count, "undecided": checked.undecided, "problems": problems}
    if reader is not None:
        answer["unshown"] = comparison.unshown
    return orjson.dumps(answer)


@router.post(
    "/v1/receipts/compare",
    **operation(
        "Compare a held receipt or bundle with the log",
        {200: ("What the log says of each entry", content(JSON, _ANSWER))},
        refusals=(
            "invalid-parameter",
            "body-too-large",
            "unsupported-media-type",
            "too-many-requests",
            "not-authenticated",
            "overloaded",
        ),
        authenticated=False,
        extra={
            "security": [{}, {"apiKey": []}],
            "requestBody": {
                "required": True,
                "content": {
                    JSON: {"schema": {"description": "a receipt, or evidence.json", "type": "object"}},
                    _ZIP: {"schema": {"description": "an evidence bundle", "type": "string"}},
                },
            },
        },
    ),
)
async def compare(request: Request) -> Response:
    """Nothing is stored. Without an account the answer tells what the public tiles tell; the platform, or the
    holder of a share or grant, learns more of what is theirs to read.
    """
    services = services_of(request)
    media_type(request, JSON, _ZIP)
    asks = "authorization" in request.headers
    reader = await auth.reader(request, services) if asks else None
    # Verifying is work: those without an account share one place in the queue.
    who = "" if reader is None else reader.platform
    with request.app.state.compare_admission.admit(who):
        async with bounded_body(request, services.budget, MAX_HELD_BYTES) as body:
            answer = await services.off_loop(lambda: _compared(services, body, reader))
    return Response(answer, 200, {"cache-control": "no-store"}, JSON)
