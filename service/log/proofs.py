"""Proofs from hashes of perfect subtrees, one lookup each (RFC 9162 §2.1.3, §2.1.4).

`core.tree` has the same from tiles alone; here the nodes come from a cache that costs O(log n). Pure but
for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from service.core.merkle import EMPTY_ROOT, node_hash
from service.core.tile import TILE_HEIGHT
from service.core.tree import compact_range_nodes


class Nodes(Protocol):
    """The perfect subtrees of one log (`tiles.TileView`)."""

    def hash(self, level: int, index: int) -> bytes:
        """The subtree over the leaves [index·2^level, (index+1)·2^level)."""

    def siblings(self, level: int, index: int) -> list[bytes]:
        """The siblings of the subtree at `level`, a multiple of 8, and of the seven above it, inside a full
        tile.
        """


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring perfect subtrees of falling height; of none, the empty tree's."""
    if not hashes:
        return EMPTY_ROOT
    *others, folded = hashes
    for left in reversed(others):
        folded = node_hash(left, folded)
    return folded


def compact_range(nodes: Nodes, begin: int, end: int) -> list[bytes]:
    """The perfect subtrees that cover [begin, end), left to right."""
    return [nodes.hash(level, index) for level, index in compact_range_nodes(begin, end)]


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The inclusion proof of an index below `size`, from the leaf's sibling upwards."""
    return _path(nodes, 0, index, size)


def consistency(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """The consistency proof of two sizes, old ≤ new; empty from size 0 and between equal sizes."""
    if old in (0, new):
        return []
    level = (old & -old).bit_length() - 1
    index = (old - 1) >> level
    return [*([nodes.hash(level, index)] if index else []), *_path(nodes, level, index, new)]


def _path(nodes: Nodes, level: int, index: int, size: int) -> list[bytes]:
    path: list[bytes] = []
    while 1 << level < size:
        sibling = index ^ 1
        if level % TILE_HEIGHT == 0 and (index >> TILE_HEIGHT) + 1 << level + TILE_HEIGHT <= size:
            path += nodes.siblings(level, index)
            level, index = level + TILE_HEIGHT, index >> TILE_HEIGHT
            continue
        if sibling + 1 << level <= size:
            path.append(nodes.hash(level, sibling))
        elif sibling << level < size:
            path.append(fold(compact_range(nodes, sibling << level, size)))
        level, index = level + 1, index >> 1
    return path
