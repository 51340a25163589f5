"""The part of the tree that one group of new leaves touches: compact ranges for each of its submissions,
without tiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.core.merkle import node_hash
from service.core.tree import compact_range_nodes


class GroupTree:
    """The perfect subtrees over [0, first) as given by `left` (a compact range), and all of those the new
    leaves complete.

    Costs about one hash a leaf; `range` is then only looked up. Pure.
    """

    def __init__(self, first: int, left: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        self.first = first
        self.size = first + len(leaves)
        self._left: Mapping[tuple[int, int], bytes] = dict(
            zip(compact_range_nodes(0, first), left, strict=True)
        )
        self._rows: list[tuple[int, list[bytes]]] = []
        start, row = first, list(leaves)
        while row:
            level = len(self._rows)
            if start & 1:
                start -= 1
                row.insert(0, self._left[level, start])
            self._rows.append((start, row))
            row = [node_hash(a, b) for a, b in zip(row[::2], row[1::2], strict=False)]
            start >>= 1

    def range(self, begin: int, end: int) -> list[bytes]:
        """The compact range [begin, end) where begin is 0 or not before `first`, and end not before
        `first`.
        """
        return [self._node(level, index) for level, index in compact_range_nodes(begin, end)]

    def _node(self, level: int, index: int) -> bytes:
        known = self._left.get((level, index))
        if known is not None:
            return known
        start, row = self._rows[level]
        return row[index - start]
