"""Money and cards on their way: payouts and refunds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, field

from service.profiles.giftcard.common import Claims, LineItems, Lines, Ref, Shape
from service.profiles.giftcard.scalars import (
    Channel,
    Cmt,
    Count,
    Currency,
    Dig,
    Fen,
    Id,
    Line,
    Name,
    Opt,
    Time,
)


class Leg(Shape, kw_only=True, frozen=True, gc=False):
    """One transfer of a payout; its amount is fen for money, units for points."""

    leg: Line
    channel: Channel
    amount: Fen
    kind: Opt[Literal["money", "points", "voucher"]] = UNSET
    currency: Opt[Currency] = UNSET
    program: Opt[Name] = UNSET
    payee: Opt[Cmt] = UNSET
    channel_ref: Opt[Name] = UNSET
    channel_time: Opt[Time] = UNSET
    channel_evidence: Opt[Dig] = UNSET


class Counter(Shape, kw_only=True, frozen=True, gc=False):
    """Where and by whom cash was handed out: names, or commitments to them."""

    place: Opt[Name] = UNSET
    teller: Opt[Name] = UNSET
    witness: Opt[Name] = UNSET


class Payout(Claims, kw_only=True, frozen=True, gc=False):
    """One state change of a payout."""

    payout: Id
    state: Literal[
        "initiated", "awaiting_payee", "processing", "succeeded", "failed", "cancelled", "reversed"
    ]
    legs: Annotated[list[Leg], Meta(min_length=1, max_length=256)]
    attempt: Opt[Count] = UNSET
    for_: Opt[Lines] = field(default=UNSET, name="for")
    final: Opt[bool] = UNSET
    counter: Opt[Counter] = UNSET


class Refund(Claims, kw_only=True, frozen=True, gc=False):
    """Money or a card goes back."""

    refund: Id
    direction: Literal["to_user", "to_platform"]
    kind: Literal["money", "card"]
    state: Literal["due", "initiated", "succeeded", "failed"]
    items: Opt[LineItems] = UNSET
    amount: Opt[Fen] = UNSET
    currency: Opt[Currency] = UNSET
    due_at: Opt[Time] = UNSET
    cause: Opt[Ref] = UNSET
