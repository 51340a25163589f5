"""`GET /v1/trades/{trade}/findings`: what the rules prove of one trade, for whoever asks."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.api import auth
from service.api.components import listing, nullable, record
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import Refusal, not_found
from service.api.services import services_of
from service.core.errors import FormatError
from service.core.times import parse_time
from service.disputes.findings import findings_json
from service.profiles.giftcard.findings.model import Kind, Truth

router = APIRouter(tags=["evidence"])

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_TIME = {"type": "string", "format": "date-time"}
_LEAF = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}
_RESULT = record(
    {
        "code": _TEXT,
        "truth": {"enum": [each.value for each in Truth]},
        "kind": {"enum": [each.value for each in Kind]},
        "against": {"enum": ["platform", "user", "operator", "unknown"]},
        "audience": {"enum": ["user", "parties", "arbitrator", "restricted"]},
        "severity": {"type": "integer", "minimum": 1, "maximum": 3},
        "version": _COUNT,
        "cured": {"type": "boolean"},
        "zh": _TEXT,
        "en": _TEXT,
        "references": listing(record({"event": _TEXT, "leaf": _LEAF})),
    },
    optional={
        "amount": {"type": "integer", "description": "minor units of `currency`"},
        "currency": nullable(_TEXT),
        "missing": listing(_TEXT),
        "figures": {"type": "object"},
    },
)
_FINDINGS = record(
    {
        "format": {"const": "tallystick-findings/1"},
        "log": reference("Log"),
        "trade": _TEXT,
        "evaluated": _TIME,
        "results": listing(_RESULT),
    },
    optional={"size": _COUNT},
)


def _time(request: Request) -> int | None:
    """`?at=`; None when nothing was said."""
    text = request.query_params.get("at")
    if text is None:
        return None
    try:
        return parse_time(text)
    except FormatError:
        detail = "a time is UTC, as in 2026-01-31T08:00:00.000Z"
        problem = {"parameter": "at", "detail": detail, "code": "time"}
        raise Refusal("invalid-parameter", detail, errors=[problem]) from None


@router.get(
    "/v1/trades/{trade}/findings",
    **operation(
        "The findings of a trade",
        {200: ("Every rule's results, in a fixed order", content(JSON, _FINDINGS))},
        refusals=("not-found", "invalid-parameter", "evidence-too-large"),
        extra={
            "parameters": [
                query("at", _TIME, "evaluation time; by default now. The entries are those of now either way")
            ]
        },
    ),
)
async def get_findings(request: Request, trade: str) -> Response:
    """What the rules say of the trade, as far as its content is for the reader: each instance that is proved,
    else one result that says not proved or what is missing. The same trade at the same time gives the same
    bytes.
    """
    services = services_of(request)
    reader = await auth.reader(request, services)
    log = services.log_of(reader)
    at = _time(request)
    room = services.evidence
    body = await services.off_loop(
        lambda: (
            findings_json(room.desk, room.logs[log.name], trade, reader, at)
            if reader.may_read(trade)
            else None
        )
    )
    if body is None:
        raise not_found()
    return Response(body, 200, {"cache-control": "no-store"}, JSON)
