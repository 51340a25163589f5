"""RFC 9457 problem details: the only place where errors become HTTP.

Every refusal has a stable `type` (`urn:tallystick:problem:<slug>`), a status and a title, all in `KINDS`;
`detail` says what the caller can do about it, `errors[]` carries RFC 6901 pointers into the posted
document. Nothing of a stack trace, of a database or of another tenant ever gets into one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.access import errors as access
from service.core import errors as core
from service.core.paper import PaperTooLarge
from service.core.times import format_time
from service.disputes import errors as cases
from service.disputes.obstacles import ErasureBlocked
from service.log import errors as log
from service.webhooks import errors as webhooks

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tallystick:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its slug (the end of `type`), HTTP status and title."""

    slug: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The stable identifier."""
        return TYPE_PREFIX + self.slug


_KINDS = (
    Kind("invalid-json", 400, "The body is not acceptable JSON"),
    Kind("invalid-request", 400, "The request is malformed"),
    Kind("not-authenticated", 401, "A valid API key is required"),
    Kind("not-permitted", 403, "This API key may not do that"),
    Kind("not-found", 404, "There is nothing here"),
    Kind("method-not-allowed", 405, "This resource does not support the method"),
    Kind("request-timeout", 408, "The request took too long to arrive"),
    Kind("event-conflict", 409, "The event id is taken by other content"),
    Kind("mixed-batch", 409, "Some events of the batch were posted before and some were not"),
    Kind("erasure-blocked", 409, "The content must be kept for now"),
    Kind("dispute-state", 409, "The dispute does not allow this step now"),
    Kind("idempotency-conflict", 409, "The key or id was used for another request"),
    Kind("attachments-full", 409, "The dispute holds no more attachments"),
    Kind("evidence-too-large", 409, "The evidence does not fit into one file"),
    Kind("receipt-too-large", 409, "The receipt does not fit on paper"),
    Kind("event-erased", 410, "The event's content was erased"),
    Kind("body-too-large", 413, "The body is too large"),
    Kind("unsupported-media-type", 415, "The media type is not supported"),
    Kind("invalid-event", 422, "The event is not acceptable"),
    Kind("invalid-parameter", 422, "A parameter is not acceptable"),
    Kind("too-many-requests", 429, "Too many requests at once"),
    Kind("headers-too-large", 431, "The request's headers are too large"),
    Kind("internal-error", 500, "Something went wrong on this side"),
    Kind("overloaded", 503, "The service is busy"),
    Kind("log-halted", 503, "The log accepts nothing now"),
    Kind("signing-stopped", 503, "Nothing new is signed for now"),
    Kind("anchor-deadline-risk", 503, "New events could not be anchored in time"),
    Kind("commit-unknown", 503, "It is not known whether the events were stored"),
)
KINDS: Mapping[str, Kind] = {kind.slug: kind for kind in _KINDS}

_BY_STATUS: Mapping[int, Kind] = {
    status: KINDS[slug]
    for status, slug in (
        (400, "invalid-request"),
        (401, "not-authenticated"),
        (403, "not-permitted"),
        (404, "not-found"),
        (405, "method-not-allowed"),
        (408, "request-timeout"),
        (413, "body-too-large"),
        (415, "unsupported-media-type"),
        (422, "invalid-parameter"),
        (429, "too-many-requests"),
        (431, "headers-too-large"),
        (503, "overloaded"),
    )
}


class Refusal(Exception):
    """An HTTP-level refusal raised inside this room: a kind, a detail, pointers, extra headers."""

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = KINDS[slug]
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def not_found() -> Refusal:
    """One refusal for everything absent or another tenant's: the two cannot be told apart."""
    return Refusal("not-found", "nothing by this name is visible to you")


def body(refusal: Refusal) -> bytes:
    """The problem document."""
    document: dict[str, object] = {
        "type": refusal.kind.type,
        "title": refusal.kind.title,
        "status": refusal.kind.status,
        "detail": refusal.detail,
    }
    if refusal.errors:
        document["errors"] = list(refusal.errors)
    document.update(refusal.members)
    return orjson.dumps(document)


def response(refusal: Refusal) -> Response:
    """The HTTP answer to a refusal."""
    headers = {"cache-control": "no-store", **refusal.headers}
    return Response(body(refusal), refusal.kind.status, headers, MEDIA_TYPE)


def pointers(problems: Sequence[core.Problem], prefix: str = "") -> list[dict[str, object]]:
    """`errors[]` of a rejected event; `prefix` is the event's own place in a batch."""
    return [{"pointer": prefix + one.pointer, "detail": one.detail, "code": one.code} for one in problems]


def _rejected(error: core.EventRejected) -> Refusal:
    return Refusal("invalid-event", "see errors for the members at fault", errors=pointers(error.problems))


def _located(slug: str, error: core.CanonicalizationError | core.FormatError) -> Refusal:
    message = error.args[0] if error.args else "not acceptable"
    return Refusal(
        slug, str(message), errors=[{"pointer": error.pointer, "detail": str(message), "code": slug}]
    )


def _not_authenticated() -> Refusal:
    return Refusal(
        "not-authenticated",
        "send a valid API key: Authorization: Bearer tally_live_…",
        headers={"www-authenticate": 'Bearer realm="tallystick"'},
    )


def _from_core(error: core.TallyError) -> Refusal | None:
    match error:
        case core.EventRejected():
            return _rejected(error)
        case core.CanonicalizationError():
            return _located("invalid-json", error)
        case core.FormatError():
            return _located("invalid-event", error)
    return None


def _from_access(error: core.TallyError) -> Refusal | None:
    match error:
        case access.NotAuthenticated():
            return _not_authenticated()
        case access.NotPermitted():
            return Refusal("not-permitted", str(error))
        case access.SignerRefused():
            problem = {"pointer": error.pointer, "detail": error.detail, "code": "signer"}
            return Refusal("invalid-parameter", error.detail, errors=[problem])
        case access.PlatformUnknown():
            problem = {"pointer": "/platform", "detail": str(error), "code": "platform"}
            return Refusal("invalid-parameter", str(error), errors=[problem])
        case access.ApiKeyUnknown() | access.SignerUnknown() | access.CapabilityUnknown():
            return not_found()
        case access.ExpiryRefused():
            problem = {"pointer": "/expires", "detail": str(error), "code": "expiry"}
            return Refusal("invalid-parameter", str(error), errors=[problem])
        case access.TooManyAttempts():
            return _later("too-many-requests", str(error), error.retry_after)
        case access.RecordsBehind():
            return _later("overloaded", str(error), 1)
    return None


def _from_webhooks(error: core.TallyError) -> Refusal | None:
    match error:
        case webhooks.WebhookRefused():
            problem = {"pointer": error.pointer, "detail": error.detail, "code": "webhook"}
            return Refusal("invalid-parameter", error.detail, errors=[problem])
        case webhooks.WebhookUnknown():
            return not_found()
    return None


def _later(slug: str, detail: str, seconds: float) -> Refusal:
    return Refusal(slug, detail, headers={"retry-after": str(max(1, math.ceil(seconds)))})


def _from_log(error: core.TallyError) -> Refusal | None:
    match error:
        case log.NotInLog():
            return not_found()
        case log.EventConflict():
            return Refusal(
                "event-conflict",
                "an event with this id and other content is in the log; nothing was stored",
                members={"events": list(error.events)},
            )
        case log.MixedBatch():
            return Refusal(
                "mixed-batch",
                "post the events named here apart from the new ones; nothing was stored",
                members={"events": list(error.events)},
            )
        case log.EventErased():
            return Refusal(
                "event-erased",
                "the content of these events was erased; their leaves stay in the log",
                members={"events": list(error.events)},
            )
        case log.CommitUnknown():
            return _later(
                "commit-unknown", "the database did not say whether it stored the events; post them again", 1
            )
        case log.AnchorDeadlineRisk():
            return _later(
                "anchor-deadline-risk",
                "the chain takes no anchors, so no new promise is given",
                error.retry_after,
            )
        case log.SigningStopped():
            return _later("signing-stopped", "the host's clock and the chain's disagree", error.retry_after)
        case log.RetryLater():
            return _later("overloaded", "nothing was stored; post the same events again", error.retry_after)
        case log.LogHalted() if error.permanent:
            return Refusal(
                "log-halted", "this log will never accept events again; its operator opens a successor"
            )
        case log.LogHalted() | log.StoreFailed():
            return _later("log-halted", "the log needs its operator; post the same events again later", 60)
    return None


def _from_cases(error: core.TallyError) -> Refusal | None:
    match error:
        case cases.CaseUnknown():
            return not_found()
        case cases.StepForbidden():
            return Refusal("not-permitted", str(error))
        case cases.StepRefused():
            members = {"state": error.state.value, "allowed": [each.value for each in error.allowed]}
            return Refusal("dispute-state", str(error), members=members)
        case cases.ClaimOpen():
            members = {"state": error.state.value, "dispute": error.dispute}
            return Refusal("dispute-state", "go on in the open dispute with this claim code", members=members)
        case cases.StepRepeatedOtherwise():
            return Refusal("idempotency-conflict", str(error))
        case cases.StepRejected():
            detail = "see errors for the members at fault"
            return Refusal("invalid-parameter", detail, errors=pointers(error.problems))
        case cases.AttachmentsFull():
            return Refusal("attachments-full", str(error))
        case cases.TooManyAtOnce():
            return _later("overloaded", str(error), 1)
    return None


def _from_disputes(error: core.TallyError) -> Refusal | None:
    if isinstance(error, PaperTooLarge):
        return Refusal("receipt-too-large", str(error))
    if isinstance(error, cases.EvidenceTooLarge):
        return Refusal("evidence-too-large", str(error))
    if not isinstance(error, ErasureBlocked):
        return None
    blocked = [
        {
            "reason": each.reason.value,
            "claims": list(each.claims),
            "until": None if each.until is None else format_time(each.until),
            "event": each.event,
        }
        for each in error.obstacles
    ]
    return Refusal(
        "erasure-blocked",
        "nothing was erased; blocked says what keeps which claims until when, erasable what could go now",
        members={"blocked": blocked, "erasable": list(error.erasable)},
    )


def from_error(error: Exception) -> Refusal:
    """The refusal that answers an error. Whatever is not known here is an internal error without any
    detail.
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, core.TallyError):
        for translate in (_from_core, _from_access, _from_cases, _from_disputes, _from_webhooks, _from_log):
            refusal = translate(error)
            if refusal is not None:
                return refusal
    if isinstance(error, RequestValidationError):
        return _from_validation(error)
    if isinstance(error, HTTPException):
        return _from_http(error)
    return Refusal("internal-error", "the error was recorded; posting again the same event is safe")


def _from_http(error: HTTPException) -> Refusal:
    kind = _BY_STATUS.get(error.status_code, KINDS["internal-error"])
    details = {
        "not-found": "nothing by this name is visible to you",
        "method-not-allowed": "see the Allow header",
    }
    refusal = Refusal(kind.slug, details.get(kind.slug, kind.title.lower()))
    refusal.headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return refusal


def _from_validation(error: RequestValidationError) -> Refusal:
    errors: list[dict[str, object]] = []
    slug = "invalid-parameter"
    for one in error.errors():
        place, *path = one["loc"] or ("",)
        pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
        detail: dict[str, object] = {"detail": str(one["msg"]), "code": str(one["type"])}
        if place == "body":
            detail["pointer"] = "" if one["type"] == "json_invalid" else pointer
            slug = "invalid-json" if one["type"] == "json_invalid" else slug
        else:
            detail["parameter"] = pointer.lstrip("/")
        errors.append(detail)
    return Refusal(slug, "see errors for the members at fault", errors=errors)
