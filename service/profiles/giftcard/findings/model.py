"""What the finding rules look at, and what they answer.

A rule sees one trade as a `TradeView`: its entries in order of seq with whatever of their claims is shown,
the promise and earliest anchor of each, and the context that some rules need (tariffs, other trades of the
same card, receipts that somebody else holds). Times are Unix milliseconds; checkpoints and slots keep the
seconds that they are signed or recorded in. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Truth(StrEnum):
    """Kleene's three values, in the words of a finding."""

    PROVED = "proved"
    NOT_PROVED = "not_proved"
    INSUFFICIENT = "insufficient"


class Kind(StrEnum):
    """A breach is a promise not kept; a note is a circumstance worth knowing."""

    BREACH = "breach"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Promise:
    """The checkpoint signed when the entry was posted; `via`: a directory log anchors it."""

    size: int
    root: bytes
    signed_at: int
    anchor_by: int
    via: bool


@dataclass(frozen=True, slots=True)
class Anchored:
    """One anchored (size, root) that covers an entry, with the registry's slot (seconds).

    `proved`: the slot follows from the state root of `block_hash` by the proof in the receipt; without proof
    the slot's members are None. `final` is what the evaluating side says of that block; None: nobody said.
    """

    size: int
    root: bytes
    proved: bool
    timestamp: int | None = None
    block_number: int | None = None
    block_hash: bytes | None = None
    prev_size: int | None = None
    prev_timestamp: int | None = None
    prev_signed_at: int | None = None
    final: bool | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry as far as it is shown.

    `claims` are the disclosed ones by name; `withheld` counts the statement's other digests, its one decoy
    not counted: with 0 an absent claim was never posted, else it may be withheld or erased.
    """

    index: int
    leaf: bytes
    digest: bytes
    seq: int
    prev: bytes | None
    event: str
    trade: str
    type: str
    occurred: int
    received: int
    claims: Mapping[str, object]
    withheld: int
    promise: Promise
    anchor: Anchored | None = None
    signatures: tuple[tuple[str, str], ...] = ()
    """(role, address) of each service key that signed the statement."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry whose bytes this reader may not see: only its place in the trade and in the log."""

    seq: int
    index: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class KeyValidity:
    """A registered key: the address may act in `role` within [valid_from, valid_until) (ms)."""

    address: str
    role: str
    valid_from: int
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class TradeView:
    """Everything a rule may look at. Same view and same `now`, same findings.

    `context`: entries of other trades (tariffs, trades of the same card), in order of index. `foreign`:
    entries from receipts that somebody else holds of this trade, as they show them. `keys`: the platform's
    registered keys; None when nobody said. `anchors_sought`: whoever gathered the entries asked the log for
    their anchors; without that (receipts as they were first given) a receipt without anchor means nothing.
    """

    log_id: bytes
    origin: str
    chain_id: int
    registry: str
    trade: str
    entries: tuple[Shown, ...]
    sealed: tuple[Sealed, ...] = ()
    context: tuple[Shown, ...] = ()
    foreign: tuple[Shown, ...] = ()
    keys: tuple[KeyValidity, ...] | None = None
    anchors_sought: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """The entry that a finding rests on."""

    event: str
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one rule (or of one instance of it, where a rule can hold more than once).

    `against` is platform, user, operator or unknown; `audience` as in events; `severity` 1 (worth knowing) to
    3 (money missing or the log broken); `amount` in minor units of `currency` where the rule defines one.
    `zh` and `en` are one sentence each, with the figures and no legal conclusion. `missing` names the
    operands without which the rule is insufficient.
    """

    code: str
    truth: Truth
    kind: Kind
    against: str
    audience: str
    severity: int
    version: int
    zh: str
    en: str
    amount: int | None = None
    currency: str | None = None
    cured: bool = False
    references: tuple[Reference, ...] = ()
    missing: tuple[str, ...] = ()
    figures: Mapping[str, object] = field(default_factory=dict)
    """The operands by name, so that a page can show the same figures in its own words."""
