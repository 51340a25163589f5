"""Which event types there are, and the shape of each one's claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from service.profiles.giftcard import (
    acceptance,
    dispute,
    handover,
    oversight,
    payout,
    quote,
    record,
    safeguard,
)
from service.profiles.giftcard.common import Claims

CLAIMS: Final[Mapping[str, type[Claims]]] = {
    "quote": quote.Quote,
    "quote_revision": quote.QuoteRevision,
    "acceptance": acceptance.Acceptance,
    "handover": handover.Handover,
    "inspection": handover.Inspection,
    "escrow": safeguard.Escrow,
    "coverage": safeguard.Coverage,
    "payout": payout.Payout,
    "payout_ack": acceptance.PayoutAck,
    "refund": payout.Refund,
    "cancellation": acceptance.Cancellation,
    "channel_change": acceptance.ChannelChange,
    "lineage": oversight.Lineage,
    "review": oversight.Review,
    "tariff": oversight.Tariff,
    "referral": oversight.Referral,
    "dispute_opened": dispute.DisputeOpened,
    "dispute_answer": dispute.DisputeAnswer,
    "dispute_evidence": dispute.DisputeEvidence,
    "dispute_award": dispute.DisputeAward,
    "correction": record.Correction,
    "erasure": record.Erasure,
    "hold": record.Hold,
}
"""Type → the struct of its claims, in the order in which a trade lives through them."""

EVENT_TYPES: Final[tuple[str, ...]] = tuple(CLAIMS)
"""The profile's own types; besides them there are a platform's own, `x-…`."""

SERVICE_TYPES: Final = frozenset({"erasure"})
"""Types only the service itself records. A false `erasure` would excuse content that was never kept. A
`hold` may come from a platform too: it is under preservation orders of its own, and all a hold does is to
keep more, visibly and with a ground; whether one stands against a person's request is decided where erasure
is decided."""

OWN_TYPE_PATTERN: Final = r"^x-[a-z0-9][a-z0-9._-]{0,61}\Z"
_OWN_TYPE = re.compile(OWN_TYPE_PATTERN)


def is_own_type(event_type: str) -> bool:
    """Whether `event_type` is a platform's own (`x-…`)."""
    return _OWN_TYPE.match(event_type) is not None


def claims_struct(event_type: str) -> type[Claims] | None:
    """The struct of a type's known claims; None for a type that does not exist."""
    if (struct := CLAIMS.get(event_type)) is not None:
        return struct
    return Claims if is_own_type(event_type) else None


def decode(event_type: str, claims: Mapping[str, object]) -> Claims:
    """The known claims of a checked event as a typed struct. Raises `msgspec.ValidationError` where they do
    not fit."""
    return msgspec.convert(claims, claims_struct(event_type) or Claims)


@cache
def known_claims(event_type: str) -> frozenset[str]:
    """The names of a type's known claims."""
    struct = claims_struct(event_type) or Claims
    return frozenset(field.encode_name for field in msgspec.structs.fields(struct))
