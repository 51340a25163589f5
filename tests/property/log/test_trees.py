"""Ranges and proofs of the log room against the RFC's own definitions."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from service.core.tree import EdgeTiles
from service.log import proofs
from service.log.group_tree import GroupTree
from service.log.ports import StoredTile
from service.log.tiles import TileCache, middle_of, stored_tile
from tests.reference import rfc9162

LEAVES = [sha256(b"leaf %d" % number).digest() for number in range(1200)]
STORED: dict[tuple[int, int], StoredTile] = {
    key: stored_tile(*key, hashes) for key, hashes in EdgeTiles().append(LEAVES).items()
}
SIZES = st.one_of(st.integers(1, 40), st.integers(250, 262), st.integers(500, 520), st.integers(1, 1200))


@given(first=SIZES.map(lambda size: size - 1), count=st.integers(1, 40), data=st.data())
def test_ranges_of_a_group_are_the_trees(first: int, count: int, data: st.DataObject) -> None:
    size = first + count
    leaves = (LEAVES + LEAVES)[:size]
    tree = GroupTree(first, rfc9162.compact_range(0, leaves[:first]), leaves[first:])
    begin = data.draw(st.integers(first, size))
    end = data.draw(st.integers(begin, size))
    assert tree.range(begin, end) == rfc9162.compact_range(begin, leaves[begin:end])
    assert tree.range(0, end) == rfc9162.compact_range(0, leaves[:end])
    assert proofs.fold(tree.range(0, end)) == rfc9162.mth(leaves[:end])


@given(size=SIZES, data=st.data(), capacity=st.integers(1, 3))
def test_proofs_from_stored_tiles_are_the_rfcs(size: int, data: st.DataObject, capacity: int) -> None:
    cache = TileCache(lambda level, index: STORED.get((level, index)), capacity=capacity)
    index = data.draw(st.integers(0, size - 1))
    assert proofs.inclusion(cache.view(), index, size) == rfc9162.path(index, LEAVES[:size])
    assert proofs.consistency(cache.view(), index, size) == rfc9162.proof(index, LEAVES[:size])
    assert proofs.compact_range(cache.view(), index, size) == rfc9162.compact_range(index, LEAVES[index:size])


@given(growth=st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_a_tile_kept_in_the_cache_grows_with_the_log(growth: list[int]) -> None:
    """Hashes computed while a tile was partial are still right when it has grown."""
    stored: dict[tuple[int, int], StoredTile] = {}
    cache = TileCache(lambda level, index: stored.get((level, index)))
    edge, size = EdgeTiles(), 0
    for count in growth:
        changed = edge.append(LEAVES[size : size + count])
        stored |= {key: stored_tile(*key, hashes) for key, hashes in changed.items()}
        size = min(size + count, len(LEAVES))
        assert proofs.fold(proofs.compact_range(cache.view(), 0, size)) == rfc9162.mth(LEAVES[:size])
        assert proofs.inclusion(cache.view(), 0, size) == rfc9162.path(0, LEAVES[:size])


@given(start=st.integers(0, 900))
def test_the_middle_of_a_tile_are_the_roots_of_its_runs_of_16(start: int) -> None:
    hashes = LEAVES[start : start + 256]
    runs = [rfc9162.mth(hashes[run : run + 16]) for run in range(0, 256, 16)]
    assert middle_of(b"".join(hashes)) == b"".join(runs)
