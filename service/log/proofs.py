"""Proofs from hashes of perfect subtrees, one lookup each (RFC 9162 §2.1.3, §2.1.4).

`core.tree` has the same from tiles alone; here `hash(level, index)` comes from a cache that costs O(log n).
Pure but for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.core.merkle import EMPTY_ROOT, node_hash
from service.core.tree import compact_range_nodes

NodeHash = Callable[[int, int], bytes]


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring perfect subtrees of falling height; of none, the empty tree's."""
    if not hashes:
        return EMPTY_ROOT
    *others, folded = hashes
    for left in reversed(others):
        folded = node_hash(left, folded)
    return folded


def compact_range(node: NodeHash, begin: int, end: int) -> list[bytes]:
    """The perfect subtrees that cover [begin, end), left to right."""
    return [node(level, index) for level, index in compact_range_nodes(begin, end)]


def inclusion(node: NodeHash, index: int, size: int) -> list[bytes]:
    """The inclusion proof of an index below `size`, from the leaf's sibling upwards."""
    return _path(node, 0, index, size)


def consistency(node: NodeHash, old: int, new: int) -> list[bytes]:
    """The consistency proof of two sizes, old ≤ new; empty from size 0 and between equal sizes."""
    if old in (0, new):
        return []
    level = (old & -old).bit_length() - 1
    index = (old - 1) >> level
    return [*([node(level, index)] if index else []), *_path(node, level, index, new)]


def _path(node: NodeHash, level: int, index: int, size: int) -> list[bytes]:
    path = []
    while 1 << level < size:
        sibling = index ^ 1
        if sibling + 1 << level <= size:
            path.append(node(level, sibling))
        elif sibling << level < size:
            path.append(fold(compact_range(node, sibling << level, size)))
        level, index = level + 1, index >> 1
    return path
