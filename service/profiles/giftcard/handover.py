"""The card changes hands and is inspected."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta

from service.profiles.giftcard.common import Claims, LineItems, Shape
from service.profiles.giftcard.scalars import Cmt, Code, Dig, Fen, Line, Opt


class Handover(Claims, kw_only=True, frozen=True, gc=False):
    """The user hands the card over."""

    mode: Literal["code_revealed", "courier", "counter"]
    items: Opt[LineItems] = UNSET
    received_by: Opt[Cmt] = UNSET
    place: Opt[Cmt] = UNSET
    tracking: Opt[Cmt] = UNSET
    witness: Opt[Cmt] = UNSET


class Deduction(Shape, kw_only=True, frozen=True, gc=False):
    """Something taken off after inspection."""

    code: Opt[Code] = UNSET
    amount: Opt[Fen] = UNSET
    evidence: Opt[Dig] = UNSET


class InspectionItem(Shape, kw_only=True, frozen=True, gc=False):
    """What the inspection of one card found."""

    line: Line
    outcome: Literal["pass", "balance_short", "invalid", "used", "expired", "damaged", "duplicate", "frozen"]
    balance_found: Opt[Fen] = UNSET
    method: Opt[Literal["issuer_api", "pos", "manual"]] = UNSET
    reading: Opt[Dig] = UNSET
    deductions: Opt[Annotated[list[Deduction], Meta(max_length=64)]] = UNSET


class Inspection(Claims, kw_only=True, frozen=True, gc=False):
    """The platform inspects the cards."""

    items: Annotated[list[InspectionItem], Meta(min_length=1, max_length=1024)]
    inspector: Opt[Cmt] = UNSET
    user_present: Opt[bool] = UNSET
