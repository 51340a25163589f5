"""Tiles with the few inner hashes that make a proof cheap, and an LRU of them.

A proof needs a sibling at each of a tile's eight inner heights; from the 256 hashes alone that is 247
hashes a tile. With the 16 roots of its aligned runs of 16 kept beside them (512 bytes to 8,192) it is 22.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from service.core.merkle import HASH_SIZE, node_hash
from service.core.tile import TILE_HEIGHT, TILE_WIDTH
from service.log.errors import NotInLog
from service.log.ports import StoredTile

_MIDDLE_HEIGHT = 4


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

    __slots__ = ("_kept", "_tile")

    def __init__(self, tile: StoredTile, kept: TileNodes | None = None) -> None:
        self._tile = tile
        # A full tile of the lowest level is met once in a while and costs 22 hashes; others serve many
        # proofs.
        keep = tile.level > 0 or not tile.middle
        self._kept: dict[tuple[int, int], bytes] | None = (kept._kept if kept else {}) if keep else None

    @property
    def width(self) -> int:
        """How many hashes the tile holds."""
        return self._tile.width

    @property
    def hashes(self) -> bytes:
        """The tile's hashes, concatenated."""
        return self._tile.hashes

    def hash(self, height: int, position: int) -> bytes:
        """The root of the subtree of 2^height hashes at position·2^height inside the tile."""
        if height == 0:
            return _cut(self._tile.hashes, position)
        if height == _MIDDLE_HEIGHT and self._tile.middle:
            return _cut(self._tile.middle, position)
        known = None if self._kept is None else self._kept.get((height, position))
        if known is None:
            known = node_hash(self.hash(height - 1, 2 * position), self.hash(height - 1, 2 * position + 1))
            if self._kept is not None:
                self._kept[height, position] = known
        return known


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

    def hash(self, level: int, index: int) -> bytes:
        """The perfect subtree over the leaves [index·2^level, (index+1)·2^level)."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, position = divmod(index << height, TILE_WIDTH)
        nodes = self.tile(tile_level, tile_index, position + (1 << height))
        return nodes.hash(height, position >> height)
