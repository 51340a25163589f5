"""The life of one nonce of the gas key. Pure: observations and the time go in, the next state and an action
come out.

A *slot* is a nonce together with every transaction (*attempt*) ever signed for it. At most one of them can be
mined, so whatever is sent, an anchor is paid once. States:

    PENDING --mined--> MINED --its block is final--> DONE
       ^                 |
       +--reorganised----+          PENDING --another transaction of ours took the nonce, finally--> LOST

MINED also holds a reverted transaction: the nonce is spent, and the block may still be taken back. Nothing
but finality closes a slot. What a node says may be stale: an old nonce or a missing receipt never loses
anything, it only delays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from service.anchoring.fees import Fees


class Phase(StrEnum):
    """Where a slot stands; DONE, LOST and DROPPED are for ever."""

    PENDING = "pending"
    MINED = "mined"
    DONE = "done"
    LOST = "lost"
    DROPPED = "dropped"

    @property
    def closed(self) -> bool:
        """Whether nothing can change any more."""
        return self in (Phase.DONE, Phase.LOST, Phase.DROPPED)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction for a slot's nonce: what it anchors and what it may pay. `tx` is its hash."""

    tx: bytes
    raw: bytes
    size: int
    root: bytes
    old_size: int
    fees: Fees
    gas_limit: int
    created: int


@dataclass(frozen=True, slots=True)
class Mined:
    """Where a transaction is on the canonical chain; `ok` is False when it reverted."""

    tx: bytes
    block: int
    block_hash: bytes
    ok: bool
    gas_used: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A nonce and everything signed for it, oldest attempt first. `number` is the store's (0 before it is
    stored).

    `opened`, `sent` (last broadcast) and `bumped` (last new attempt) in ms.
    """

    number: int
    chain_id: int
    sender: str
    nonce: int
    log_id: bytes
    attempts: tuple[Attempt, ...]
    opened: int
    sent: int
    bumped: int
    phase: Phase = Phase.PENDING
    mined: Mined | None = None

    @property
    def newest(self) -> Attempt:
        """The attempt that pays most."""
        return self.attempts[-1]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the node said about a slot: the receipt of any of its attempts, the key's nonce at the newest
    block and at the newest final one (None: the node could not say), and that block's number.
    """

    mined: Mined | None
    nonce: int
    final_nonce: int | None
    final_block: int


class Action(StrEnum):
    """What to do next about a slot."""

    WAIT = "wait"
    REBROADCAST = "rebroadcast"
    BUMP = "bump"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a pending transaction is left alone, ms."""

    rebroadcast: int
    bump: int


def transition(slot: Slot, seen: Observation | None, now: int, timing: Timing) -> tuple[Slot, Action]:
    """The slot after an observation (None: no node answered), and what to do about it."""
    if seen is None or slot.phase.closed:
        return slot, Action.WAIT
    if seen.mined is not None:
        final = seen.final_block >= seen.mined.block
        return replace(slot, phase=Phase.DONE if final else Phase.MINED, mined=seen.mined), Action.WAIT
    if seen.nonce > slot.nonce:
        return _nonce_taken(slot, seen), Action.WAIT
    pending = replace(slot, phase=Phase.PENDING, mined=None)
    if slot.phase is Phase.MINED:
        return (
            pending,
            Action.REBROADCAST,
        )  # reorganised away: a node may have dropped it from its pool as well
    if now - slot.bumped >= timing.bump:
        return pending, Action.BUMP
    if now - slot.sent >= timing.rebroadcast:
        return pending, Action.REBROADCAST
    return pending, Action.WAIT


def _nonce_taken(slot: Slot, seen: Observation) -> Slot:
    """The nonce is spent, yet no attempt has a receipt: one node is behind another, or the key was used
    elsewhere. Only when a final block says so is it true; a slot that was mined keeps that until then.
    """
    if seen.final_nonce is not None and seen.final_nonce > slot.nonce:
        return replace(slot, phase=Phase.LOST, mined=None)
    return slot


def in_flight(slot: Slot, nonce: int) -> bool:
    """Whether the slot keeps the next one waiting: open, and its nonce not spent at the newest block."""
    return not slot.phase.closed and (slot.phase is Phase.PENDING and nonce <= slot.nonce)


def with_attempt(slot: Slot, attempt: Attempt, now: int) -> Slot:
    """The slot with one more attempt, which becomes the one to send."""
    return replace(slot, attempts=(*slot.attempts, attempt), bumped=now)


def sent(slot: Slot, now: int) -> Slot:
    """The slot after a broadcast."""
    return replace(slot, sent=now)


def held(slot: Slot, now: int) -> Slot:
    """The slot when its fees are at their caps: the bump timer starts again."""
    return replace(slot, bumped=now)


def overdue(slot: Slot, now: int, timing: Timing) -> Slot:
    """The slot when its fees are known to be too low for the next block: to be bumped at the next look."""
    return replace(slot, bumped=now - timing.bump)


def gap(slots: Sequence[Slot], nonce: int) -> bool:
    """Whether the open slots start above the key's next nonce, so that none of them can ever be mined."""
    return bool(slots) and min(slot.nonce for slot in slots) > nonce


def dropped(slot: Slot) -> Slot:
    """The slot after its chain was reset: its transactions belong to a history that is gone."""
    return replace(slot, phase=Phase.DROPPED, mined=None)
