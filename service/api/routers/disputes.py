"""`/v1/disputes`: opening disputes, taking steps in them, and how they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from msgspec import UNSET

from service.access.readers import Reader
from service.api import auth, cases, paging
from service.api.bodies import EVENT_BYTES
from service.api.case_bodies import (
    KEY_PARAMETER,
    Body,
    NewAnswer,
    NewAward,
    NewClose,
    NewDispute,
    NewEvidence,
    answer_step,
    award_step,
    close_step,
    evidence_step,
    idempotency_key,
    plain,
)
from service.api.components import listing, nullable, record
from service.api.documentation import content, operation, query, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.problems import Refusal
from service.api.services import Services, services_of
from service.core.errors import FormatError, Problem
from service.core.times import parse_time
from service.disputes.case_ports import CaseFilter
from service.disputes.errors import StepForbidden, StepRejected
from service.disputes.ports import CaseLog
from service.disputes.requests import Opening, StepRequest, role_of
from service.disputes.states import State
from service.disputes.steps import Recorded

router = APIRouter(tags=["disputes"])
_HEADERS = {"cache-control": "no-store"}
_CASE = content(JSON, reference("Dispute"))
_REFUSALS = (
    "not-found",
    "invalid-json",
    "invalid-parameter",
    "dispute-state",
    "idempotency-conflict",
    "event-erased",
    "too-many-requests",
    "unsupported-media-type",
    "body-too-large",
    "log-halted",
    "signing-stopped",
    "anchor-deadline-risk",
    "commit-unknown",
)
B = TypeVar("B", bound=Body)


def log_of(services: Services, reader: Reader) -> CaseLog:
    """The reader's log as cases use it."""
    return services.disputes.logs[services.log_of(reader).name]


def _answer(services: Services, log: CaseLog, reader: Reader, recorded: Recorded) -> Response:
    room = services.disputes
    case = room.steps.load(log, reader, recorded.dispute)
    shown = cases.document(reader, case, room.files.visible(log, reader, case), room.clock_ms())
    place = {
        "event": recorded.event,
        "seq": next(each.seq for each in case.entries if each.index == recorded.index),
        "index": recorded.index,
        "leaf": "0x" + recorded.leaf.hex(),
        "repeated": recorded.repeated,
    }
    headers = {**_HEADERS, "location": f"/v1/disputes/{recorded.dispute}"}
    body = orjson.dumps({**shown, "recorded": place})
    return Response(body, 200 if recorded.repeated else 201, headers, JSON)


def _posting(summary: str, body: str) -> dict[str, Any]:
    return operation(
        summary,
        {200: ("It was recorded before: the dispute as it stands", _CASE), 201: ("Recorded", _CASE)},
        refusals=_REFUSALS,
        extra={
            "parameters": [KEY_PARAMETER],
            "requestBody": {"required": True, **content(JSON, reference(body))},
        },
    )


@router.post("/v1/disputes", **_posting("Open a dispute", "NewDispute"))
async def open_dispute(request: Request) -> Response:
    """A platform opens a dispute about one of its trades (for itself, or for its user), or a user with a
    share about the trade of the share. A repeat with the same key or id is the same dispute.
    """
    services = services_of(request)
    reader = await auth.reader(request, services)
    log, key = log_of(services, reader), idempotency_key(request)
    opening = _opening(reader, await document(request, services, NewDispute, EVENT_BYTES), key)
    steps = services.disputes.steps
    return await _admitted(request, reader, lambda: steps.open(log, reader, opening))


async def _admitted(request: Request, reader: Reader, record: Callable[[], Recorded]) -> Response:
    """Record a step, one of so many of a platform at once, and answer with the dispute as it then stands."""
    services = services_of(request)
    log = log_of(services, reader)
    with request.app.state.step_admission.admit(reader.platform):
        return await services.off_loop(lambda: _answer(services, log, reader, record()))


def _opening(reader: Reader, body: NewDispute, key: str | None) -> Opening:
    if reader.holder == "grant":
        raise StepForbidden("a grant is for one dispute, and opens no other")
    problems = []
    own = reader.holder == "share"
    if own and body.by is not UNSET and body.by != "user":
        problems.append(Problem("/by", "with a share it is the user's dispute", "enum"))
    if own and body.dispute is not None:
        problems.append(
            Problem("/dispute", "the id is drawn here; send an Idempotency-Key", "unknown_member")
        )
    if not own and body.trade is UNSET:
        problems.append(Problem("/trade", "this member is required", "required"))
    if problems:
        raise StepRejected(*problems)
    claims = plain(body)
    return Opening(
        trade=str(claims.get("trade", reader.trade)),
        by="user" if own else str(claims.get("by", "platform")),
        claim=claims["claim"],
        contested=claims["contested"],
        forum=body.forum,
        remedy=body.remedy,
        dispute=body.dispute,
        key=key,
    )


async def _take(
    request: Request, dispute: str, shape: type[B], step: Callable[[B, Reader, str | None], StepRequest]
) -> Response:
    """Who must not know of the dispute is told so before the body is looked at."""
    services = services_of(request)
    reader = await auth.reader(request, services)
    log, key, steps = log_of(services, reader), idempotency_key(request), services.disputes.steps
    await services.off_loop(lambda: steps.load(log, reader, dispute))
    body = await document(request, services, shape, EVENT_BYTES)
    wanted = step(body, reader, key)
    return await _admitted(request, reader, lambda: steps.take(log, reader, dispute, wanted))


@router.post("/v1/disputes/{dispute}/answers", **_posting("Answer a dispute", "NewAnswer"))
async def answer_dispute(request: Request, dispute: str) -> Response:
    """The platform acknowledges, asks for more, or answers to the point; only that stops the clock."""
    return await _take(request, dispute, NewAnswer, lambda body, _, key: answer_step(body, key))


@router.post("/v1/disputes/{dispute}/evidence", **_posting("File evidence", "NewEvidence"))
async def file_evidence(request: Request, dispute: str) -> Response:
    """Platform, user, mediator or arbitrator puts a file forward that was handed in before."""
    return await _take(
        request, dispute, NewEvidence, lambda body, reader, key: evidence_step(body, role_of(reader), key)
    )


@router.post("/v1/disputes/{dispute}/awards", **_posting("Record an award", "NewAward"))
async def record_award(request: Request, dispute: str) -> Response:
    """The holder of a grant decides, or the platform reports what somebody outside has decided."""
    return await _take(
        request, dispute, NewAward, lambda body, reader, key: award_step(body, role_of(reader), key)
    )


@router.post("/v1/disputes/{dispute}/close", **_posting("Withdraw or settle", "NewClose"))
async def close_dispute(request: Request, dispute: str) -> Response:
    """Whoever claims withdraws; or both have settled: the user agrees to the platform's last offer, or the
    platform names the document that both have agreed to.
    """
    return await _take(request, dispute, NewClose, lambda body, _, key: close_step(body, key))


@router.get(
    "/v1/disputes/{dispute}",
    **operation(
        "A dispute", {200: ("The dispute as it stands", _CASE)}, refusals=("not-found", "event-erased")
    ),
)
async def get_dispute(request: Request, dispute: str) -> Response:
    """State, clock, claim, steps with their leaves, files, and what the reader may do next."""
    services = services_of(request)
    reader = await auth.reader(request, services)
    log, room = log_of(services, reader), services.disputes

    def work() -> bytes:
        case = room.steps.load(log, reader, dispute)
        return orjson.dumps(
            cases.document(reader, case, room.files.visible(log, reader, case), room.clock_ms())
        )

    return Response(await services.off_loop(work), 200, _HEADERS, JSON)


_FILTERS = [
    query("state", {"enum": [state.value for state in State]}, "disputes in this state"),
    query("open", {"enum": ["true", "false"]}, "disputes in which something is still to be done, or not"),
    query("trade", {"type": "string"}, "disputes of this trade"),
    query("due_before", {"type": "string"}, "disputes whose answer falls due before this time"),
    query("cursor", {"type": "string"}, "`next` of the page before"),
    query("limit", {"type": "integer", "minimum": 1, "maximum": paging.MAX_PAGE, "default": 100}, "a page"),
]


@router.get(
    "/v1/disputes",
    **operation(
        "List disputes",
        {
            200: (
                "In order of opening",
                content(
                    JSON,
                    record(
                        {
                            "disputes": listing(reference("ListedDispute")),
                            "next": nullable({"type": "string"}),
                        }
                    ),
                ),
            )
        },
        refusals=("invalid-parameter",),
        extra={"parameters": _FILTERS},
    ),
)
async def list_disputes(request: Request) -> Response:
    """A platform's disputes; with a share those of its trade, with a grant the one it is for."""
    services = services_of(request)
    reader = await auth.reader(request, services)
    log, room = log_of(services, reader), services.disputes
    wanted = _filter(request, reader)
    first, limit = paging.page(request)

    def work() -> bytes:
        if reader.trade not in (None, wanted.trade):
            return orjson.dumps({"disputes": [], "next": None})
        found = room.steps.page(log, reader, wanted, first, limit + 1)
        following = paging.cursor(found[limit].index) if len(found) > limit else None
        now = room.clock_ms()
        return orjson.dumps(
            {"disputes": [cases.brief(each, now) for each in found[:limit]], "next": following}
        )

    return Response(await services.off_loop(work), 200, _HEADERS, JSON)


def _filter(request: Request, reader: Reader) -> CaseFilter:
    given = request.query_params
    state, is_open, due = given.get("state"), given.get("open"), given.get("due_before")
    if state is not None and state not in {each.value for each in State}:
        raise _parameter("state", "one of " + ", ".join(each.value for each in State))
    if is_open not in (None, "true", "false"):
        raise _parameter("open", "true or false")
    try:
        due_before = None if due is None else parse_time(due)
    except FormatError:
        raise _parameter("due_before", "a UTC time, as in 2026-01-31T08:00:00.000Z") from None
    return CaseFilter(
        trade=given.get("trade", reader.trade),
        dispute=reader.dispute,
        state=state,
        open=None if is_open is None else is_open == "true",
        due_before=due_before,
    )


def _parameter(name: str, allowed: str) -> Refusal:
    detail = f"{name} is {allowed}"
    return Refusal("invalid-parameter", detail, errors=[{"parameter": name, "detail": detail, "code": name}])
