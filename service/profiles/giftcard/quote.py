"""Quotes and their revisions: what the platform offers for which cards, on which terms."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta

from service.profiles.giftcard.common import Claims, Ref, Shape
from service.profiles.giftcard.scalars import (
    BasisPoints,
    CardKind,
    Channel,
    Cmt,
    Code,
    ConditionCode,
    Count,
    Currency,
    DateOrTime,
    Dig,
    Fen,
    Line,
    Name,
    Opt,
    Prose,
    Seconds,
    SignedBasisPoints,
    SignedFen,
    Time,
)


class Fingerprint(Shape, kw_only=True, frozen=True, gc=False):
    """A keyed digest of a card's number: the same card is recognised, the number never recorded."""

    scope: Opt[Literal["platform", "operator"]] = UNSET
    value: Opt[Dig] = UNSET


class QuoteItem(Shape, kw_only=True, frozen=True, gc=False):
    """One card of a quote."""

    line: Line
    brand: Name
    face: Fen
    net: Fen
    kind: Opt[CardKind] = UNSET
    balance: Opt[Fen] = UNSET
    expires: Opt[DateOrTime] = UNSET
    fingerprint: Opt[Fingerprint] = UNSET


class Fee(Shape, kw_only=True, frozen=True, gc=False):
    """One fee; below zero it is a coupon or an allowance."""

    code: Opt[Code] = UNSET
    basis: Opt[Literal["face", "balance", "fixed"]] = UNSET
    rate_bp: Opt[SignedBasisPoints] = UNSET
    amount: Opt[SignedFen] = UNSET
    payer: Opt[Literal["user", "platform"]] = UNSET


class OfferPoints(Shape, kw_only=True, frozen=True, gc=False):
    """Loyalty points offered as part of the price."""

    program: Opt[Name] = UNSET
    units: Opt[Count] = UNSET
    fen_per_100: Opt[Fen] = UNSET


Fees = Annotated[list[Fee], Meta(max_length=256)]


class Offer(Shape, kw_only=True, frozen=True, gc=False):
    """The price: gross less fees is net; the headline rate is the largest number the user was shown."""

    currency: Currency
    net: Fen
    gross: Opt[Fen] = UNSET
    fees: Opt[Fees] = UNSET
    headline_rate_bp: Opt[BasisPoints] = UNSET
    rate_base: Opt[Literal["face", "balance"]] = UNSET
    points: Opt[OfferPoints] = UNSET


class PayoutClock(Shape, kw_only=True, frozen=True, gc=False):
    """From which event, and for how long, the platform has to pay."""

    start: Opt[Literal["acceptance", "handover", "inspection"]] = UNSET
    seconds: Opt[Seconds] = UNSET


class Terms(Shape, kw_only=True, frozen=True, gc=False):
    """The terms of a quote."""

    valid_until: Opt[Time] = UNSET
    payout_clock: Opt[PayoutClock] = UNSET
    tolled_by: Opt[
        Annotated[list[Literal["awaiting_payee", "large_amount", "identity"]], Meta(max_length=16)]
    ] = UNSET
    settlement: Opt[Annotated[list[Channel], Meta(max_length=16)]] = UNSET
    text: Opt[Dig] = UNSET


class Condition(Shape, kw_only=True, frozen=True, gc=False):
    """A ground on which the platform may take something off, how much at most (null: no cap), and on what
    evidence."""

    code: Opt[ConditionCode] = UNSET
    cap: Opt[Fen | None] = UNSET
    evidence: Opt[Literal["none", "photo", "reading", "third_party"]] = UNSET
    text: Opt[Prose] = UNSET


class OnReject(Shape, kw_only=True, frozen=True, gc=False):
    """What happens to a rejected card."""

    return_within: Opt[Seconds] = UNSET


class Pricing(Shape, kw_only=True, frozen=True, gc=False):
    """How the price was found."""

    method: Opt[Literal["ai", "historical", "manual", "mixed"]] = UNSET
    model: Opt[Name] = UNSET
    model_digest: Opt[Dig] = UNSET
    inputs_digest: Opt[Dig] = UNSET
    reviewer: Opt[Cmt] = UNSET
    reviewed_at: Opt[Time] = UNSET


class CoverageOffered(Shape, kw_only=True, frozen=True, gc=False):
    """A safeguard promised with the quote."""

    kind: Opt[Literal["insurance", "guarantor", "escrow"]] = UNSET
    limit: Opt[Fen] = UNSET
    provider: Opt[Name] = UNSET


class ReceiptDelivery(Shape, kw_only=True, frozen=True, gc=False):
    """How the user was handed the quote's receipt."""

    method: Opt[Literal["page", "qr", "print", "sms", "none"]] = UNSET
    at: Opt[Time] = UNSET


class Quote(Claims, kw_only=True, frozen=True, gc=False):
    """The platform quotes a price."""

    items: Annotated[list[QuoteItem], Meta(min_length=1, max_length=1024)]
    offer: Offer
    terms: Opt[Terms] = UNSET
    conditions: Opt[Annotated[list[Condition], Meta(max_length=256)]] = UNSET
    firmness: Opt[Literal["firm", "conditional", "indicative"]] = UNSET
    on_balance_mismatch: Opt[Literal["pro_rata", "requote", "reject"]] = UNSET
    on_reject: Opt[OnReject] = UNSET
    pricing: Opt[Pricing] = UNSET
    seller: Opt[Cmt] = UNSET
    tariff: Opt[Ref] = UNSET
    coverage_offered: Opt[Annotated[list[CoverageOffered], Meta(max_length=64)]] = UNSET
    receipt_delivery: Opt[ReceiptDelivery] = UNSET


class QuoteRevision(Quote, kw_only=True, frozen=True, gc=False):
    """The platform replaces an earlier quote; it binds only once accepted."""

    revises: Ref
    cause: Literal["expiry", "market", "user_request", "inspection", "manual_review", "error"]
    inspection: Opt[Ref] = UNSET
    explanation: Opt[Prose] = UNSET
