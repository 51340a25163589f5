"""The user's side: acceptance, change of the payout channel, acknowledgement of a payout, cancellation."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta

from service.profiles.giftcard.common import Claims, Consent, Lines, Ref, Shape
from service.profiles.giftcard.scalars import Channel, Cmt, Currency, Fen, Opt, Prose, Time


class Settlement(Shape, kw_only=True, frozen=True, gc=False):
    """Where the user wants the money."""

    channel: Opt[Channel] = UNSET
    payee: Opt[Cmt] = UNSET
    share: Opt[Fen] = UNSET


class Acceptance(Claims, kw_only=True, frozen=True, gc=False):
    """The user accepts a quote, in whole or for some lines."""

    quote: Ref
    amount: Fen
    currency: Currency
    items: Opt[Lines] = UNSET
    settlement: Opt[Annotated[list[Settlement], Meta(max_length=16)]] = UNSET
    points_opt_in: Opt[bool] = UNSET
    consent: Opt[Consent] = UNSET


class ChannelChange(Claims, kw_only=True, frozen=True, gc=False):
    """The payout goes elsewhere than first agreed."""

    channel: Channel
    payee: Cmt
    requested_by: Literal["user", "platform"]
    payout: Opt[Ref] = UNSET
    consent: Opt[Consent] = UNSET


class PayoutAck(Claims, kw_only=True, frozen=True, gc=False):
    """The user says what arrived."""

    payout: Ref
    result: Literal["received", "part", "not_received"]
    amount: Fen
    currency: Currency
    received_at: Opt[Time] = UNSET
    by: Opt[Cmt] = UNSET
    consent: Opt[Consent] = UNSET


class Cancellation(Claims, kw_only=True, frozen=True, gc=False):
    """One side calls the trade off."""

    by: Literal["user", "platform"]
    reason: Prose
    cause: Opt[Ref] = UNSET
