"""A dispute from its opening to its award."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta

from service.profiles.giftcard.common import Attachment, Claims, Refs, Shape
from service.profiles.giftcard.scalars import Cmt, Code, Currency, Dig, Fen, Id, Name, Opt, Prose, Role, Time


class DisputeClaim(Shape, kw_only=True, frozen=True, gc=False):
    """What the claimant asks for, and why."""

    code: Code
    text: Prose
    amount: Opt[Fen] = UNSET
    currency: Opt[Currency] = UNSET


class DisputeOpened(Claims, kw_only=True, frozen=True, gc=False):
    """Somebody disputes the trade."""

    dispute: Id
    by: Role
    claim: DisputeClaim
    contested: Refs
    forum: Opt[Literal["platform", "third_party", "offline", "court"]] = UNSET
    remedy: Opt[Literal["pay", "return", "explain", "other"]] = UNSET
    claimant: Opt[Cmt] = UNSET


class AnswerReason(Shape, kw_only=True, frozen=True, gc=False):
    """One reason of an answer, with the events it rests on."""

    code: Opt[Code] = UNSET
    refs: Opt[Refs] = UNSET


class DisputeAnswer(Claims, kw_only=True, frozen=True, gc=False):
    """The other side answers."""

    dispute: Id
    kind: Literal["acknowledgement", "info_request", "substantive"]
    position: Opt[Literal["accept", "part", "reject"]] = UNSET
    offer: Opt[Fen] = UNSET
    reasons: Opt[Annotated[list[AnswerReason], Meta(max_length=64)]] = UNSET


class Obtained(Shape, kw_only=True, frozen=True, gc=False):
    """How and when a piece of evidence was obtained."""

    method: Opt[Name] = UNSET
    at: Opt[Time] = UNSET


class DisputeEvidence(Claims, kw_only=True, frozen=True, gc=False):
    """A piece of evidence is filed."""

    dispute: Id
    by: Role
    item: Attachment
    proves: Prose
    obtained: Opt[Obtained] = UNSET
    about: Opt[Refs] = UNSET


class AwardBody(Shape, kw_only=True, frozen=True, gc=False):
    """Who decided."""

    name: Opt[Name] = UNSET
    kind: Opt[Name] = UNSET


class DisputeAward(Claims, kw_only=True, frozen=True, gc=False):
    """The dispute is decided, settled or withdrawn."""

    dispute: Id
    body: AwardBody
    outcome: Literal["for_user", "for_platform", "settled", "withdrawn"]
    amount: Opt[Fen] = UNSET
    pay_by: Opt[Time] = UNSET
    binding: Opt[bool] = UNSET
    document: Opt[Dig] = UNSET
