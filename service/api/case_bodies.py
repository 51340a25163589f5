"""What is posted about disputes: the shapes of bodies, and the steps they ask for. What the members must be
like in detail, the profile says when the entry is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Request
from msgspec import UNSET, Struct, UnsetType

from service.api.components import listing, record
from service.api.problems import Refusal
from service.disputes.requests import CLAIM_CODES, StepRequest
from service.disputes.states import Action

Audience = Literal["parties", "arbitrator"]
_LONGEST_KEY = 200


class Body(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A posted document: unknown members are refused."""


class Reference(Body):
    """An entry of the trade, by its event id."""

    event: str
    digest: str | UnsetType = UNSET


class NewClaim(Body):
    """What is claimed."""

    code: str
    text: str
    amount: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET


class NewDispute(Body):
    """A dispute to be opened. Users leave `trade` and `by` out: theirs is the trade of their share."""

    claim: NewClaim
    contested: Annotated[list[Reference], msgspec.Meta(max_length=64)]
    trade: str | UnsetType = UNSET
    by: Literal["platform", "user"] | UnsetType = UNSET
    forum: Literal["platform", "third_party", "offline", "court"] | None = None
    remedy: Literal["pay", "return", "explain", "other"] | None = None
    dispute: str | None = None


class FileReference(Body):
    """A file handed in before, by its digest."""

    digest: str
    label: str | UnsetType = UNSET


class Reason(Body):
    """One reason of an answer."""

    code: str | UnsetType = UNSET
    refs: list[Reference] | UnsetType = UNSET


class NewAnswer(Body):
    """The platform answers."""

    kind: Literal["acknowledgement", "info_request", "substantive"]
    position: Literal["accept", "part", "reject"] | UnsetType = UNSET
    offer: int | UnsetType = UNSET
    reasons: Annotated[list[Reason], msgspec.Meta(max_length=64)] | UnsetType = UNSET
    attachments: Annotated[list[FileReference], msgspec.Meta(max_length=100)] | UnsetType = UNSET


class Obtained(Body):
    """How and when evidence was obtained."""

    method: str | UnsetType = UNSET
    at: str | UnsetType = UNSET


class NewEvidence(Body):
    """A file is put forward as evidence."""

    item: FileReference
    proves: str
    obtained: Obtained | UnsetType = UNSET
    about: Annotated[list[Reference], msgspec.Meta(max_length=64)] | UnsetType = UNSET
    audience: Audience | UnsetType = UNSET


class DecidingBody(Body):
    """Who decided."""

    name: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET


class NewAward(Body):
    """Somebody has decided, or both sides have settled before somebody."""

    outcome: Literal["for_user", "for_platform", "settled"]
    body: DecidingBody = msgspec.field(default_factory=DecidingBody)
    amount: int | UnsetType = UNSET
    pay_by: str | UnsetType = UNSET
    binding: bool | UnsetType = UNSET
    document: str | UnsetType = UNSET


class NewClose(Body):
    """The claim is withdrawn, or both sides have settled it."""

    outcome: Literal["withdrawn", "settled"]
    amount: int | UnsetType = UNSET
    pay_by: str | UnsetType = UNSET
    document: str | UnsetType = UNSET


_ANSWERS: Final[Mapping[str, Action]] = {
    "acknowledgement": Action.ACKNOWLEDGE,
    "info_request": Action.REQUEST_INFO,
    "substantive": Action.ANSWER,
}
_OUTCOMES: Final[Mapping[str, Action]] = {
    "for_user": Action.AWARD_USER,
    "for_platform": Action.AWARD_PLATFORM,
    "settled": Action.SETTLE,
    "withdrawn": Action.WITHDRAW,
}


def answer_step(body: NewAnswer, key: str | None) -> StepRequest:
    """The step an answer asks for."""
    return StepRequest(_ANSWERS[body.kind], "dispute_answer", plain(body), key)


def evidence_step(body: NewEvidence, role: str, key: str | None) -> StepRequest:
    """The step that files evidence."""
    action = Action.USER_EVIDENCE if role == "user" else Action.OTHER_EVIDENCE
    return StepRequest(action, "dispute_evidence", {**plain(body), "by": role}, key)


def award_step(body: NewAward, role: str, key: str | None) -> StepRequest:
    """The step that decides. A grant's holder is the deciding body, of the kind of the grant."""
    claims = plain(body)
    named = dict(claims.get("body", {}))
    if role != "platform":
        named["kind"] = role
    return StepRequest(_OUTCOMES[body.outcome], "dispute_award", {**claims, "body": named}, key)


def close_step(body: NewClose, key: str | None) -> StepRequest:
    """The step with which the parties themselves end the dispute."""
    claims = {**plain(body), "body": {"kind": "parties"}}
    return StepRequest(_OUTCOMES[body.outcome], "dispute_award", claims, key)


def plain(body: Body) -> dict[str, Any]:
    """The posted members as JSON values."""
    value: dict[str, Any] = msgspec.to_builtins(body)
    return value


def idempotency_key(request: Request) -> str | None:
    """The `Idempotency-Key` header: 1 to 200 printable ASCII characters; 422 otherwise, None without one."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        detail = f"Idempotency-Key is 1 to {_LONGEST_KEY} printable ASCII characters"
        raise Refusal(
            "invalid-parameter",
            detail,
            errors=[{"parameter": "Idempotency-Key", "detail": detail, "code": "key"}],
        )
    return key


KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
    "description": "the same key with the same body is the same step, however often it is sent",
}

_TEXT = {"type": "string"}
_FEN = {"type": "integer", "minimum": 0}
_REFERENCE = record({"event": _TEXT}, optional={"digest": _TEXT})
_FILE = record({"digest": _TEXT}, optional={"label": _TEXT})


def schemas() -> dict[str, Any]:
    """The bodies as components of the API's document."""
    claim = record(
        {"code": {"enum": list(CLAIM_CODES)}, "text": _TEXT}, optional={"amount": _FEN, "currency": _TEXT}
    )
    reason = record({}, optional={"code": _TEXT, "refs": listing(_REFERENCE)})
    decision = {"amount": _FEN, "pay_by": _TEXT, "document": _TEXT}
    return {
        "NewDispute": record(
            {"claim": claim, "contested": listing(_REFERENCE)},
            optional={
                "trade": {**_TEXT, "description": "needed with a platform's key"},
                "by": {"enum": ["platform", "user"], "description": "whose claim a platform reports"},
                "forum": {"enum": ["platform", "third_party", "offline", "court"]},
                "remedy": {"enum": ["pay", "return", "explain", "other"]},
                "dispute": {**_TEXT, "description": "the id it shall have; platforms only"},
            },
        ),
        "NewAnswer": record(
            {"kind": {"enum": list(_ANSWERS)}},
            optional={
                "position": {"enum": ["accept", "part", "reject"]},
                "offer": _FEN,
                "reasons": listing(reason),
                "attachments": listing(_FILE),
            },
        ),
        "NewEvidence": record(
            {"item": _FILE, "proves": _TEXT},
            optional={
                "obtained": record({}, optional={"method": _TEXT, "at": _TEXT}),
                "about": listing(_REFERENCE),
                "audience": {"enum": ["parties", "arbitrator"]},
            },
        ),
        "NewAward": record(
            {"outcome": {"enum": ["for_user", "for_platform", "settled"]}},
            optional={
                "body": record({}, optional={"name": _TEXT, "kind": _TEXT}),
                "binding": {"type": "boolean"},
                **decision,
            },
        ),
        "NewClose": record({"outcome": {"enum": ["withdrawn", "settled"]}}, optional=decision),
    }
