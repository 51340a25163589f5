"""One log in memory with trades in it, as cases see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.disputes.ports import CaseLog
from service.log.ports import AnchorRecord, StoredEntry
from service.log.prepare import prepare
from service.log.reader import StoredLogReader
from tests.unit.log.memory import Disk, MemoryLastSigned, MemoryStore
from tests.unit.log.whole_log import IDENTITY, RECORD, Process, seeded

OCCURRED = "2026-11-22T11:59:58.000Z"


class Anchored:
    """Anchors of given sizes, on chain without a final state proof; counts its reads."""

    def __init__(self, *records: AnchorRecord) -> None:
        self.records = sorted(records, key=lambda each: each.size)
        self.reads = 0

    def earliest_covering(self, log_id: bytes, index: int) -> AnchorRecord | None:
        self.reads += 1
        return next((each for each in self.records if each.size > index), None)


class CountingReader(StoredLogReader):
    """Counts how often promises are read."""

    promises = 0

    def promise(self, index: int) -> Any:
        self.promises += 1
        return super().promise(index)


class Cards:
    """The lookup index over a store in memory."""

    def __init__(self, store: MemoryStore, trades: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self.store, self.trades = store, trades

    def trades_of_card(self, log_id: bytes, scope: str, value: str, limit: int) -> Sequence[str]:
        return list(self.trades.get((scope, value), ()))[:limit]

    def entries_of_type(self, log_id: bytes, event_type: str, limit: int) -> Sequence[StoredEntry]:
        found = [each for each in self.store.entries(IDENTITY.log_id, 0, 10_000) if each.type == event_type]
        return found[::-1][:limit]


class Book:
    """A log in memory that events are posted to."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.store = MemoryStore(self.disk)
        self.store.create(RECORD)
        self.process = Process(self.store, MemoryLastSigned(self.disk)).start()
        self.random = seeded()
        self.anchors = Anchored()

    def restart(self) -> None:
        """The process dies and another begins on what is durable."""
        self.process.sequencer.stop()
        self.process = Process(self.store, MemoryLastSigned(self.disk), self.process.clock).start()

    def post(self, *events: tuple[str, str, str, Mapping[str, Any]]) -> None:
        """Post (event, trade, type, claims) in one call."""
        made = []
        for name, trade, kind, claims in events:
            event = {
                "event": name,
                "trade": trade,
                "type": kind,
                "occurred": OCCURRED,
                "claims": dict(claims),
            }
            made.append(prepare(IDENTITY, event, lambda _: None, self.random))
        self.process.post(*made)

    def erase(self, event: str, *, keep: int = 0) -> None:
        """Forget an entry's disclosures but for the first `keep`; none kept is recorded as None."""
        entries = self.disk.tables[IDENTITY.log_id].entries
        for n, each in enumerate(entries):
            if each.event == event:
                left = (each.disclosures or ())[:keep]
                entries[n] = replace(each, disclosures=left or None, erased_at=1)

    def anchor(self, size: int) -> None:
        """Anchor the checkpoint of this size."""
        record = self.store.checkpoint_covering(IDENTITY.log_id, size)
        assert record is not None
        self.anchors.records.append(
            AnchorRecord(31337, IDENTITY.registry, record.size, record.root, None, tx="0x01", block=7)
        )

    def log(self) -> CaseLog:
        reader = CountingReader(IDENTITY.log_id, self.store, self.process.notes)
        return CaseLog("kaka", "kaka", "live", IDENTITY, reader, self.anchors, self.process.sequencer)
