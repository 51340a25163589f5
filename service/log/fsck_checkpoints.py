"""Checking every checkpoint of a log: its root, its clocks, and that each entry's promise is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.log import proofs
from service.log.group_tree import GroupTree
from service.log.ports import CheckpointRecord, EntryFrame, Head, LogRecord, LogStore
from service.log.violations import Violation

_CHUNK = 1024
_CLOCKS_MAY_DIFFER = 120
"""Seconds between an entry's `received` and its checkpoint's `signed_at` (verification step 6)."""


class Checkpoints:
    """All checkpoints, ascending, beside the entries they promise."""

    def __init__(self, store: LogStore, log: LogRecord) -> None:
        self._log = log
        self._records = self._read(store)
        self._next = next(self._records, None)
        self._last: CheckpointRecord | None = None
        self.count = 0

    def _read(self, store: LogStore) -> Iterator[CheckpointRecord]:
        after = 0
        while found := store.checkpoints(self._log.log_id, after, _CHUNK):
            yield from found
            after = found[-1].size

    def check(self, tree: GroupTree, entries: Sequence[EntryFrame]) -> Iterator[Violation]:
        """Those with a size in (first, size] of the next part of the tree, which `entries` are the leaves
        of.
        """
        while self._next is not None and self._next.size <= tree.size:
            record = self._next
            self.count += 1
            where = f"the checkpoint at size {record.size}"
            if record.root != proofs.fold(tree.range(0, record.size)):
                yield Violation("root_differs", None, f"{where} has another root than the tree")
            if self._last is not None and record.signed_at < self._last.signed_at:
                yield Violation("signed_at_decreases", None, f"{where} was signed before the one before it")
            if not record.signed_at <= record.anchor_by <= record.signed_at + self._log.max_delay:
                yield Violation("anchor_by", None, f"{where} promises {record.anchor_by}, out of bounds")
            received = entries[record.size - 1 - tree.first].received
            if abs(record.signed_at - received // 1000) > _CLOCKS_MAY_DIFFER:
                detail = f"{where} was not signed within {_CLOCKS_MAY_DIFFER} s of its last entry"
                yield Violation("signed_at", record.size - 1, detail)
            self._last, self._next = record, next(self._records, None)

    def check_end(self, head: Head, root: bytes) -> Iterator[Violation]:
        """The head against the tree's root at its size, and against its own checkpoint."""
        if head.root != root:
            yield Violation(
                "root_differs", None, f"the head has another root at size {head.size} than the tree"
            )
        if head.size and (self._last is None or self._last.size != head.size):
            yield Violation("checkpoint_missing", head.size - 1, "no checkpoint promises the newest entries")
        if self._last is not None and head.signed_at != self._last.signed_at:
            yield Violation("row_differs", None, "the head's signed_at is not its checkpoint's")
