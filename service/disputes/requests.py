"""What somebody asks to be recorded in a dispute, before it is checked against the dispute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.access.readers import Reader
from service.disputes.states import Action

CLAIM_CODES: Final = (
    "promised_discount_not_honoured",
    "price_cut",
    "not_paid",
    "late",
    "deduction",
    "fee",
    "wrong_payee",
    "card_not_returned",
    "other",
)
"""What a dispute opened here is about; entries that a platform posts itself may have other codes."""

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Opening:
    """A dispute to be opened. `by`: whose claim it is; `dispute`: the id it shall have, None for a new one;
    `key`: repeats with the same key are the same request.
    """

    trade: str
    by: str
    claim: Claims
    contested: Sequence[Claims]
    forum: str | None = None
    remedy: str | None = None
    dispute: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step in a dispute. `claims` are the entry's own, references and files by id and digest alone."""

    action: Action
    type: str
    claims: Claims
    key: str | None = None


def role_of(reader: Reader) -> str:
    """In which role a reader takes steps."""
    if reader.holder == "grant":
        return reader.role or "arbitrator"
    return "user" if reader.holder == "share" else "platform"
