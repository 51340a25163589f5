"""Trees from tiles against the RFC 9162 transcription, and the edge of a log against both."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.core import merkle, tree
from service.core.tile import parse_path, path, width_at
from tests.reference import rfc9162
from tests.reference.tiles import MemoryTiles, SparseTiles

LEAVES = [rfc9162.leaf_hash(b"leaf %d" % index) for index in range(1500)]
READER = MemoryTiles(LEAVES)
SIZES = st.integers(0, 20) | st.sampled_from([255, 256, 257, 511, 512, 513, 768, 1024]) | st.integers(0, 1500)


@given(SIZES, SIZES, SIZES)
def test_reader_functions(a: int, b: int, c: int) -> None:
    begin, end, size = sorted((a, b, c))
    leaves = LEAVES[:size]
    assert tree.root(READER, size) == rfc9162.mth(leaves)
    assert tree.consistency_proof(READER, begin, size) == rfc9162.proof(begin, leaves)
    assert tree.compact_range(READER, begin, end) == rfc9162.compact_range(begin, LEAVES[begin:end])
    if begin < size:
        assert tree.inclusion_proof(READER, begin, size) == rfc9162.path(begin, leaves)


@given(st.lists(st.integers(0, 400), max_size=6))
def test_edge_however_leaves_arrive(counts: list[int]) -> None:
    edge, tiles, size = tree.EdgeTiles(), {}, 0
    for count in counts:
        tiles |= edge.append(LEAVES[size : min(size + count, 1500)])
        size = min(size + count, 1500)
        assert edge.root() == rfc9162.mth(LEAVES[:size])
    expected = {
        (level, index): READER.read_tile(level, index, width)
        for level in range(3)
        for index in range(6)
        if (width := width_at(level, index, size))
    }
    assert tiles == expected
    assert edge.tiles() == {level: tile for (level, _), tile in expected.items() if len(tile) < 8192}
    again = tree.EdgeTiles(size, edge.tiles())
    assert (again.root(), again.compact_range()) == (edge.root(), edge.compact_range())


@given(st.integers(0, 400), st.integers(1, 40), st.integers(0, 400))
def test_batches(first: int, count: int, more: int) -> None:
    size = first + count + more
    batch = LEAVES[first : first + count]
    left = tree.compact_range(READER, 0, first)
    right = tree.compact_range(READER, first + count, size)
    proofs = tree.batch_inclusion_proofs(first, batch, size, left, right)
    assert proofs == [rfc9162.path(index, LEAVES[:size]) for index in range(first, first + count)]
    assert tree.batch_root(first, batch, size, left, right) == rfc9162.mth(LEAVES[:size])


@given(st.integers(1, merkle.MAX_SIZE), st.data())
@settings(max_examples=30, deadline=None)
def test_any_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    reader = SparseTiles(size, {index: LEAVES[0], old - 1: LEAVES[1], size - 1: LEAVES[2]})
    root = reader.mth(0, size)
    assert tree.root(reader, size) == root
    merkle.verify_inclusion(reader.leaf(index), index, size, tree.inclusion_proof(reader, index, size), root)
    proof = tree.consistency_proof(reader, old, size)
    merkle.verify_consistency(old, size, reader.mth(0, old), root, proof)


@given(st.integers(0, 63), st.integers(0, 2**64 - 1), st.integers(1, 256))
def test_tile_paths(level: int, index: int, width: int) -> None:
    assert parse_path(path(level, index, width)) == (level, index, width)


class Log(RuleBasedStateMachine):
    """A log that appends, is rolled back and restored from its tiles, against the list of its leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.edge = tree.EdgeTiles()
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: width * 32]

    @rule(count=st.integers(0, 300))
    def append(self, count: int) -> None:
        leaves = [
            rfc9162.leaf_hash(b"%d" % index) for index in range(len(self.leaves), len(self.leaves) + count)
        ]
        self.tiles |= self.edge.append(leaves)
        self.leaves += leaves

    @rule(count=st.integers(1, 300))
    def roll_back(self, count: int) -> None:
        before = self.edge.copy()
        self.edge.append(LEAVES[:count])
        self.edge = before

    @rule()
    def restart(self) -> None:
        self.edge = tree.EdgeTiles(self.edge.size, self.edge.tiles())

    @invariant()
    def whole(self) -> None:
        size = len(self.leaves)
        assert self.edge.size == size
        assert self.edge.root() == rfc9162.mth(self.leaves) == tree.root(self, size)
        if size:
            index = size * 2 // 3
            proof = tree.inclusion_proof(self, index, size)
            merkle.verify_inclusion(self.leaves[index], index, size, proof, self.edge.root())


TestLog = Log.TestCase
TestLog.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
