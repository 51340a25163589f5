"""One log as anybody may see it: entries, tiles, checkpoints and proofs up to the newest signed
checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.core.tile import width_at
from service.log import proofs
from service.log.errors import NotInLog
from service.log.notes import CheckpointNotes
from service.log.ports import CheckpointRecord, LogStore, NotedCheckpoint, StoredEntry
from service.log.tiles import TileCache


class StoredLogReader:
    """The `LogReader` over a `LogStore`. What is committed but not signed yet (for some milliseconds) is
    not shown.
    """

    def __init__(
        self, log_id: bytes, store: LogStore, notes: CheckpointNotes, *, cached_tiles: int = 1024
    ) -> None:
        self._log_id = log_id
        self._store = store
        self._notes = notes
        self._tiles = TileCache(lambda level, index: store.tile(log_id, level, index), capacity=cached_tiles)

    def size(self) -> int:
        """The size of the newest signed checkpoint."""
        latest = self._latest()
        return 0 if latest is None else latest.size

    def covers(self, size: int) -> bool:
        """Whether the log has signed this size, or a larger one."""
        return size <= self._notes.signed_size(at_least=size)

    def knows(self, size: int) -> bool:
        """Whether it is known already that the log has signed this size."""
        return size <= self._notes.seen_size

    def entry(self, index: int) -> StoredEntry | None:
        """The entry at this index."""
        return self._shown(self._store.entry(self._log_id, index))

    def entry_by_leaf(self, leaf: bytes) -> StoredEntry | None:
        """The entry with this leaf hash."""
        return self._shown(self._store.entry_by_leaf(self._log_id, leaf))

    def entry_by_event(self, event: str) -> StoredEntry | None:
        """The entry of this event id."""
        return self._shown(self._store.entry_by_event(self._log_id, event))

    def trade(self, trade: str, first_seq: int = 0, count: int = 100) -> Sequence[StoredEntry]:
        """At most `count` entries of the trade from `first_seq` on."""
        found = self._store.trade(self._log_id, trade, first_seq, count)
        return [entry for entry in found if self.covers(entry.index + 1)]

    def digests(self, events: Sequence[str]) -> Mapping[str, bytes]:
        """Statement digests of those of the events that are in the log."""
        return self._store.digests(self._log_id, events)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The `width` first hashes of a tile. NotInLog beyond the newest signed checkpoint."""
        if not 1 <= width <= 256 or not self._reaches(level, index, width):
            raise NotInLog(f"tile {index} of level {level} has no {width} hashes")
        return self._tiles.tile(level, index, width).hashes[: width * 32]

    def latest(self) -> NotedCheckpoint | None:
        """The newest signed checkpoint."""
        return self._noted(self._latest())

    def checkpoint(self, size: int) -> NotedCheckpoint | None:
        """The checkpoint of exactly this size."""
        known = self._notes.known(size)
        if known is not None:
            return NotedCheckpoint(*known)
        found = self._store.checkpoint_covering(self._log_id, size)
        return self._noted(found) if found is not None and found.size == size else None

    def promise(self, index: int) -> NotedCheckpoint | None:
        """The checkpoint promised when this entry was posted."""
        return self._noted(self._store.checkpoint_covering(self._log_id, index + 1))

    def checkpoints(self, after: int, count: int = 100) -> Sequence[CheckpointRecord]:
        """At most `count` signed checkpoints larger than `after`."""
        return [
            each for each in self._store.checkpoints(self._log_id, after, count) if self.covers(each.size)
        ]

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The inclusion proof of an index in the tree of `size` leaves. NotInLog beyond the newest signed
        checkpoint.
        """
        if not 0 <= index < size:
            raise NotInLog(f"index {index} is not below size {size}")
        self._check_range(index, size)
        return proofs.inclusion(self._tiles.view(), index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between two sizes."""
        self._check_range(old, new)
        return proofs.consistency(self._tiles.view(), old, new)

    def compact_range(self, begin: int, end: int) -> list[bytes]:
        """The roots of the perfect subtrees that cover [begin, end)."""
        self._check_range(begin, end)
        return proofs.compact_range(self._tiles.view(), begin, end)

    def _reaches(self, level: int, index: int, width: int) -> bool:
        """Whether the signed log has that many hashes in a tile; LastSigned is read when it seems not."""
        known = self._notes.signed_size()
        return width <= width_at(level, index, known) or width <= width_at(level, index, self.size())

    def _check_range(self, low: int, high: int) -> None:
        if not 0 <= low <= high or not self.covers(high):
            raise NotInLog(f"the log has no {high} signed entries, or {low} is not within them")

    def _shown(self, entry: StoredEntry | None) -> StoredEntry | None:
        return entry if entry is not None and self.covers(entry.index + 1) else None

    def _latest(self) -> CheckpointRecord | None:
        return self._store.latest_checkpoint(self._log_id, self._notes.signed_size(fresh=True))

    def _noted(self, record: CheckpointRecord | None) -> NotedCheckpoint | None:
        if record is None or not self.covers(record.size):
            return None
        return NotedCheckpoint(record, self._notes.note(record))
