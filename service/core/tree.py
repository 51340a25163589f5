"""Roots, proofs and compact ranges of an RFC 9162 tree kept as C2SP tiles.

Readers hand out tiles; `EdgeTiles` is the mutable right edge that a log appends to. A node is (level,
index): the perfect subtree over the leaves [index·2^level, (index+1)·2^level). Bad sizes, indexes and
tiles raise VerificationError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from service.core.errors import VerificationError
from service.core.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, node_hash
from service.core.tile import TILE_HEIGHT, TILE_WIDTH, width_at

_TILE_BYTES = TILE_WIDTH * HASH_SIZE


class TileReader(Protocol):
    """Where tiles come from. `width` is 1 to 256; the answer is exactly that many hashes, concatenated.

    A reader may cut them from a wider version of the tile: hashes once in a tile never change.
    """

    def read_tile(self, level: int, index: int, width: int) -> bytes: ...


def root(reader: TileReader, size: int) -> bytes:
    """The tree's root at `size` (RFC 9162 §2.1.1), from one tile a level."""
    return _fold(compact_range(reader, 0, size)) if size else EMPTY_ROOT


def inclusion_proof(reader: TileReader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162 §2.1.3.1, from the leaf's sibling upwards."""
    _check_range(0, size)
    if type(index) is not int or not 0 <= index < size:
        raise VerificationError(f"not an index in a tree of {size} leaves")
    return _path(_Nodes(reader, size), 0, index)


def consistency_proof(reader: TileReader, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 9162 §2.1.4.1; empty from size 0 and between equal sizes."""
    _check_range(old, new)
    if old in (0, new):
        return []
    nodes = _Nodes(reader, new)
    level = (old & -old).bit_length() - 1  # the last perfect subtree of the old tree
    index = (old - 1) >> level
    return [*([nodes.hash(level, index)] if index else []), *_path(nodes, level, index)]


def compact_range(reader: TileReader, begin: int, end: int) -> list[bytes]:
    """Hashes of the fewest perfect subtrees that cover the leaves [begin, end), left to right."""
    _check_range(begin, end)
    nodes = _Nodes(reader, end)
    return [nodes.hash(level, index) for level, index in compact_range_nodes(begin, end)]


def compact_range_nodes(begin: int, end: int) -> list[tuple[int, int]]:
    """(level, index) of the fewest perfect subtrees that cover the leaves [begin, end), left to right."""
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


class EdgeTiles:
    """The right edge of a log: the partial tiles, and what the next leaf's parents need.

    `tiles` are the partial tiles at `size` by level, exactly as wide as `size` says (a level whose last
    tile is full has none). Not safe for concurrent use; `copy` before a change that may have to be taken
    back.
    """

    __slots__ = ("_perfect", "_size", "_tiles")

    def __init__(self, size: int = 0, tiles: Mapping[int, bytes] | None = None) -> None:
        _check_range(0, size)
        self._size = size
        self._tiles = dict(tiles or {})
        self._perfect: dict[
            int, bytes
        ] = {}  # level → hash, the compact range [0, size): one for each bit of size
        for level in range(0, size.bit_length(), TILE_HEIGHT):
            self._load(level // TILE_HEIGHT, size >> level & TILE_WIDTH - 1)
        if len(self._tiles) != sum(1 for level in range(0, 64, 8) if size >> level & TILE_WIDTH - 1):
            raise VerificationError(f"edge tiles that a log of {size} entries does not have")

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    def append(self, leaf_hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """Add leaves; the tiles that changed, full or partial, by (level, index). About one hash a leaf.

        On VerificationError (a leaf hash is not 32 bytes, the log is full) nothing has changed.
        """
        _check_hashes(leaf_hashes, "a leaf hash")
        _check_range(0, self._size + len(leaf_hashes))
        changed: dict[tuple[int, int], bytes] = {}
        nodes, level = list(leaf_hashes), 0
        while nodes:
            position = self._size >> level
            if level % TILE_HEIGHT == 0:
                self._extend(level // TILE_HEIGHT, position // TILE_WIDTH, nodes, changed)
            if position & 1:
                nodes.insert(0, self._perfect.pop(level))
            if len(nodes) & 1:
                self._perfect[level] = nodes.pop()
            nodes, level = _parents(nodes), level + 1
        self._size += len(leaf_hashes)
        return changed

    def root(self) -> bytes:
        """The root at `size`."""
        return _fold(self.compact_range()) if self._size else EMPTY_ROOT

    def compact_range(self) -> list[bytes]:
        """The compact range [0, size), left to right: what a batch starting here needs on its left."""
        return [self._perfect[level] for level in sorted(self._perfect, reverse=True)]

    def tiles(self) -> dict[int, bytes]:
        """The partial tiles by level: with `size` all that another `EdgeTiles` needs to go on from here."""
        return dict(self._tiles)

    def copy(self) -> EdgeTiles:
        """An independent copy, without hashing."""
        twin = EdgeTiles()
        twin._size, twin._tiles, twin._perfect = self._size, dict(self._tiles), dict(self._perfect)
        return twin

    def _load(self, level: int, width: int) -> None:
        tile = self._tiles.get(level, b"")
        if type(tile) is not bytes or len(tile) != width * HASH_SIZE:
            raise VerificationError(f"the edge tile at level {level} is not {width} hashes")
        rows = _rows(tile)
        for height, row in enumerate(rows):
            if width >> height & 1:
                self._perfect[level * TILE_HEIGHT + height] = row[-1]

    def _extend(
        self, level: int, index: int, nodes: list[bytes], changed: dict[tuple[int, int], bytes]
    ) -> None:
        edge = self._tiles.pop(level, b"") + b"".join(nodes)
        for offset, start in enumerate(range(0, len(edge), _TILE_BYTES)):
            tile = edge[start : start + _TILE_BYTES]
            changed[level, index + offset] = tile
            if len(tile) < _TILE_BYTES:
                self._tiles[level] = tile


def batch_inclusion_proofs(
    first: int, leaf_hashes: Sequence[bytes], size: int, left: Sequence[bytes], right: Sequence[bytes]
) -> list[list[bytes]]:
    """Inclusion proofs at `size` of the consecutive leaves from index `first`, without any tile.

    `left` is the compact range [0, first), `right` the compact range [first+n, size). The proofs are
    worth what the ranges are: compare `batch_root` of the same arguments with a root you trust.
    VerificationError when the counts do not fit.
    """
    rows = _batch_rows(first, leaf_hashes, size, left, right)
    paths: list[list[bytes]] = [[]]
    start = 0
    for child_start, row in reversed(rows[:-1]):
        paths = [
            [row[child ^ 1], *paths[(child_start + child >> 1) - start]]
            if child ^ 1 < len(row)
            else paths[(child_start + child >> 1) - start]
            for child in range(len(row))
        ]
        start = child_start
    return paths[first - start : first - start + len(leaf_hashes)]


def batch_root(
    first: int, leaf_hashes: Sequence[bytes], size: int, left: Sequence[bytes], right: Sequence[bytes]
) -> bytes:
    """The root at `size` that the leaves from `first` and the compact ranges on both sides of them give."""
    return _batch_rows(first, leaf_hashes, size, left, right)[-1][1][0]


def _batch_rows(
    first: int, leaf_hashes: Sequence[bytes], size: int, left: Sequence[bytes], right: Sequence[bytes]
) -> list[tuple[int, list[bytes]]]:
    """Level by level up to the root: (index of the first node, nodes) that the batch's paths touch."""
    _check_batch(first, leaf_hashes, size, left, right)
    lefts, rights = list(left), list(right)[::-1]
    start, end, level, nodes = first, first + len(leaf_hashes), 0, list(leaf_hashes)
    edge_reached = False
    rows = []
    while True:
        if start & 1:
            start -= 1
            nodes.insert(0, lefts.pop())
        if not edge_reached and size - (end << level) < 1 << level:
            # The rest is less than a perfect subtree of this level: it joins as the last, ragged node.
            edge_reached = True
            if rights:
                nodes.append(_fold(rights[::-1]))
        elif not edge_reached and end & 1:
            end += 1
            nodes.append(rights.pop())
        rows.append((start, nodes))
        if edge_reached and start == 0 and len(nodes) == 1:
            return rows
        nodes = _parents(nodes)
        start, end, level = start >> 1, end >> 1, level + 1


def _check_batch(
    first: int, leaf_hashes: Sequence[bytes], size: int, left: Sequence[bytes], right: Sequence[bytes]
) -> None:
    _check_hashes(leaf_hashes, "a leaf hash")
    _check_hashes(left, "a hash of the left range")
    _check_hashes(right, "a hash of the right range")
    _check_range(0, first)
    _check_range(first + len(leaf_hashes), size)
    if not leaf_hashes:
        raise VerificationError("a batch has at least one leaf")
    if len(left) != first.bit_count():
        raise VerificationError(
            f"the compact range [0, {first}) has {first.bit_count()} hashes, not {len(left)}"
        )
    covering = len(compact_range_nodes(first + len(leaf_hashes), size))
    if len(right) != covering:
        raise VerificationError(
            f"the compact range right of the batch has {covering} hashes, not {len(right)}"
        )


class _Nodes:
    """Node hashes of the tree of `size` leaves, each tile read once."""

    __slots__ = ("_reader", "_rows", "size")

    def __init__(self, reader: TileReader, size: int) -> None:
        self.size = size
        self._reader = reader
        self._rows: dict[tuple[int, int], tuple[list[bytes], ...]] = {}

    def hash(self, level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index = (index << height) // TILE_WIDTH
        rows = self._rows.get((tile_level, tile_index))
        if rows is None:
            width = width_at(tile_level, tile_index, self.size)
            tile = self._reader.read_tile(tile_level, tile_index, width)
            if type(tile) is not bytes or len(tile) != width * HASH_SIZE:
                raise VerificationError(
                    f"the tile at level {tile_level}, index {tile_index} is not {width} hashes"
                )
            rows = self._rows[tile_level, tile_index] = _rows(tile)
        return rows[height][index - (tile_index * TILE_WIDTH >> height)]


def _path(nodes: _Nodes, level: int, index: int) -> list[bytes]:
    """Siblings on the way from a perfect subtree to the root of the tree."""
    path = []
    while 1 << level < nodes.size:
        sibling = index ^ 1
        if (sibling + 1) << level <= nodes.size:
            path.append(nodes.hash(level, sibling))
        elif sibling << level < nodes.size:  # the ragged right edge of the tree
            ragged = compact_range_nodes(sibling << level, nodes.size)
            path.append(_fold([nodes.hash(*node) for node in ragged]))
        level, index = level + 1, index >> 1
    return path


@lru_cache(maxsize=256)  # 40 KiB each; the tiles of the upper levels are wanted for nearly every proof
def _rows(tile: bytes) -> tuple[list[bytes], ...]:
    """All nodes inside a tile, rows from its own hashes upwards."""
    row = [tile[start : start + HASH_SIZE] for start in range(0, len(tile), HASH_SIZE)]
    rows = [row]
    while len(row) > 1:
        row = _parents(row[: len(row) & ~1])
        rows.append(row)
    return tuple(rows)


def _parents(nodes: Sequence[bytes]) -> list[bytes]:
    """Hash pairs; an odd last node moves up unchanged, as at the right edge of RFC 9162's tree."""
    pairs = zip(nodes[::2], nodes[1::2], strict=False)
    parents = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    if len(nodes) & 1:
        parents.append(nodes[-1])
    return parents


def _fold(hashes: Iterable[bytes]) -> bytes:
    """One hash over neighbouring perfect subtrees of falling height."""
    *others, folded = hashes
    for left in reversed(others):
        folded = node_hash(left, folded)
    return folded


def _check_range(begin: int, end: int) -> None:
    if type(begin) is not int or type(end) is not int or not 0 <= begin <= end <= MAX_SIZE:
        raise VerificationError("sizes are integers, in order, from 0 to 2^53-1")


def _check_hashes(hashes: Sequence[bytes], what: str) -> None:
    if not isinstance(hashes, (list, tuple)):
        raise VerificationError("hashes come as a list")
    for value in hashes:
        if type(value) is not bytes or len(value) != HASH_SIZE:
            raise VerificationError(f"{what} is not {HASH_SIZE} bytes")
