"""What an entry's anchor proves about time, as far as the view shows it."""

from __future__ import annotations

from dataclasses import dataclass

from service.profiles.giftcard.findings.case import Insufficient, Missing
from service.profiles.giftcard.findings.model import Anchored, Shown


@dataclass(frozen=True, slots=True)
class Slot:
    """A proven slot's members (seconds); `final` as in `Anchored`."""

    size: int
    timestamp: int
    prev_size: int
    prev_timestamp: int
    prev_signed_at: int
    final: bool | None


def slot_of(anchor: Anchored) -> Slot | None:
    """The slot of an anchor; None when the receipt does not prove it."""
    if (
        not anchor.proved
        or anchor.timestamp is None
        or anchor.prev_size is None
        or anchor.prev_timestamp is None
        or anchor.prev_signed_at is None
    ):
        return None
    return Slot(
        anchor.size,
        anchor.timestamp,
        anchor.prev_size,
        anchor.prev_timestamp,
        anchor.prev_signed_at,
        anchor.final,
    )


def covering(entry: Shown) -> Slot:
    """The slot of the anchor that covers the entry. Raises Insufficient while there is none or no proof."""
    if entry.anchor is None:
        raise Insufficient(Missing("anchor", entry))
    slot = slot_of(entry.anchor)
    if slot is None:
        raise Insufficient(Missing("anchor.proof", entry))
    return slot


def existed_by(entry: Shown, slot: Slot) -> int:
    """The block time (s) by which the entry was in the log: that of the first anchor covering it, or of the
    one before `slot` where that covered it too, which then was no earlier than the first.
    """
    return slot.prev_timestamp if slot.prev_size > entry.index else slot.timestamp


def require_final(entry: Shown, slot: Slot) -> None:
    """What would speak against the log must rest on a block that the evaluating side knows to be final: a
    header alone can be made up. Raises Insufficient.
    """
    if slot.final is not True:
        raise Insufficient(Missing("anchor.final", entry))
