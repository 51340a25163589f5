from __future__ import annotations

from typing import Any

import pytest

from service.core import merkle, tree
from service.core.errors import VerificationError
from service.core.tile import width_at
from tests.reference import rfc9162
from tests.reference.tiles import MemoryTiles, SparseTiles

LEAVES = [rfc9162.leaf_hash(b"%d" % index) for index in range(70000)]
LARGEST = 2**53 - 1


def edge_of(size: int) -> tree.EdgeTiles:
    edge = tree.EdgeTiles()
    edge.append(LEAVES[:size])
    return edge


def test_every_small_tree() -> None:
    for size in range(40):
        reader = MemoryTiles(LEAVES[:size])
        assert tree.root(reader, size) == rfc9162.mth(LEAVES[:size]) == edge_of(size).root()
        for index in range(size):
            assert tree.inclusion_proof(reader, index, size) == rfc9162.path(index, LEAVES[:size])
        for old in range(size + 1):
            assert tree.consistency_proof(reader, old, size) == rfc9162.proof(old, LEAVES[:size])
            assert tree.compact_range(reader, old, size) == rfc9162.compact_range(old, LEAVES[old:size])


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 1000, 65535, 65536, 65537, 70000])
def test_around_tile_borders(size: int) -> None:
    reader = MemoryTiles(LEAVES[:size])
    root = rfc9162.mth(LEAVES[:size])
    assert tree.root(reader, size) == root == edge_of(size).root()
    for index in {0, 1, 254, 255, 256, size // 2, size - 257, size - 1} & set(range(size)):
        merkle.verify_inclusion(LEAVES[index], index, size, tree.inclusion_proof(reader, index, size), root)
    for old in {1, 2, 255, 256, 257, size // 2, 65535, size - 1} & set(range(size)):
        proof = tree.consistency_proof(reader, old, size)
        merkle.verify_consistency(old, size, rfc9162.mth(LEAVES[:old]), root, proof)


def test_tiles_are_asked_for_once_and_at_the_width_of_the_size() -> None:
    reader = MemoryTiles(LEAVES)
    tree.inclusion_proof(reader, 66000, 66666)
    assert sorted(reader.reads) == sorted(set(reader.reads))
    assert all(width == width_at(level, index, 66666) for level, index, width in reader.reads)
    assert len(reader.reads) <= 2 * 3


@pytest.mark.parametrize("size", [2**32 + 5, 2**40 - 1, 2**52 + 257, LARGEST])
def test_huge_trees(size: int) -> None:
    marked = {
        index: rfc9162.leaf_hash(b"%d" % index)
        for index in (0, 255, size // 3, size // 2, size - 256, size - 1)
    }
    reader = SparseTiles(size, marked)
    root = reader.mth(0, size)
    assert tree.root(reader, size) == root
    for index in [*marked, 1, size - 2]:
        proof = tree.inclusion_proof(reader, index, size)
        merkle.verify_inclusion(reader.leaf(index), index, size, proof, root)
    for old in (1, 3, 256, 65535, size // 2, size // 3 + 1, size - 1):
        proof = tree.consistency_proof(reader, old, size)
        merkle.verify_consistency(old, size, reader.mth(0, old), root, proof)


def test_a_log_goes_on_at_the_largest_sizes() -> None:
    size = LARGEST - 300
    reader = SparseTiles(LARGEST, {size - 1: LEAVES[0], LARGEST - 2: LEAVES[2], LARGEST - 1: LEAVES[1]})
    tiles = {
        level: reader.read_tile(level, (size >> 8 * level) // 256, width)
        for level in range(7)
        if (width := (size >> 8 * level) % 256)
    }
    edge = tree.EdgeTiles(size, tiles)
    assert edge.root() == reader.mth(0, size)
    edge.append([reader.leaf(index) for index in range(size, LARGEST)])
    assert edge.root() == reader.mth(0, LARGEST)
    with pytest.raises(VerificationError):
        edge.append([LEAVES[0]])


def test_changed_tiles() -> None:
    edge = tree.EdgeTiles()
    assert edge.append([]) == {}
    assert edge.append(LEAVES[:3]) == {(0, 0): b"".join(LEAVES[:3])}
    changed = edge.append(LEAVES[3:600])
    assert {key: len(data) // 32 for key, data in changed.items()} == {
        (0, 0): 256,
        (0, 1): 256,
        (0, 2): 88,
        (1, 0): 2,
    }
    assert changed[0, 2] == b"".join(LEAVES[512:600])
    assert changed[1, 0] == rfc9162.mth(LEAVES[:256]) + rfc9162.mth(LEAVES[256:512])
    assert edge.tiles() == {0: changed[0, 2], 1: changed[1, 0]}
    assert {key: len(data) // 32 for key, data in edge.append(LEAVES[600:768]).items()} == {
        (0, 2): 256,
        (1, 0): 3,
    }
    assert set(edge.tiles()) == {1}


def test_edge_continues_from_its_tiles() -> None:
    for size in (0, 1, 255, 256, 257, 65535, 65536, 65793):
        edge = edge_of(size)
        again = tree.EdgeTiles(size, edge.tiles())
        assert again.root() == edge.root()
        assert again.compact_range() == edge.compact_range() == rfc9162.compact_range(0, LEAVES[:size])
        assert again.append(LEAVES[size : size + 300]) == edge.append(LEAVES[size : size + 300])
        assert again.root() == rfc9162.mth(LEAVES[: size + 300])


def test_copies_are_independent() -> None:
    edge = edge_of(300)
    root, twin = edge.root(), edge.copy()
    twin.append(LEAVES[300:900])
    twin.tiles()[0] = b""
    assert twin.tiles()[0] == b"".join(LEAVES[768:900])
    assert (edge.size, edge.root()) == (300, root)
    edge.append(LEAVES[300:900])
    assert edge.root() == twin.root()


@pytest.mark.parametrize(
    ("size", "tiles"),
    [
        (1, {}),
        (1, {0: bytes(31)}),
        (1, {0: bytes(64)}),
        (0, {0: bytes(32)}),
        (256, {0: bytes(8192), 1: bytes(32)}),
        (256, {1: bytes(32), 2: b""}),
        (257, {0: bytes(32)}),
        (1, {0: bytes(32), 7: bytes(32)}),
        (1, {0: "x" * 32}),
        (-1, {}),
        (2**53, {6: bytes(32 * 32)}),
        (True, {0: bytes(32)}),
    ],
)
def test_edges_that_cannot_be(size: int, tiles: Any) -> None:
    with pytest.raises(VerificationError):
        tree.EdgeTiles(size, tiles)


def test_a_refused_append_changes_nothing() -> None:
    edge = edge_of(300)
    before = (edge.size, edge.root(), edge.tiles())
    for leaves in (
        [LEAVES[0], bytes(31)],
        [LEAVES[0], None],
        [LEAVES[0], "x" * 32],
        None,
        b"x" * 32,
        iter([LEAVES[0]]),
    ):
        with pytest.raises(VerificationError):
            edge.append(leaves)  # type: ignore[arg-type]
        assert (edge.size, edge.root(), edge.tiles()) == before


@pytest.mark.parametrize(
    ("first", "count", "size"),
    [
        (0, 1, 1),
        (0, 7, 7),
        (5, 1, 6),
        (5, 3, 8),
        (5, 3, 13),
        (255, 3, 600),
        (1000, 50, 1050),
        (1000, 50, 3000),
        (8, 8, 17),
    ],
)
def test_batch_proofs(first: int, count: int, size: int) -> None:
    batch = LEAVES[first : first + count]
    left = rfc9162.compact_range(0, LEAVES[:first])
    right = rfc9162.compact_range(first + count, LEAVES[first + count : size])
    proofs = tree.batch_inclusion_proofs(first, batch, size, left, right)
    assert proofs == [rfc9162.path(first + at, LEAVES[:size]) for at in range(count)]
    assert tree.batch_root(first, batch, size, left, right) == rfc9162.mth(LEAVES[:size])


def test_batches_that_do_not_fit() -> None:
    left, right = rfc9162.compact_range(0, LEAVES[:5]), rfc9162.compact_range(8, LEAVES[8:13])
    good: list[Any] = [5, LEAVES[5:8], 13, left, right]
    tree.batch_inclusion_proofs(*good)
    wrong: dict[int, list[Any]] = {
        0: [4, -1, "5", 14, True],
        1: [[], [bytes(31)] * 3, LEAVES[5:9], None],
        2: [7, 16, 2**53],
        3: [left[1:], [*left, left[0]], [bytes(31), left[1]], None],
        4: [right[1:], [*right, right[0]], ["x"] * len(right), b""],
    }
    for at, bad in ((at, bad) for at, values in wrong.items() for bad in values):
        with pytest.raises(VerificationError):
            tree.batch_inclusion_proofs(*good[:at], bad, *good[at + 1 :])
        with pytest.raises(VerificationError):
            tree.batch_root(*good[:at], bad, *good[at + 1 :])


def test_a_batch_that_ends_beyond_the_size() -> None:
    left = rfc9162.compact_range(0, LEAVES[:5])
    tree.batch_inclusion_proofs(5, LEAVES[5:8], 8, left, [])
    with pytest.raises(VerificationError):
        tree.batch_inclusion_proofs(5, LEAVES[5:8], 7, left, [])


def test_a_batch_of_nothing() -> None:
    with pytest.raises(VerificationError):
        tree.batch_root(0, [], 0, [], [])
    with pytest.raises(VerificationError):
        tree.batch_root(5, [], 5, rfc9162.compact_range(0, LEAVES[:5]), [])


@pytest.mark.parametrize("answer", [b"", bytes(31), bytes(33), bytes(64), "x" * 32, None])
def test_bad_tiles(answer: Any) -> None:
    class Reader:
        def read_tile(self, level: int, index: int, width: int) -> bytes:
            return answer  # type: ignore[no-any-return]

    with pytest.raises(VerificationError):
        tree.root(Reader(), 1)
    with pytest.raises(VerificationError):
        tree.inclusion_proof(Reader(), 1, 3)


@pytest.mark.parametrize(
    ("index", "size"), [(7, 7), (8, 7), (-1, 7), (0, 0), (True, 7), (0, 2**53), ("0", 7), (0, None)]
)
def test_indexes_that_are_not_there(index: Any, size: Any) -> None:
    with pytest.raises(VerificationError):
        tree.inclusion_proof(MemoryTiles(LEAVES[:7]), index, size)


@pytest.mark.parametrize(
    ("begin", "end"), [(8, 7), (-1, 7), (0, 2**53), ("0", 7), (0, None), (False, 7), (0, 7.0)]
)
def test_ranges_that_are_none(begin: Any, end: Any) -> None:
    with pytest.raises(VerificationError):
        tree.compact_range(MemoryTiles(LEAVES[:7]), begin, end)
    with pytest.raises(VerificationError):
        tree.consistency_proof(MemoryTiles(LEAVES[:7]), begin, end)
