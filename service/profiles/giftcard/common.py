"""Members shared by several event types, and the claims that any event may carry."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct

from service.profiles.giftcard.scalars import (
    Address,
    Cmt,
    Count,
    Dig,
    EvmSignature,
    Id,
    Line,
    Name,
    Opt,
    Prose,
    Role,
    Salt,
    Time,
    UnixSeconds,
)


class Shape(Struct, kw_only=True, frozen=True, gc=False):
    """A JSON object with known members; members it does not know are allowed and committed with the claim."""


class Ref(Shape, kw_only=True, frozen=True, gc=False):
    """A reference to another event by the digest of its statement; the service fills in an absent digest at
    POST."""

    event: Id
    digest: Opt[Dig] = UNSET


class LineItem(Shape, kw_only=True, frozen=True, gc=False):
    """A card line written as an object, for platforms that add members of their own."""

    line: Line


class Capture(Shape, kw_only=True, frozen=True, gc=False):
    """How and by which system the event was recorded."""

    mode: Opt[Literal["online", "offline", "import", "manual"]] = UNSET
    system: Opt[Name] = UNSET
    version: Opt[Name] = UNSET
    sent_at: Opt[Time] = UNSET
    device: Opt[Cmt] = UNSET
    queued_reason: Opt[Prose] = UNSET


class Actor(Shape, kw_only=True, frozen=True, gc=False):
    """Who caused the event."""

    role: Opt[Role] = UNSET
    party: Opt[Cmt] = UNSET


class Presented(Shape, kw_only=True, frozen=True, gc=False):
    """What the person saw on the screen or on paper."""

    digest: Opt[Dig] = UNSET
    media_type: Opt[Name] = UNSET
    locale: Opt[Name] = UNSET
    template: Opt[Name] = UNSET


class Attachment(Shape, kw_only=True, frozen=True, gc=False):
    """A file kept elsewhere and bound by its digest."""

    digest: Opt[Dig] = UNSET
    media_type: Opt[Name] = UNSET
    bytes: Opt[Count] = UNSET
    label: Opt[Name] = UNSET


class Corroboration(Shape, kw_only=True, frozen=True, gc=False):
    """Somebody else's record of the same fact."""

    kind: Opt[Literal["channel_callback", "sms", "timestamp", "notary", "bank_statement", "video"]] = UNSET
    ref: Opt[Name | Ref] = UNSET
    digest: Opt[Dig] = UNSET
    issuer: Opt[Name] = UNSET


class Consent(Shape, kw_only=True, frozen=True, gc=False):
    """How a person agreed: a wallet signature (`eip712`), a third party's authentication, paper, or
    nothing."""

    method: Opt[Literal["passkey", "eip712", "wechat", "sms_otp", "face", "paper", "voice", "none"]] = UNSET
    subject: Opt[Cmt] = UNSET
    shown_at: Opt[Time] = UNSET
    third_party_ref: Opt[Name] = UNSET
    evidence: Opt[Dig] = UNSET
    type: Opt[Literal["Acceptance", "Acknowledgement", "Endorsement"]] = UNSET
    address: Opt[Address] = UNSET
    signature: Opt[EvmSignature] = UNSET
    salt: Opt[Salt] = UNSET
    platform: Opt[Name] = UNSET
    channel: Opt[Name] = UNSET
    validUntil: Opt[UnixSeconds] = UNSET  # as the EIP-712 member is spelt
    ref: Opt[Ref] = UNSET


Attachments = Annotated[list[Attachment], Meta(max_length=256)]
Corroborations = Annotated[list[Corroboration], Meta(max_length=256)]
Refs = Annotated[list[Ref], Meta(max_length=1024)]
Lines = Annotated[list[Line], Meta(max_length=1024)]
LineItems = Annotated[list[Line | LineItem], Meta(max_length=1024)]


class Claims(Shape, kw_only=True, frozen=True, gc=False):
    """The claims that any event may carry."""

    capture: Opt[Capture] = UNSET
    actor: Opt[Actor] = UNSET
    presented: Opt[Presented] = UNSET
    attachments: Opt[Attachments] = UNSET
    corroboration: Opt[Corroborations] = UNSET
    audience: Opt[Literal["user", "parties", "arbitrator", "restricted"]] = UNSET
