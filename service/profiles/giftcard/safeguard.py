"""Safeguards of a trade: escrow accounts, insurance, guarantors."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, field

from service.profiles.giftcard.common import Claims, Ref, Refs, Shape
from service.profiles.giftcard.scalars import Cmt, Currency, Dig, Fen, Id, Name, Opt, Prose, Time


class EscrowCondition(Shape, kw_only=True, frozen=True, gc=False):
    """What has to happen before the escrow is released."""

    code: Opt[Literal["inspection_pass", "ack", "award", "timeout"]] = UNSET
    refs: Opt[Refs] = UNSET


class Escrow(Claims, kw_only=True, frozen=True, gc=False):
    """One state change of an escrow account."""

    escrow: Id
    state: Literal["opened", "funded", "held", "part_released", "released", "refunded", "expired"]
    amount: Fen
    currency: Currency
    balance_after: Opt[Fen] = UNSET
    agent: Opt[Cmt] = UNSET
    condition: Opt[EscrowCondition] = UNSET
    cause: Opt[Ref] = UNSET
    expires_at: Opt[Time] = UNSET


class CoverageClaim(Shape, kw_only=True, frozen=True, gc=False):
    """A claim made on the cover."""

    amount: Opt[Fen] = UNSET
    decision: Opt[Name] = UNSET
    reason: Opt[Prose] = UNSET


class Coverage(Claims, kw_only=True, frozen=True, gc=False):
    """One state change of an insurance or of a guarantor's promise."""

    coverage: Id
    kind: Literal["insurance", "guarantor"]
    state: Literal["bound", "claimed", "paid", "denied", "lapsed"]
    limit: Fen
    provider: Opt[Cmt] = UNSET
    deductible: Opt[Fen] = UNSET
    perils: Opt[Annotated[list[Name], Meta(max_length=64)]] = UNSET
    from_: Opt[Time] = field(default=UNSET, name="from")
    to: Opt[Time] = UNSET
    policy: Opt[Dig] = UNSET
    blanket: Opt[bool] = UNSET
    exposure_after: Opt[Fen] = UNSET
    claim: Opt[CoverageClaim] = UNSET
