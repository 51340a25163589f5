"""The scalar types that event claims are made of.

Every scalar is an `Annotated` type: msgspec enforces it when an event is checked, and the JSON Schema is
written from the very same constraints, so the two cannot drift apart. `extra={"scalar": ...}` names the
scalar's text in the catalogue. Patterns end in `\\Z` (Python's `$` would let a trailing newline through)
and stay inside the common subset of Python and ECMA-262 otherwise; the published schema says `$`.

Signs. Amounts are never negative, with two exceptions that real trades need: `fees[].amount` and
`fees[].rate_bp` (a coupon or allowance is a fee below zero: gross - Σ fees = net must still add up).
Everything else that could seem negative is expressed by its own member or event (a deduction, a refund, a
residue), and a sum that does not add up is never refused here: it is for a finding to prove."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from msgspec import Meta, UnsetType

T = TypeVar("T")
Opt: TypeAlias = T | UnsetType
"""An optional member: it may be absent, but never null."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest magnitude an integer may have (I-JSON, RFC 7493 section 2.2)."""

_LEAP_YEAR: Final = "(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|[2468][048]|[3579][26])00)"
_DATE: Final = (
    "(?:[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_CLOCK: Final = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"

Fen = Annotated[int, Meta(ge=0, le=MAX_INTEGER, extra={"scalar": "fen"})]
SignedFen = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER, extra={"scalar": "signed_fen"})]
BasisPoints = Annotated[int, Meta(ge=0, le=MAX_INTEGER, extra={"scalar": "basis_points"})]
SignedBasisPoints = Annotated[
    int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER, extra={"scalar": "signed_basis_points"})
]
Seconds = Annotated[int, Meta(ge=0, le=MAX_INTEGER, extra={"scalar": "seconds"})]
Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER, extra={"scalar": "count"})]
UnixSeconds = Annotated[int, Meta(ge=0, le=MAX_INTEGER, extra={"scalar": "unix_seconds"})]

Dig = Annotated[str, Meta(pattern=r"^0x[0-9a-f]{64}\Z", extra={"scalar": "dig"})]
Cmt = Annotated[str, Meta(pattern=r"^0x[0-9a-f]{64}\Z", extra={"scalar": "cmt"})]
Salt = Annotated[str, Meta(pattern=r"^0x[0-9a-f]{64}\Z", extra={"scalar": "salt"})]
Leaf = Annotated[str, Meta(pattern=r"^0x[0-9a-f]{64}\Z", extra={"scalar": "leaf"})]
Address = Annotated[str, Meta(pattern=r"^0x[0-9a-f]{40}\Z", extra={"scalar": "address"})]
EvmSignature = Annotated[str, Meta(pattern=r"^0x[0-9a-f]{130}\Z", extra={"scalar": "evm_signature"})]
Time = Annotated[str, Meta(pattern=rf"^{_DATE}{_CLOCK}\Z", extra={"scalar": "time"})]
DateOrTime = Annotated[str, Meta(pattern=rf"^{_DATE}(?:{_CLOCK})?\Z", extra={"scalar": "date_or_time"})]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}\Z", extra={"scalar": "id"})]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}\Z", extra={"scalar": "code"})]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", extra={"scalar": "currency"})]
Name = Annotated[str, Meta(min_length=1, max_length=256, extra={"scalar": "name"})]
Prose = Annotated[str, Meta(min_length=1, max_length=16384, extra={"scalar": "prose"})]

LineId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}\Z", extra={"scalar": "line"})]
LineNumber = Annotated[int, Meta(ge=0, le=MAX_INTEGER, extra={"scalar": "line"})]
Line: TypeAlias = LineNumber | LineId
"""A card line (or payout leg) as the platform numbers or names it; the number 1 and the text "1" are
different lines."""

Channel = Literal["alipay", "wechat", "bank", "ecny", "cash", "points"]
CardKind = Literal["physical", "code", "account"]
Role = Literal[
    "platform", "user", "guarantor", "insurer", "escrow_agent", "mediator", "arbitrator", "operator"
]
ConditionCode = Annotated[
    str,
    Meta(
        # `other` is taken although no honest quote needs it: an illusory promise has to be recordable to be
        # found.
        pattern=r"^(?:balance_short|damaged|expired|frozen|duplicate|other|x-[a-z0-9._-]{1,62})\Z",
        extra={"scalar": "condition_code"},
    ),
]
