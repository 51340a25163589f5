"""A log's promises and anchors for many of its entries, each read once.

The anchor of smallest size above an index also covers every later index below that size, and is their
smallest too; the same holds for the checkpoints promised at the POST. A trade's entries, visited in order
of index, therefore need one read a checkpoint instead of one an entry.
"""

from __future__ import annotations

from service.disputes.ports import CaseLog
from service.log.ports import AnchorRecord, NotedCheckpoint

_NONE_BEYOND = 1 << 62


class ProofsOnce:
    """The `ProofReader` and `AnchorReader` of one answer. For one thread, and thrown away after it."""

    __slots__ = ("_anchored", "_anchors", "_log", "_promised", "_promises", "_sized")

    def __init__(self, log: CaseLog) -> None:
        self._log = log
        self._promises: NotedCheckpoint | None = None
        self._promised = range(0)
        self._anchors: AnchorRecord | None = None
        self._anchored = range(0)
        self._sized: dict[int, NotedCheckpoint | None] = {}

    def promise(self, index: int) -> NotedCheckpoint | None:
        """The checkpoint promised when this entry was posted."""
        if index not in self._promised:
            self._promises = found = self._log.reader.promise(index)
            self._promised = range(index, index if found is None else found.record.size)
        return self._promises

    def checkpoint(self, size: int) -> NotedCheckpoint | None:
        """The checkpoint of exactly this size."""
        if size not in self._sized:
            self._sized[size] = self._log.reader.checkpoint(size)
        return self._sized[size]

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The inclusion proof of an index in the tree of `size` leaves."""
        return self._log.reader.inclusion(index, size)

    def earliest_covering(self, log_id: bytes, index: int) -> AnchorRecord | None:
        """The anchor of smallest size greater than `index`, or None while there is none."""
        if index not in self._anchored:
            self._anchors = found = self._log.anchors.earliest_covering(log_id, index)
            self._anchored = range(index, _NONE_BEYOND if found is None else found.size)
        return self._anchors
