"""What surrounds a trade: where a card goes, reviews, published tariffs, referrals."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, field

from service.profiles.giftcard.common import Claims, Shape
from service.profiles.giftcard.quote import Fees, Fingerprint
from service.profiles.giftcard.scalars import (
    BasisPoints,
    CardKind,
    Cmt,
    Count,
    Fen,
    Id,
    Name,
    Opt,
    Seconds,
    Time,
)


class LineageInput(Shape, kw_only=True, frozen=True, gc=False):
    """A card that goes into a split, merge, resale or exchange."""

    fingerprint: Opt[Fingerprint] = UNSET
    value: Opt[Fen] = UNSET
    trade: Opt[Id] = UNSET


class LineageOutput(Shape, kw_only=True, frozen=True, gc=False):
    """A card that comes out."""

    fingerprint: Opt[Fingerprint] = UNSET
    value: Opt[Fen] = UNSET


class Lineage(Claims, kw_only=True, frozen=True, gc=False):
    """Cards are split, merged, resold, exchanged or voided. A sum that does not add up is a finding, not an
    error."""

    op: Literal["split", "merge", "resale", "exchange", "void"]
    inputs: Annotated[list[LineageInput], Meta(max_length=1024)]
    outputs: Annotated[list[LineageOutput], Meta(max_length=1024)]
    fee: Fen
    residue: Fen
    counterparty: Opt[Cmt] = UNSET
    custody_from: Opt[Time] = UNSET
    custody_to: Opt[Time] = UNSET


class Cumulative(Shape, kw_only=True, frozen=True, gc=False):
    """A party's trades over a window of time."""

    window_s: Opt[Seconds] = UNSET
    amount: Opt[Fen] = UNSET
    count: Opt[Count] = UNSET


class Review(Claims, kw_only=True, frozen=True, gc=False):
    """A compliance review. Its audience is `restricted` unless stated: the user must not be tipped off."""

    kind: Literal["large_amount", "anomaly", "identity", "price", "joint_defence"]
    rule: Name
    outcome: Literal["pending", "pass", "hold", "reject", "referred"]
    started: Time
    finished: Opt[Time] = UNSET
    threshold: Opt[Fen] = UNSET
    measured: Opt[Fen] = UNSET
    cumulative: Opt[Cumulative] = UNSET
    reviewer: Opt[Cmt] = UNSET


class TariffBrand(Shape, kw_only=True, frozen=True, gc=False):
    """The published rate of one brand."""

    brand: Opt[Name] = UNSET
    kind: Opt[CardKind] = UNSET
    min_face: Opt[Fen] = UNSET
    rate_bp: Opt[BasisPoints] = UNSET
    fees: Opt[Fees] = UNSET


class Tariff(Claims, kw_only=True, frozen=True, gc=False):
    """A published price list; its trade is `tariff:…`."""

    brands: Annotated[list[TariffBrand], Meta(min_length=1, max_length=1024)]
    from_: Time = field(name="from")
    to: Opt[Time] = UNSET
    review_threshold: Opt[Fen] = UNSET
    answer_s: Opt[Seconds] = UNSET


class Benefit(Shape, kw_only=True, frozen=True, gc=False):
    """What a referral is worth."""

    kind: Opt[Name] = UNSET
    amount: Opt[Fen] = UNSET


class Referral(Claims, kw_only=True, frozen=True, gc=False):
    """The user is referred to a local merchant."""

    merchant: Cmt
    benefit: Benefit
