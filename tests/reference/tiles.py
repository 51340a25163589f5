"""Tile readers for tests: one over leaves in memory, one over a tree too large to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from tests.reference import rfc9162


class MemoryTiles:
    """Tiles of a tree given by all its leaf hashes; every node is an RFC 9162 MTH. Counts its reads."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = leaves
        self.reads: list[tuple[int, int, int]] = []
        self._tiles: dict[tuple[int, int], bytes] = {}

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        self.reads.append((level, index, width))
        tile = self._tiles.get((level, index))
        if tile is None:
            span = 256**level
            starts = range(index * 256 * span, min((index + 1) * 256 * span, len(self.leaves)), span)
            whole = [start for start in starts if start + span <= len(self.leaves)]
            tile = b"".join(rfc9162.mth(self.leaves[start : start + span]) for start in whole)
            self._tiles[level, index] = tile
        assert 0 < width * 32 <= len(tile), f"a tile outside the tree: {(level, index, width)}"
        return tile[: width * 32]


class SparseTiles:
    """Tiles of a huge tree whose leaves are all alike but for some."""

    def __init__(self, size: int, marked: Mapping[int, bytes]) -> None:
        self.size = size
        self.marked = dict(marked)
        self.common = rfc9162.leaf_hash(b"common")

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        return self.marked.get(index, self.common)

    def mth(self, begin: int, end: int) -> bytes:
        """MTH of the leaves [begin, end)."""
        if not any(begin <= index < end for index in self.marked):
            return self._alike(end - begin)
        if end - begin == 1:
            return self.marked[begin]
        k = rfc9162.split(end - begin)
        return rfc9162.node_hash(self.mth(begin, begin + k), self.mth(begin + k, end))

    @cache  # noqa: B019  # lives as long as the test
    def _alike(self, size: int) -> bytes:
        if size == 1:
            return self.common
        k = rfc9162.split(size)
        return rfc9162.node_hash(self._alike(k), self._alike(size - k))

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        span = 256**level
        starts = [(index * 256 + at) * span for at in range(width)]
        assert starts
        assert starts[-1] + span <= self.size, f"a tile outside the tree: {(level, index, width)}"
        return b"".join(self.mth(start, start + span) for start in starts)
