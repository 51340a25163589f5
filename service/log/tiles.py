"""Tiles with the few inner hashes that make a proof cheap, and an LRU of them.

A proof needs a sibling at each of a tile's eight inner heights; from the 256 hashes alone that is 247
hashes a tile. With the 16 roots of its aligned runs of 16 kept beside them (512 bytes to 8,192) it is 22.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from threading import Lock

from service.core.merkle import HASH_SIZE, node_hash
from service.core.tile import TILE_HEIGHT, TILE_WIDTH
from service.log.errors import NotInLog
from service.log.ports import StoredTile

_MIDDLE_HEIGHT = 4
_RUN = 1 << _MIDDLE_HEIGHT


def stored_tile(level: int, index: int, hashes: bytes) -> StoredTile:
    """A tile ready to store; full ones get their `middle`."""
    return StoredTile(
        level, index, hashes, middle_of(hashes) if len(hashes) == TILE_WIDTH * HASH_SIZE else b""
    )


def middle_of(hashes: bytes) -> bytes:
    """The roots of the aligned runs of 16 hashes, concatenated."""
    row = [hashes[start : start + HASH_SIZE] for start in range(0, len(hashes), HASH_SIZE)]
    for _ in range(_MIDDLE_HEIGHT):
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
    return b"".join(row)


class TileNodes:
    """The perfect subtrees inside one tile. Their hashes never change, so they may be kept while the tile
    grows.
    """

    __slots__ = ("_keep", "_middle", "_nodes", "_runs", "hashes", "width")

    def __init__(self, tile: StoredTile, kept: TileNodes | None = None) -> None:
        self.hashes = tile.hashes
        self.width = tile.width
        self._middle = tile.middle
        self._nodes: dict[tuple[int, int], bytes] = kept._nodes if kept else {}
        self._runs: dict[int, tuple[list[bytes], ...]] = {}
        # A full tile of the lowest level is met once in a while, and of its runs only the last one again
        # (for the other path of the same receipt); the tiles above serve every proof.
        self._keep = tile.level > 0

    def hash(self, height: int, position: int) -> bytes:
        """The root of the subtree of 2^height hashes at position·2^height inside the tile."""
        if height == 0:
            return _cut(self.hashes, position)
        if self._middle and height <= _MIDDLE_HEIGHT:
            if height == _MIDDLE_HEIGHT:
                return _cut(self._middle, position)
            run, inside = divmod(position, _RUN >> height)
            return self._rows(run)[height - 1][inside]
        known = self._nodes.get((height, position))
        if known is None:
            known = node_hash(self.hash(height - 1, 2 * position), self.hash(height - 1, 2 * position + 1))
            self._nodes[height, position] = known
        return known

    def siblings(self, position: int) -> list[bytes]:
        """Of a full tile: the siblings on the way from one of its hashes to its root, the lowest first."""
        run, inside = divmod(position, _RUN)
        rows = self._rows(run)
        return [
            _cut(self.hashes, position ^ 1),
            rows[0][inside >> 1 ^ 1],
            rows[1][inside >> 2 ^ 1],
            rows[2][inside >> 3 ^ 1],
            *(self.hash(height, position >> height ^ 1) for height in range(_MIDDLE_HEIGHT, TILE_HEIGHT)),
        ]

    def _rows(self, run: int) -> tuple[list[bytes], ...]:
        """The nodes of heights 1 to 3 over an aligned run of 16 hashes."""
        rows = self._runs.get(run)
        if rows is None:
            start = run * _RUN * HASH_SIZE
            rows = run_rows(self.hashes[start : start + _RUN * HASH_SIZE])
            if not self._keep:
                self._runs.clear()
            self._runs[run] = rows
        return rows


def run_rows(run: bytes) -> tuple[list[bytes], ...]:
    """The rows between a run of 16 hashes and its root: 8, 4 and 2 nodes."""
    row = [run[start : start + HASH_SIZE] for start in range(0, len(run), HASH_SIZE)]
    rows = []
    while len(row) > 2:
        pairs = zip(row[::2], row[1::2], strict=True)
        row = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        rows.append(row)
    return tuple(rows)


def _cut(hashes: bytes, position: int) -> bytes:
    found = hashes[position * HASH_SIZE : (position + 1) * HASH_SIZE]
    if len(found) != HASH_SIZE:
        raise NotInLog("the tile does not reach that far")
    return found


class TileCache:
    """The most recently used tiles of one log. `load(level, index)` reads one from the store. Safe among
    threads.
    """

    def __init__(self, load: Callable[[int, int], StoredTile | None], *, capacity: int = 1024) -> None:
        self._load = load
        self._capacity = capacity
        self._tiles: OrderedDict[tuple[int, int], TileNodes] = OrderedDict()
        self._lock = Lock()

    def tile(self, level: int, index: int, width: int) -> TileNodes:
        """The tile with at least `width` hashes; NotInLog when it has fewer."""
        key = (level, index)
        with self._lock:
            known = self._tiles.get(key)
            if known is not None and known.width >= width:
                self._tiles.move_to_end(key)
                return known
        stored = self._load(level, index)
        if stored is None or stored.width < width:
            raise NotInLog(f"tile {index} of level {level} has no {width} hashes")
        nodes = TileNodes(stored, known)
        with self._lock:
            self._tiles[key] = nodes
            while len(self._tiles) > self._capacity:
                self._tiles.popitem(last=False)
        return nodes

    def view(self) -> TileView:
        """For one proof."""
        return TileView(self)


class TileView:
    """The nodes of a log's tree while one proof is put together: each tile is looked up once."""

    __slots__ = ("_cache", "_held")

    def __init__(self, cache: TileCache) -> None:
        self._cache = cache
        self._held: dict[tuple[int, int], TileNodes] = {}

    def hash(self, level: int, index: int) -> bytes:
        """The perfect subtree over the leaves [index·2^level, (index+1)·2^level)."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, position = divmod(index << height, TILE_WIDTH)
        nodes = self._tile(tile_level, tile_index, position + (1 << height))
        return nodes.hash(height, position >> height)

    def siblings(self, level: int, index: int) -> list[bytes]:
        """The siblings of the subtree at `level`, a multiple of 8, and of the seven above it, inside a full
        tile.
        """
        tile_index, position = divmod(index, TILE_WIDTH)
        return self._tile(level // TILE_HEIGHT, tile_index, TILE_WIDTH).siblings(position)

    def _tile(self, level: int, index: int, width: int) -> TileNodes:
        nodes = self._held.get((level, index))
        if nodes is None or nodes.width < width:
            nodes = self._held[level, index] = self._cache.tile(level, index, width)
        return nodes
