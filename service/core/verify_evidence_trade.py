"""That the entries of an evidence file are one trade: of one log, each once, in order, none left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from service.core.entry import parse as parse_entry
from service.core.errors import TallyError
from service.core.evidence import Evidence, SealedEntry
from service.core.evidence_report import Problem
from service.core.merkle import leaf_hash
from service.core.receipt import Receipt
from service.core.verdict import Report

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where one entry stands: seq in the trade, index in the log, its leaf, and the leaf it says it follows
    (`sealed` entries do not say).
    """

    seq: int
    index: int
    leaf: bytes
    prev: bytes | None
    sealed: bool
    inclusion: Sequence[bytes]

    @property
    def name(self) -> str:
        """For a problem's detail."""
        return f"seq {self.seq} (index {self.index})"


def places(evidence: Evidence, reports: Sequence[Report]) -> list[Place]:
    """The places of the entries in the order given; those of another log or trade, and those that cannot be
    read, are left out.
    """
    found = []
    for element in evidence.entries:
        shown = element.shown
        if isinstance(shown, SealedEntry):
            found.append(Place(shown.seq, shown.index, shown.leaf, None, True, element.inclusion))
            continue
        try:
            entry = parse_entry(shown.entry)
        except TallyError:
            continue
        if shown.log == evidence.log and entry.statement.trade == evidence.trade:
            leaf = leaf_hash(shown.entry)
            found.append(Place(entry.seq, shown.index, leaf, entry.prev, False, element.inclusion))
    return found


def foreign(evidence: Evidence) -> Iterator[Problem]:
    """Entries that do not belong to this trade of this log."""
    for receipt in evidence.receipts:
        if receipt.log != evidence.log:
            yield Problem("entry_of_other_log", f"index {receipt.index} of {receipt.log.origin}")
            continue
        trade = _trade_of(receipt)
        if trade is not None and trade != evidence.trade:
            yield Problem("entry_of_other_trade", f"index {receipt.index} of trade {trade}")


def _trade_of(receipt: Receipt) -> str | None:
    try:
        return parse_entry(receipt.entry).statement.trade
    except TallyError:
        return None  # altered, which its own verification says


def check_order(shown: Sequence[Place], count: int) -> Iterator[Problem]:
    """Each of the `count` entries once, in order of seq, each continuing the one before it."""
    for leaf, times in Counter(each.leaf for each in shown).items():
        if times > 1:
            seq = next(each.name for each in shown if each.leaf == leaf)
            yield Problem("entry_twice", f"{seq} stands there {times} times")
    first: dict[int, Place] = {}
    for place in shown:
        if first.setdefault(place.seq, place).leaf != place.leaf:
            yield Problem("seq_twice", f"two different entries of seq {place.seq}")
    absent = (seq for seq in range(max(count, *first) if first else count) if seq not in first)
    missing = list(islice(absent, _MOST_NAMED + 1))  # the count is anybody's number: never run through it
    if missing:
        named = ", ".join(map(str, missing[:_MOST_NAMED])) + (" …" if len(missing) > _MOST_NAMED else "")
        yield Problem("entry_omitted", f"seq {named} of {count} entries")
    if first and max(first) >= count:
        yield Problem("entry_beyond_head", f"seq {max(first)}, where the head counts {count} entries")
    order = list(dict.fromkeys(each.seq for each in shown))
    if order != sorted(order):
        yield Problem("entries_reordered", f"in the order {', '.join(map(str, order[:_MOST_NAMED]))}")
    yield from _chain(first)


def _chain(first: dict[int, Place]) -> Iterator[Problem]:
    for seq in sorted(first):
        place, before = first[seq], first.get(seq - 1)
        if before is None:
            continue
        if not place.sealed and place.prev != before.leaf:
            yield Problem("prev_differs", f"{place.name} does not continue seq {seq - 1}")
        if place.index <= before.index:
            yield Problem("seq_out_of_order", f"{place.name} stands before seq {seq - 1} in the log")
