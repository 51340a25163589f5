"""anchor_late: the log did not anchor a checkpoint that it had promised to anchor by a certain second.

The promise of a receipt is kept by the first anchor of at least its checkpoint's size. It is known to be the
first when the head before it was smaller; any anchor in time, also one that is only told as the head before
another, keeps the promise. Tolerance is zero, in the whole seconds that promise and block carry. A view
without any anchor counts as none on chain if the log was asked for them: evaluate it for the moment at which
it was gathered. A checkpoint anchored through a directory log (`via`) promises something else and is passed
over.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.anchoring import Slot, slot_of
from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.model import Anchored, Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved


def _evaluate(case: Case) -> Iterator[Outcome]:
    promised: dict[int, list[Shown]] = {}
    for entry in case.view.entries:
        if not entry.promise.via:
            promised.setdefault(entry.promise.size, []).append(entry)
    known = [each.anchor for each in (*case.view.entries, *case.view.context) if each.anchor is not None]
    for size, entries in promised.items():
        yield _judge(case, entries, [anchor for anchor in known if anchor.size >= size])


def _judge(case: Case, entries: list[Shown], anchors: list[Anchored]) -> Outcome:
    promise = entries[0].promise
    if not anchors:
        if case.now // 1000 > promise.anchor_by:
            if not case.view.anchors_sought:
                return insufficient(Missing("anchor", entries[0]))
            return proved(*entries, variant="missing", promised=promise.anchor_by * 1000, now=case.now)
        return not_proved()
    slots = [slot for anchor in anchors if (slot := slot_of(anchor)) is not None]
    if any(_in_time(slot, promise.size, promise.anchor_by) for slot in slots):
        return not_proved()
    if not slots:
        return insufficient(Missing("anchor.proof", entries[0]))
    first = min(slots, key=lambda slot: slot.size)
    if first.prev_size >= promise.size:
        return insufficient(Missing("anchor", entries[0]))
    if first.final is not True:
        return insufficient(Missing("anchor.final", entries[0]))
    anchored, promised = first.timestamp * 1000, promise.anchor_by * 1000
    return proved(*entries, anchored=anchored, promised=promised, late=anchored - promised)


def _in_time(slot: Slot, size: int, anchor_by: int) -> bool:
    before = slot.prev_size >= size and slot.prev_timestamp <= anchor_by
    return before or slot.timestamp <= anchor_by


RULE = Rule("anchor_late", Kind.BREACH, "operator", "parties", 3, 1, _evaluate)
