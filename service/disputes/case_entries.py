"""From stored entries to what a case is replayed from: an entry with the claims that are still there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from service.core import disclosure
from service.core.entry import parse as parse_entry
from service.core.times import parse_time
from service.log.ports import LogReader, StoredEntry
from service.profiles.giftcard.findings.model import Promise, Shown

STEP_TYPES: Final = frozenset({"dispute_opened", "dispute_answer", "dispute_evidence", "dispute_award"})
PAYMENT_TYPES: Final = frozenset({"payout", "refund"})

_PAGE = 500
# Nothing in a case turns on checkpoints, and reading one an entry would cost more than all the rest.
_NO_PROMISE = Promise(0, b"", 0, 0, via=False)


class ReadableLog(Protocol):
    """Any log that can be read."""

    @property
    def reader(self) -> LogReader: ...


def trade_entries(log: ReadableLog, trade: str) -> list[StoredEntry]:
    """All entries of a trade, by seq."""
    entries: list[StoredEntry] = []
    while True:
        page = log.reader.trade(trade, len(entries), _PAGE)
        entries += page
        if len(page) < _PAGE:
            return entries


def case_entries(entries: Sequence[StoredEntry]) -> list[Shown]:
    """The entries that make up the cases of a trade, with their claims; promise and anchor are left blank."""
    return [shown_entry(each) for each in entries if each.type in STEP_TYPES or each.type in PAYMENT_TYPES]


def shown_entry(stored: StoredEntry) -> Shown:
    """One entry with every claim that was not erased."""
    entry = parse_entry(stored.entry)
    opened = [disclosure.parse(each) for each in stored.disclosures or ()]
    return Shown(
        index=stored.index,
        leaf=stored.leaf,
        digest=stored.digest,
        seq=stored.seq,
        prev=entry.prev,
        event=stored.event,
        trade=stored.trade,
        type=stored.type,
        occurred=parse_time(entry.statement.occurred),
        received=stored.received,
        claims={each.name: each.value for each in opened},
        withheld=max(0, len(entry.statement.digests) - len(opened) - 1),
        promise=_NO_PROMISE,
    )
