"""What `/openapi.json` says of an operation, in the form FastAPI's route decorators take.

Handlers read requests and write bytes themselves (validation by the profile, answers by orjson), so nothing
here slows a request down; it is documentation only, and a test validates it and calls every operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response

from service.api import problems

_TOKENS = "tally_live_… or tally_test_…; to read, also tally_share_… or tally_grant_…"
SECURITY = {"apiKey": {"type": "http", "scheme": "bearer", "bearerFormat": _TOKENS}}

_ALWAYS = ("internal-error", "headers-too-large", "request-timeout", "invalid-request")
_AUTHENTICATED = ("not-authenticated", "not-permitted", "overloaded")
_APPENDING = (
    "invalid-json",
    "event-conflict",
    "event-erased",
    "body-too-large",
    "unsupported-media-type",
    "invalid-event",
    "too-many-requests",
    "log-halted",
    "signing-stopped",
    "anchor-deadline-risk",
    "commit-unknown",
)


def reference(component: str) -> dict[str, str]:
    """A reference to a schema of `components`."""
    return {"$ref": f"#/components/schemas/{component}"}


def _problem_answers(slugs: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    answers: dict[int | str, dict[str, Any]] = {}
    for slug in slugs:
        kind = problems.KINDS[slug]
        answer = answers.setdefault(
            kind.status,
            {"description": "", "content": {problems.MEDIA_TYPE: {"schema": reference("Problem")}}},
        )
        answer["description"] = "; ".join(
            filter(None, [answer["description"], f"`{kind.type}`: {kind.title}"])
        )
    return dict(sorted(answers.items(), key=lambda item: int(item[0])))


def content(media_type: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The `content` of one answer or request body."""
    return {"content": {media_type: {"schema": schema}}}


def operation(
    summary: str,
    answers: Mapping[int, tuple[str, Mapping[str, Any]]],
    *,
    refusals: Sequence[str] = (),
    authenticated: bool = True,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Keyword arguments for a route decorator. `answers`: status → (description, `content(...)` or {})."""
    slugs = [*refusals, *(_AUTHENTICATED if authenticated else ()), *_ALWAYS]
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": description, **body} for status, (description, body) in answers.items()
    }
    responses.update(_problem_answers(slugs))
    return {
        "summary": summary,
        "response_class": Response,
        "response_model": None,
        "status_code": min(answers),
        "responses": responses,
        "openapi_extra": {"security": [{"apiKey": []}] if authenticated else [], **(extra or {})},
    }


def query(
    name: str, schema: Mapping[str, Any], description: str, *, required: bool = False
) -> dict[str, Any]:
    """One query parameter."""
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


_PREFER = {
    "name": "Prefer",
    "in": "header",
    "schema": {"type": "string", "example": "return=minimal"},
    "description": "`return=minimal` (RFC 7240): answer with index, leaf and statement digest only",
}

_SHARE = query(
    "share", {"const": "1"}, "also make a share of the event's trade: `{receipt, share}` is answered"
)
_RECEIPT = content("application/json", {"anyOf": [reference("Receipt"), reference("SharedReceipt")]})

POST_EVENT = operation(
    "Append one event",
    {
        200: ("The event was posted before: the same receipt", _RECEIPT),
        201: ("Appended: the receipt", _RECEIPT),
    },
    refusals=(*_APPENDING, "invalid-parameter"),
    extra={
        "parameters": [_PREFER, _SHARE],
        "requestBody": {"required": True, **content("application/json", reference("Event"))},
    },
)

POST_BATCH = operation(
    "Append up to 10,000 events, all or nothing",
    {
        200: ("All were posted before: the original answer", content("application/json", reference("Batch"))),
        201: ("Appended", content("application/json", reference("Batch"))),
    },
    refusals=(*_APPENDING, "mixed-batch"),
    extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-ndjson": {"schema": {"type": "string", "description": "one event a line"}},
                "application/json": {
                    "schema": {"type": "array", "items": reference("Event"), "minItems": 1, "maxItems": 10000}
                },
            },
        }
    },
)
