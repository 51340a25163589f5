"""The tables of logs, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from service.core.merkle import EMPTY_ROOT
from service.log.errors import CommitUnknown, LogError, LogHalted, RowsRefused, StoreUnavailable, UnknownLog
from service.log.ports import CheckpointRecord, Head, LogState, StoredEntry, StoredTile
from service.log.recovery import check_open
from service.store.log_store import SqlLogStore
from tests.unit.log.whole_log import IDENTITY, RECORD

LOG_ID = IDENTITY.log_id
KEY = "0x" + "3" * 40


@pytest.fixture
def store(engine: Engine) -> SqlLogStore:
    store = SqlLogStore(engine)
    store.create(RECORD)
    return store


def stored(index: int, event: str, trade: str = "t", seq: int = 0) -> StoredEntry:
    leaf = bytes([index]) * 32
    return StoredEntry(
        index, leaf, event, trade, seq, "x", 10 + index, bytes(32), b"entry \xff\0", ("d1", "d2")
    )


def head(size: int) -> Head:
    return Head(size, bytes([size]) * 32, 1000 + size, 1 + size)


def promise(size: int) -> CheckpointRecord:
    return CheckpointRecord(size, bytes([size]) * 32, 1 + size, 3601 + size, bytes(32), KEY)


def add(store: SqlLogStore, size: int, *entries: StoredEntry, tiles: tuple[StoredTile, ...] = ()) -> None:
    with store.appending(LOG_ID) as transaction:
        transaction.append(entries, tiles, head(size), promise(size))
        transaction.commit()


def test_a_new_log_is_empty_and_open(store: SqlLogStore) -> None:
    assert store.log(LOG_ID) == RECORD
    assert store.logs() == [RECORD]
    assert store.head(LOG_ID) == Head(0, EMPTY_ROOT, 0, 0)
    assert store.edge(LOG_ID) == []
    assert store.entries(LOG_ID, 0, 10) == []
    with pytest.raises(LogError):
        store.create(RECORD)
    with pytest.raises(UnknownLog):
        store.head(bytes(32))
    with pytest.raises(UnknownLog):
        store.log(bytes(32))


@pytest.mark.parametrize("count", [2, 20])
def test_rows_come_back_as_they_were(store: SqlLogStore, count: int) -> None:
    entries = [stored(index, f"e{index}", "t" if index % 2 else "u", index // 2) for index in range(count)]
    entries[1] = replace(entries[1], disclosures=())
    entries[0] = replace(entries[0], disclosures=None, erased_at=5)
    add(store, count, *entries)
    assert store.entries(LOG_ID, 0, 100) == entries
    assert store.entries(LOG_ID, 1, 1) == [entries[1]]
    assert [tuple(frame) for frame in store.frames(LOG_ID, 1, 1)] == [
        (1, entries[1].leaf, "t", 0, 11, entries[1].entry)
    ]
    assert store.entry(LOG_ID, 1) == store.entry_by_event(LOG_ID, "e1") == entries[1]
    assert store.entry_by_leaf(LOG_ID, entries[1].leaf) == entries[1]
    assert store.entry(LOG_ID, count) is None
    assert store.trade(LOG_ID, "t", 0, 100) == entries[1::2]
    assert store.trade(LOG_ID, "t", 1, 1) == entries[3:4]
    assert store.digests(LOG_ID, ["e0", "e1", "no"]) == {"e0": bytes(32), "e1": bytes(32)}
    assert store.head(LOG_ID) == head(count)
    with store.appending(LOG_ID) as transaction:
        assert transaction.existing(["e0", "e1", "no"]) == {"e0": entries[0], "e1": entries[1]}
        tails = transaction.tails(["t", "u", "no"])
        assert {trade: (tail.seq, tail.leaf) for trade, tail in tails.items()} == {
            "t": (entries[1::2][-1].seq, entries[1::2][-1].leaf),
            "u": (entries[::2][-1].seq, entries[::2][-1].leaf),
        }
        assert transaction.checkpoint(count) == promise(count)
        assert transaction.checkpoint(1) is None


def test_edges_are_overwritten_and_go_when_their_tile_is_full(store: SqlLogStore) -> None:
    partial, full = StoredTile(0, 0, b"\1" * 64, b""), StoredTile(0, 0, b"\1" * 8192, b"\2" * 512)
    upper = StoredTile(1, 0, b"\3" * 32, b"")
    add(store, 1, stored(0, "a"), tiles=(StoredTile(0, 0, b"\1" * 32, b""),))
    add(store, 2, stored(1, "b", seq=1), tiles=(partial,))
    assert store.edge(LOG_ID) == [partial]
    assert store.tile(LOG_ID, 0, 0) == partial
    add(store, 3, stored(2, "c", seq=2), tiles=(full, upper))
    assert store.edge(LOG_ID) == [upper]
    assert store.tile(LOG_ID, 0, 0) == full
    assert store.tile(LOG_ID, 0, 1) is None
    with store.appending(LOG_ID) as transaction:
        assert transaction.edge() == [upper]
        assert transaction.tile(0, 0) == full


def test_checkpoints_are_found_by_size(store: SqlLogStore) -> None:
    for size in (2, 5, 9):
        add(store, size, stored(size, f"e{size}", f"t{size}"))
    covering = [store.checkpoint_covering(LOG_ID, size) for size in (1, 2, 3, 9, 10)]
    assert [record and record.size for record in covering] == [2, 2, 5, 9, None]
    latest = [store.latest_checkpoint(LOG_ID, size) for size in (1, 2, 8, 100)]
    assert [record and record.size for record in latest] == [None, 2, 5, 9]
    assert [record.size for record in store.checkpoints(LOG_ID, 2, 1)] == [5]
    assert store.checkpoints(LOG_ID, 5, 10) == [promise(9)]


def test_what_is_not_committed_is_gone(store: SqlLogStore) -> None:
    with store.appending(LOG_ID) as transaction:
        transaction.append([stored(0, "a")], [], head(1), promise(1))
    with pytest.raises(ZeroDivisionError), store.appending(LOG_ID) as transaction:
        transaction.append([stored(0, "a")], [], head(1), promise(1))
        raise ZeroDivisionError
    assert store.head(LOG_ID).size == 0
    assert store.entries(LOG_ID, 0, 10) == []
    add(store, 1, stored(0, "a"))
    assert store.head(LOG_ID).size == 1


def test_the_head_moves_only_from_where_it_was_seen(store: SqlLogStore, engine: Engine) -> None:
    """The guard stands in the SQL: whatever became of the lock, no index is given twice."""
    with store.appending(LOG_ID) as transaction:
        transaction.head = replace(transaction.head, size=7)  # type: ignore[misc]
        with pytest.raises(StoreUnavailable, match="moved"):
            transaction.append([stored(7, "a")], [], head(8), promise(8))
    assert store.head(LOG_ID).size == 0


@pytest.mark.parametrize(
    "twin",
    [stored(1, "a", "u"), stored(1, "b", "t", 0), stored(0, "b", "u")],
    ids=["event", "trade and seq", "index"],
)
@pytest.mark.parametrize("fill", [0, 10])
def test_what_must_be_unique_is_refused_by_the_database(
    store: SqlLogStore, twin: StoredEntry, fill: int
) -> None:
    add(store, 1, stored(0, "a", "t", 0))
    others = [stored(20 + number, f"f{number}", f"f{number}") for number in range(fill)]
    with store.appending(LOG_ID) as transaction, pytest.raises(RowsRefused):
        transaction.append([*others, twin], [], head(2), promise(2))
    assert store.head(LOG_ID).size == 1
    add(store, 2, stored(1, "b", "t", 1))


def test_confirming_changes_nothing(store: SqlLogStore) -> None:
    add(store, 1, stored(0, "a"))
    with store.appending(LOG_ID) as transaction:
        transaction.confirm()
    assert store.head(LOG_ID) == head(1)
    add(store, 2, stored(1, "b", seq=1))


def test_a_log_is_halted_or_sealed_and_never_opened_again(store: SqlLogStore) -> None:
    with pytest.raises(LogError):
        store.set_state(LOG_ID, LogState.OPEN, None)
    store.set_state(LOG_ID, LogState.HALTED, "broken")
    assert (store.log(LOG_ID).state, store.log(LOG_ID).reason) == (LogState.HALTED, "broken")
    store.set_state(LOG_ID, LogState.SEALED, "moved", b"\7" * 32)
    assert store.log(LOG_ID).successor == b"\7" * 32
    store.set_state(LOG_ID, LogState.HALTED, "too late")
    assert store.log(LOG_ID).state is LogState.SEALED
    with store.appending(LOG_ID) as transaction, pytest.raises(LogHalted, match="moved"):
        check_open(transaction.log)


def test_two_logs_do_not_mix(store: SqlLogStore) -> None:
    other = replace(RECORD, log_id=b"\x22" * 32, origin="tallystick.test/logs/other", test=True)
    store.create(other)
    add(store, 1, stored(0, "a"))
    assert store.head(other.log_id).size == 0
    assert store.entry_by_event(other.log_id, "a") is None
    assert store.entries(other.log_id, 0, 10) == []
    assert store.edge(other.log_id) == []
    assert store.log(other.log_id) == other


def test_a_warning_at_commit_is_unknown(store: SqlLogStore, engine: Engine) -> None:
    """What a standby that did not answer looks like: COMMIT succeeds, with a warning."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite sends no warnings")
    with engine.begin() as connection:
        connection.execute(text(_AT_COMMIT.format(what="RAISE WARNING 'might not have been replicated'")))
        connection.execute(text(_TRIGGER))
    with store.appending(LOG_ID) as transaction:
        transaction.append([stored(0, "a")], [], head(1), promise(1))
        driver = transaction._driver  # type: ignore[attr-defined]
        with pytest.raises(CommitUnknown):
            transaction.commit()
    assert driver.closed, "the connection is dropped"
    assert store.head(LOG_ID).size == 1


def test_an_error_at_commit_is_unknown(store: SqlLogStore, engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("see test_sqlite_failures")
    with engine.begin() as connection:
        connection.execute(text(_AT_COMMIT.format(what="RAISE EXCEPTION 'no'")))
        connection.execute(text(_TRIGGER))
    with store.appending(LOG_ID) as transaction:
        transaction.append([stored(0, "a")], [], head(1), promise(1))
        with pytest.raises(CommitUnknown):
            transaction.commit()
    assert store.head(LOG_ID).size == 0


def test_a_connection_killed_before_commit_leaves_nothing(store: SqlLogStore, engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connections to kill")
    with store.appending(LOG_ID) as transaction:
        transaction.append([stored(0, "a")], [], head(1), promise(1))
        process = transaction._driver.info.backend_pid  # type: ignore[attr-defined]
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        with pytest.raises(CommitUnknown):
            transaction.commit()
    assert store.head(LOG_ID).size == 0
    with (
        engine.begin() as connection
    ):  # every idle connection dies: reads and appends come back by themselves
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database()"
            )
        )
    assert store.head(LOG_ID).size == 0


_AT_COMMIT = """
CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NULL; END $$
"""
_TRIGGER = """
CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON heads DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION at_commit()
"""
