"""`GET /v1/trades/{trade}/evidence`: everything about one trade, to be checked by whoever trusts nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Request, Response

from service.access.readers import Reader
from service.api import auth
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import Refusal, not_found
from service.api.services import services_of
from service.disputes.evidence_room import EvidenceRoom, Wanted
from service.disputes.verify_text import file_name

router = APIRouter(tags=["evidence"])

ZIP, PDF = "application/zip", "application/pdf"
_CLAIM = re.compile(r"[!#-\[\]-~]{1,128}")
_MOST_CLAIMS = 64
_PARAMETERS = [
    query(
        "disclose",
        {"type": "string"},
        "names of claims, separated by commas: all others are withheld in every receipt",
    )
]
_BUNDLE_PARAMETERS = [
    *_PARAMETERS,
    query(
        "certificate",
        {"enum": ["none"]},
        "`none`: without certificate.pdf, for those who take many bundles and print few",
    ),
]
_REFUSALS = ("not-found", "invalid-parameter", "evidence-too-large", "too-many-requests")
_BYTES = {"type": "string", "format": "binary"}
Taking = Callable[[EvidenceRoom, Wanted], bytes | None]


def _disclosed(request: Request) -> frozenset[str] | None:
    """The claims to show; None when nothing was said, and all are shown."""
    given = request.query_params.getlist("disclose")
    if not given:
        return None
    names = [name for each in given for name in each.split(",") if name]
    if len(names) > _MOST_CLAIMS or not all(_CLAIM.fullmatch(name) for name in names):
        detail = f"at most {_MOST_CLAIMS} names of claims, separated by commas"
        problem = {"parameter": "disclose", "detail": detail, "code": "claims"}
        raise Refusal("invalid-parameter", detail, errors=[problem])
    return frozenset(names)


def _printed(request: Request) -> bool:
    """Whether a bundle shall hold the certificate."""
    given = request.query_params.getlist("certificate")
    if given not in ([], ["none"]):
        detail = "the only value is none"
        problem = {"parameter": "certificate", "detail": detail, "code": "certificate"}
        raise Refusal("invalid-parameter", detail, errors=[problem])
    return not given


@contextmanager
def evidence_admitted(request: Request, reader: Reader) -> Iterator[None]:
    """One request of this reader's that takes a thread for long; 429 beyond what a reader or a platform may
    have in flight.
    """
    state = request.app.state
    with state.holder_evidence_admission.admit(reader.id), state.evidence_admission.admit(reader.platform):
        yield


async def take_evidence(request: Request, reader: Reader, take: Taking, wanted: Wanted) -> bytes | None:
    """Evidence in one form; None when there is none for this reader. Pages are set on their own threads."""
    services = services_of(request)
    room = services.evidence
    prints = wanted.certificate and take is not EvidenceRoom.json
    run = services.printed if prints else services.off_loop
    with evidence_admitted(request, reader):
        return await run(lambda: take(room, wanted) if reader.may_read(wanted.trade) else None)


async def _answer(request: Request, trade: str, media: str, take: Taking) -> Response:
    """Whoever may not see the trade gets the very answer of a trade that does not exist."""
    services = services_of(request)
    reader = await auth.reader(request, services)
    log = services.log_of(reader)
    wanted = Wanted(log.name, trade, reader, _disclosed(request), _printed(request))
    body = await take_evidence(request, reader, take, wanted)
    if body is None:
        raise not_found()
    headers = {"cache-control": "no-store"}
    if media == ZIP:
        headers["content-disposition"] = f'attachment; filename="{file_name(trade)}"'
    return Response(body, 200, headers, media)


@router.get(
    "/v1/trades/{trade}/evidence.json",
    **operation(
        "The evidence of a trade",
        {
            200: (
                "Every entry with its proofs, the signed head, findings",
                content(JSON, reference("Evidence")),
            )
        },
        refusals=_REFUSALS,
        extra={"parameters": _PARAMETERS},
    ),
)
async def get_json(request: Request, trade: str) -> Response:
    """`tallystick-evidence/1`: complete up to the newest checkpoint, as far as the reader may see it."""
    return await _answer(request, trade, JSON, EvidenceRoom.json)


@router.get(
    "/v1/trades/{trade}/evidence.zip",
    **operation(
        "The evidence bundle of a trade",
        {200: ("Evidence, receipts, attachments, certificate, instructions", content(ZIP, _BYTES))},
        refusals=_REFUSALS,
        extra={"parameters": _BUNDLE_PARAMETERS},
    ),
)
async def get_zip(request: Request, trade: str) -> Response:
    """One archive that `tally verify` checks offline, every file of it listed in a signed manifest. With the
    same certificate as a minute ago while the evidence says the same.
    """
    return await _answer(request, trade, ZIP, EvidenceRoom.bundle)


@router.get(
    "/v1/trades/{trade}/evidence.pdf",
    **operation(
        "The certificate of a trade",
        {200: ("The certificate", content(PDF, _BYTES))},
        refusals=_REFUSALS,
        extra={"parameters": _PARAMETERS},
    ),
)
async def get_pdf(request: Request, trade: str) -> Response:
    """The evidence as pages to print, of the same number for a minute while the evidence says the same; 404
    too where certificates are not printed.
    """
    return await _answer(request, trade, PDF, EvidenceRoom.certificate)


@router.get(
    "/v1/trades/{trade}/evidence",
    **operation(
        "The evidence of a trade, by Accept",
        {
            200: (
                "JSON, or what Accept names",
                {**content(JSON, reference("Evidence")), **content(ZIP, _BYTES), **content(PDF, _BYTES)},
            )
        },
        refusals=_REFUSALS,
        extra={"parameters": _PARAMETERS},
    ),
)
async def get_evidence(request: Request, trade: str) -> Response:
    """As `.json`, `.zip` or `.pdf`: the first of these types that Accept names; JSON by default."""
    offered: dict[str, Taking] = {
        JSON: EvidenceRoom.json,
        ZIP: EvidenceRoom.bundle,
        PDF: EvidenceRoom.certificate,
    }
    accepted = [each.partition(";")[0].strip() for each in request.headers.get("accept", "").split(",")]
    media = next((each for each in accepted if each in offered), JSON)
    return await _answer(request, trade, media, offered[media])
