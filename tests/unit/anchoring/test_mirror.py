"""The record follows the chain, whatever the chain does and wherever the process dies."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from service.anchoring.errors import ForeignHistory, NodeUnreachable
from service.anchoring.mirror import Mirror
from service.anchoring.ports import AnchorState
from service.anchoring.tally import Tally
from tests.unit.anchoring.fakes import LEASE, LOG, Crash, FakeChain, MemoryStore, log_of, root

SIZES = list(range(1, 60))


def anchors(*places: tuple[int, int]) -> list[tuple[int, bytes, int]]:
    """Anchors (size, block) with this log's roots."""
    return [(size, root(size), block) for size, block in places]


def mirror(chain: FakeChain, store: MemoryStore) -> Mirror:
    return Mirror(chain.port(), store.port(), lambda: 0, Tally())


def check(chain: FakeChain, store: MemoryStore) -> None:
    """The record equals the chain, slots included."""
    assert [(each.size, each.root, each.slot.block_number) for each in store.standing()] == chain.anchors
    for each in store.standing():
        assert each.slot == chain.anchored_at(LOG, each.size, each.root)


def finalize(store: MemoryStore, block: int) -> None:
    """What settlement does to everything up to a block."""
    for key, each in store.rows.items():
        if each.slot.block_number <= block and each.state is AnchorState.INCLUDED:
            store.rows[key] = replace(each, state=AnchorState.FINAL)


def test_an_empty_registry() -> None:
    store = MemoryStore()
    assert mirror(FakeChain(), store).sync(LEASE, log_of(SIZES)).size == 0
    assert store.rows == {}


def test_everything_is_found_from_the_head_alone() -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 12), (9, 12))), MemoryStore()
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    check(chain, store)


@pytest.mark.parametrize("writes", range(5))
def test_a_crash_while_writing_leaves_nothing_unfound(writes: int) -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 12), (9, 13), (11, 14))), MemoryStore()
    store.crash_after = writes
    for _ in range(6):
        try:
            mirror(chain, store).sync(LEASE, log_of(SIZES))
        except Crash:
            written = [each.size for each in store.standing()]
            assert written == [3, 5, 9, 11][: len(written)]
            store.crash_after = writes or None
    check(chain, store)


def test_an_anchor_moved_to_another_block_takes_the_ones_before_it_along() -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 11)), times={10: 7, 11: 7}), MemoryStore()
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    chain.anchors = anchors((3, 11), (5, 11), (9, 12))  # both in one block now; its time is the same
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    check(chain, store)


def test_what_is_gone_is_orphaned() -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 12))), MemoryStore()
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    chain.anchors = anchors((3, 10), (4, 12))
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    check(chain, store)
    assert store.rows[5, root(5)].state is AnchorState.ORPHANED


def test_a_reset_chain_orphans_everything() -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 12))), MemoryStore()
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    finalize(store, 99)
    chain.anchors = []
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    assert store.standing() == []


@pytest.mark.parametrize("seed", range(60))
def test_any_history(seed: int) -> None:
    choose = random.Random(seed)
    chain, store, final = FakeChain(), MemoryStore(), 0
    for _ in range(30):
        keep = choose.randint(0, len(chain.anchors)) if choose.random() < 0.4 else len(chain.anchors)
        keep = max(keep, sum(block <= final for _, _, block in chain.anchors))
        kept = chain.anchors[:keep]
        size, block = (kept[-1][0], kept[-1][2]) if kept else (0, final)
        for _ in range(choose.randint(0, 3)):
            size, block = size + choose.randint(1, 2), max(block, final + 1) + choose.randint(0, 2)
            kept = [*kept, (size, root(size), block)] if size < 59 else kept
        chain.anchors = kept
        if choose.random() < 0.3:
            store.crash_after = choose.randint(0, 2)
        try:
            mirror(chain, store).sync(LEASE, log_of(SIZES))
        except Crash:
            store.crash_after = None
        else:
            store.crash_after = None
            check(chain, store)
        final = choose.randint(final, max(final, block - 3))
        if choose.random() < 0.5:
            mirror(chain, store).sync(LEASE, log_of(SIZES))
            finalize(store, final)


def test_a_root_that_is_not_ours() -> None:
    chain = FakeChain([(3, b"\xff" * 32, 10)])
    with pytest.raises(ForeignHistory, match="not this log's"):
        mirror(chain, MemoryStore()).sync(LEASE, log_of(SIZES))
    with pytest.raises(ForeignHistory):
        mirror(chain, MemoryStore()).check(log_of(SIZES))


def test_a_size_that_was_never_signed() -> None:
    for sizes in ([1, 2], [1, 2, 4]):
        with pytest.raises(ForeignHistory, match="never signed"):
            mirror(FakeChain(anchors((3, 10))), MemoryStore()).sync(LEASE, log_of(sizes))


def test_a_foreign_one_below_the_head_is_seen_as_well() -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 11))), MemoryStore()
    with pytest.raises(ForeignHistory):
        mirror(chain, store).sync(LEASE, log_of([5]))
    assert store.rows == {}


def test_a_chain_that_moves_under_our_eyes_changes_nothing() -> None:
    chain, store = FakeChain(anchors((3, 10), (5, 11))), MemoryStore()
    mirror(chain, store).sync(LEASE, log_of(SIZES))
    before = dict(store.rows)

    class Moving(FakeChain):
        def anchored_at(self, log_id: bytes, size: int, at: bytes) -> None:
            return None

    with pytest.raises(NodeUnreachable):
        mirror(Moving(anchors((3, 10), (5, 11), (7, 12))), store).sync(LEASE, log_of(SIZES))
    assert store.rows == before
