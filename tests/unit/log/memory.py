"""Fakes at the log's ports: tables and LastSigned in memory, with a fault at any write.

A fault at a write either keeps it from becoming durable ("lost") or lets it become durable and reports
failure all the same ("kept"). What is durable lives in `Disk`, which survives the "process" that used it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Literal

from service.core import disclosure
from service.core.merkle import EMPTY_ROOT
from service.log.errors import CommitUnknown, LogError, LogHalted, StoreFailed, StoreUnavailable, UnknownLog
from service.log.ports import (
    AnchorRecord,
    CheckpointRecord,
    EntryFrame,
    Head,
    LogRecord,
    LogState,
    StoredEntry,
    StoredTile,
    TradeTail,
)

Mode = Literal["lost", "kept"]
WRITES = ("append", "commit", "last_signed")


class Killed(BaseException):
    """The process died here: nothing of it runs on."""


@dataclass
class Faults:
    """One fault to come: at which write, and whether that write is durable nevertheless."""

    at: str | None = None
    mode: Mode = "lost"
    error: type[BaseException] | None = None
    trace: list[str] = field(default_factory=list)

    def arm(self, at: str, mode: Mode, error: type[BaseException] | None = None) -> None:
        self.at, self.mode, self.error = at, mode, error

    def due(self, at: str) -> Mode | None:
        if self.at != at:
            return None
        self.at = None
        return self.mode

    def raise_(self, usual: BaseException) -> None:
        raise self.error("injected") if self.error else usual


@dataclass
class Tables:
    """One log's rows."""

    log: LogRecord
    head: Head = field(default_factory=lambda: Head(0, EMPTY_ROOT, 0, 0))
    entries: list[StoredEntry] = field(default_factory=list)
    tiles: dict[tuple[int, int], StoredTile] = field(default_factory=dict)
    edges: dict[int, StoredTile] = field(default_factory=dict)
    checkpoints: dict[int, CheckpointRecord] = field(default_factory=dict)


@dataclass
class Disk:
    """What is durable: the database's tables, and LastSigned outside of it."""

    tables: dict[bytes, Tables] = field(default_factory=dict)
    signed: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def backup(self) -> dict[bytes, Tables]:
        return copy.deepcopy(self.tables)

    def restore(self, tables: dict[bytes, Tables]) -> None:
        self.tables = copy.deepcopy(tables)


class MemoryAppending:
    """The transaction: works on a copy, which COMMIT makes durable."""

    def __init__(self, disk: Disk, log_id: bytes, faults: Faults) -> None:
        self._disk = disk
        self._log_id = log_id
        self._faults = faults
        self._tables = copy.copy(disk.tables[log_id])
        self._tables.entries = list(self._tables.entries)
        for name in ("tiles", "edges", "checkpoints"):
            setattr(self._tables, name, dict(getattr(self._tables, name)))
        self.log = self._tables.log
        self.head = self._tables.head

    def edge(self) -> Sequence[StoredTile]:
        return list(self._tables.edges.values())

    def tile(self, level: int, index: int) -> StoredTile | None:
        return _tile(self._tables, level, index)

    def checkpoint(self, size: int) -> CheckpointRecord | None:
        return self._tables.checkpoints.get(size)

    def existing(self, events: Sequence[str]) -> Mapping[str, StoredEntry]:
        return {each.event: each for each in self._tables.entries if each.event in set(events)}

    def tails(self, trades: Sequence[str]) -> Mapping[str, TradeTail]:
        return {
            each.trade: TradeTail(each.seq, each.leaf)
            for each in self._tables.entries
            if each.trade in set(trades)
        }

    def append(
        self,
        entries: Sequence[StoredEntry],
        tiles: Sequence[StoredTile],
        head: Head,
        checkpoint: CheckpointRecord,
    ) -> None:
        self._faults.trace.append("append")
        if self._faults.due("append"):
            self._faults.raise_(StoreUnavailable("injected", 1.0))
        tables = self._tables
        tables.entries.extend(entries)
        tables.head = head
        tables.checkpoints[checkpoint.size] = checkpoint
        full = {tile.level for tile in tiles if tile.width == 256}
        partial = {tile.level: tile for tile in tiles if tile.width < 256}
        tables.tiles.update({(tile.level, tile.index): tile for tile in tiles if tile.width == 256})
        for level in full:
            tables.edges.pop(level, None)
        tables.edges.update(partial)

    def confirm(self) -> None:
        self._faults.trace.append("confirm")
        if self._faults.due("confirm"):
            self._faults.raise_(CommitUnknown("injected"))

    def commit(self) -> None:
        self._faults.trace.append("commit")
        fault = self._faults.due("commit")
        if fault != "lost":
            self._disk.tables[self._log_id] = self._tables
        if fault:
            self._faults.raise_(CommitUnknown("injected"))


class MemoryStore:
    """The `LogStore` over a `Disk`."""

    def __init__(self, disk: Disk, faults: Faults | None = None) -> None:
        self.disk = disk
        self.faults = faults or Faults()
        self.settled = 0

    def create(self, log: LogRecord) -> None:
        if log.log_id in self.disk.tables:
            raise LogError("taken")
        self.disk.tables[log.log_id] = Tables(log)

    def log(self, log_id: bytes) -> LogRecord:
        return self._of(log_id).log

    def logs(self) -> Sequence[LogRecord]:
        return [tables.log for tables in self.disk.tables.values()]

    def set_state(
        self, log_id: bytes, state: LogState, reason: str | None, successor: bytes | None = None
    ) -> None:
        tables = self._of(log_id)
        tables.log = replace(tables.log, state=state, reason=reason, successor=successor)

    @contextmanager
    def appending(self, log_id: bytes) -> Iterator[MemoryAppending]:
        with self.disk.lock:
            self._of(log_id)
            yield MemoryAppending(self.disk, log_id, self.faults)

    def settle(self) -> None:
        self.settled += 1

    def erase(self, log_id: bytes, index: int, claims: frozenset[str], at: int) -> bool:
        entries = self._of(log_id).entries
        stored = next((each for each in entries if each.index == index), None)
        if stored is None or stored.disclosures is None:
            return False
        kept = tuple(each for each in stored.disclosures if disclosure.parse(each).name not in claims)
        if kept == stored.disclosures:
            return False
        self.faults.trace.append("erase")
        fault = self.faults.due("erase")
        if fault != "lost":
            entries[entries.index(stored)] = replace(stored, disclosures=kept or None, erased_at=at)
        if fault:
            self.faults.raise_(StoreUnavailable("injected", 1.0))
        return True

    def scrub(self, *, thorough: bool = False) -> bool:
        self.faults.trace.append("scrub")
        if self.faults.due("scrub"):
            self.faults.raise_(StoreFailed("injected"))
        return True

    def head(self, log_id: bytes) -> Head:
        return self._of(log_id).head

    def entry(self, log_id: bytes, index: int) -> StoredEntry | None:
        return next((each for each in self._of(log_id).entries if each.index == index), None)

    def entry_by_leaf(self, log_id: bytes, leaf: bytes) -> StoredEntry | None:
        return next((each for each in self._of(log_id).entries if each.leaf == leaf), None)

    def entry_by_event(self, log_id: bytes, event: str) -> StoredEntry | None:
        return next((each for each in self._of(log_id).entries if each.event == event), None)

    def entries(self, log_id: bytes, first: int, count: int) -> Sequence[StoredEntry]:
        return [each for each in self._of(log_id).entries if each.index >= first][:count]

    def frames(self, log_id: bytes, first: int, count: int) -> Sequence[EntryFrame]:
        return [
            EntryFrame(each.index, each.leaf, each.trade, each.seq, each.received, each.entry)
            for each in self.entries(log_id, first, count)
        ]

    def trade(self, log_id: bytes, trade: str, first_seq: int, count: int) -> Sequence[StoredEntry]:
        found = [each for each in self._of(log_id).entries if each.trade == trade and each.seq >= first_seq]
        return sorted(found, key=lambda each: each.seq)[:count]

    def digests(self, log_id: bytes, events: Sequence[str]) -> Mapping[str, bytes]:
        return {each.event: each.digest for each in self._of(log_id).entries if each.event in set(events)}

    def tile(self, log_id: bytes, level: int, index: int) -> StoredTile | None:
        return _tile(self._of(log_id), level, index)

    def edge(self, log_id: bytes) -> Sequence[StoredTile]:
        return list(self._of(log_id).edges.values())

    def checkpoint_covering(self, log_id: bytes, size: int) -> CheckpointRecord | None:
        sizes = [each for each in self._of(log_id).checkpoints if each >= size]
        return self._of(log_id).checkpoints[min(sizes)] if sizes else None

    def latest_checkpoint(self, log_id: bytes, at_most: int) -> CheckpointRecord | None:
        sizes = [each for each in self._of(log_id).checkpoints if each <= at_most]
        return self._of(log_id).checkpoints[max(sizes)] if sizes else None

    def checkpoints(self, log_id: bytes, after: int, count: int) -> Sequence[CheckpointRecord]:
        records = self._of(log_id).checkpoints
        return [records[size] for size in sorted(records) if size > after][:count]

    def _of(self, log_id: bytes) -> Tables:
        try:
            return self.disk.tables[log_id]
        except KeyError:
            raise UnknownLog("no such log") from None


class MemoryLastSigned:
    """LastSigned on a `Disk`."""

    def __init__(self, disk: Disk, faults: Faults | None = None) -> None:
        self._disk = disk
        self._faults = faults or Faults()

    def read(self, log_id: bytes) -> tuple[int, bytes] | None:
        return self._disk.signed.get(log_id)

    def advance(self, log_id: bytes, size: int, root: bytes) -> None:
        self._faults.trace.append("last_signed")
        fault = self._faults.due("last_signed")
        if fault != "lost":
            last = self._disk.signed.get(log_id)
            if last is not None and last[0] == size and last[1] != root:
                raise LogHalted("another root was signed")
            if last is None or last[0] < size:
                self._disk.signed[log_id] = (size, root)
        if fault:
            self._faults.raise_(StoreFailed("injected"))


class NoAnchors:
    """A chain without anchors, or with the one given."""

    def __init__(self, record: AnchorRecord | None = None) -> None:
        self.record = record

    def earliest_covering(self, log_id: bytes, index: int) -> AnchorRecord | None:
        return self.record if self.record is not None and self.record.size > index else None


def _tile(tables: Tables, level: int, index: int) -> StoredTile | None:
    full = tables.tiles.get((level, index))
    if full is not None:
        return full
    edge = tables.edges.get(level)
    return edge if edge is not None and edge.index == index else None
