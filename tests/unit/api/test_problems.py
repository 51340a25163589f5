"""Errors to problems: every error of the rooms has an answer, and no answer leaks."""

from __future__ import annotations

import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.access import errors as access
from service.api import problems
from service.core import errors as core
from service.log import errors as log

SECRET = "tally_live_secret /var/lib/tally SELECT"


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (core.CanonicalizationError("duplicate name", "/claims/a"), 400, "invalid-json"),
        (core.FormatError("not a time", "/occurred"), 422, "invalid-event"),
        (core.EventRejected((core.Problem("/event", "a phone number", "phone"),)), 422, "invalid-event"),
        (access.NotAuthenticated("x"), 401, "not-authenticated"),
        (access.NotPermitted("x"), 403, "not-permitted"),
        (access.ApiKeyUnknown("x"), 404, "not-found"),
        (access.SignerUnknown("x"), 404, "not-found"),
        (access.SignerRefused("/role", "x"), 422, "invalid-parameter"),
        (log.EventConflict(["e"]), 409, "event-conflict"),
        (log.MixedBatch(["e"]), 409, "mixed-batch"),
        (log.EventErased(["e"]), 410, "event-erased"),
        (log.LogHalted("x"), 503, "log-halted"),
        (log.LogHalted("x", permanent=False), 503, "log-halted"),
        (log.StoreFailed("x"), 503, "log-halted"),
        (log.CommitUnknown("x"), 503, "commit-unknown"),
        (log.AnchorDeadlineRisk(12.2), 503, "anchor-deadline-risk"),
        (log.SigningStopped("x", 5), 503, "signing-stopped"),
        (log.LogBusy(), 503, "overloaded"),
        (log.StoreUnavailable("x", 2), 503, "overloaded"),
        (HTTPException(404), 404, "not-found"),
        (HTTPException(405, headers={"Allow": "POST"}), 405, "method-not-allowed"),
        (HTTPException(418), 500, "internal-error"),
        (core.VerificationError(SECRET), 500, "internal-error"),
        (RuntimeError(SECRET), 500, "internal-error"),
    ],
)
def test_every_error_has_its_problem(error: Exception, status: int, slug: str) -> None:
    refusal = problems.from_error(error)
    answer = problems.response(refusal)
    document = json.loads(answer.body)
    assert answer.status_code == document["status"] == status
    assert document["type"] == f"urn:tallystick:problem:{slug}"
    assert document["title"]
    assert document["detail"]
    assert answer.media_type == "application/problem+json"
    assert SECRET not in answer.body.decode()


def test_pointers_reach_the_document() -> None:
    rejected = core.EventRejected((core.Problem("/claims/items/0/face", "not fen", "integer"),))
    document = json.loads(problems.body(problems.from_error(rejected)))
    assert document["errors"] == [{"pointer": "/claims/items/0/face", "detail": "not fen", "code": "integer"}]


def test_retry_after_is_whole_seconds_and_never_zero() -> None:
    assert problems.from_error(log.AnchorDeadlineRisk(12.2)).headers["retry-after"] == "13"
    assert problems.from_error(log.LogBusy(0)).headers["retry-after"] == "1"
    assert "retry-after" not in problems.from_error(log.LogHalted("gone")).headers


def test_conflicts_name_the_events() -> None:
    document = json.loads(problems.body(problems.from_error(log.EventConflict(["e-1", "e-2"]))))
    assert document["events"] == ["e-1", "e-2"]


def test_a_parameter_is_named() -> None:
    error = RequestValidationError(
        [{"loc": ("query", "index"), "msg": "not an integer", "type": "int_parsing"}]
    )
    document = json.loads(problems.body(problems.from_error(error)))
    assert document["status"] == 422
    assert document["errors"] == [{"parameter": "index", "detail": "not an integer", "code": "int_parsing"}]


def test_every_log_and_access_error_is_foreseen() -> None:
    """A new error class in those rooms must get its answer here, or be one of the operator's own."""
    operators = {log.UnknownLog, log.RowsRefused}
    for room in (log, access):
        for name, kind in vars(room).items():
            if not (isinstance(kind, type) and kind.__module__ == room.__name__) or name.endswith("Error"):
                continue
            if kind in operators:
                continue
            error = kind.__new__(kind)
            error.__dict__.update(events=(), reason="", permanent=True, retry_after=1, pointer="", detail="x")
            assert problems.from_error(error).kind.slug != "internal-error", name
