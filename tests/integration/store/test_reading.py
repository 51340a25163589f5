"""Reads on connections that stay checked out: given back when the engine is disposed of, and never broken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from service.log.errors import StoreUnavailable
from service.store.engine import BUSY_TIMEOUT_MS, open_engine, sqlite_url
from service.store.reading import Reading


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(database), connections=3)
    yield engine
    engine.dispose()


def opened(database: Path) -> int:
    """How often this process has the file open."""
    targets = []
    for number in os.listdir("/proc/self/fd"):
        try:
            targets.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue  # the listing's own
    return targets.count(str(database))


def test_connections_are_kept_between_reads_and_let_go_with_the_engine(
    database: Path, engine: Engine
) -> None:
    readings = [Reading(engine) for _ in range(5)]
    assert [reading.one("SELECT 1") for reading in readings] == [(1,)] * 5
    assert opened(database) == 1  # one for all of them, whoever reads
    engine.dispose()
    assert opened(database) == 0
    assert readings[0].one("SELECT 2") == (2,)  # and it goes on


@pytest.mark.parametrize("connections", [1, 2, 16])
def test_others_find_all_connections(database: Path, connections: int) -> None:
    engine = open_engine(sqlite_url(database), connections=connections)
    reading = Reading(engine)
    for pooled in [reading._connection() for _ in range(connections)]:  # as many reads at once
        reading._put_back(pooled)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == 0
    assert opened(database) == connections
    assert reading._own is not None
    assert len(reading._own.idle) == min(connections, 2)
    engine.dispose()
    assert opened(database) == 0


def test_no_read_waits_for_those_who_wait_to_write(database: Path, engine: Engine) -> None:
    """However many there are: each keeps a connection while he waits, and a read may be on the event loop."""
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    taken = [engine.connect() for _ in range(3)]  # all of them
    taken[0].execution_options(immediate=True).begin()
    taken[0].exec_driver_sql("INSERT INTO t VALUES (1)")
    assert Reading(engine).all("SELECT n FROM t") == []
    assert Reading(engine).one("PRAGMA busy_timeout") == (BUSY_TIMEOUT_MS,)  # set up like any other
    for each in taken:
        each.close()


def test_a_kept_connection_holds_no_transaction(database: Path, engine: Engine) -> None:
    reading = Reading(engine)
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert reading.all("SELECT n FROM t") == [(1,)]
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE t SET n = 2")
    assert reading.all("SELECT n FROM t") == [(2,)]  # the newest state
    pooled = engine.raw_connection()
    try:  # and nobody is in the way of emptying the write-ahead log
        assert pooled.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    finally:
        pooled.close()


def test_a_connection_that_failed_is_not_kept(database: Path, engine: Engine) -> None:
    reading = Reading(engine)
    reading.one("SELECT 1")
    assert reading._own is not None
    kept = reading._own.idle[-1].dbapi_connection
    assert kept is not None
    kept.close()
    assert reading.one("SELECT 1") == (1,)  # by another one
    assert opened(database) == 1
    for _ in range(5):  # more often than the pool has connections
        with pytest.raises(StoreUnavailable):
            reading.one("SELECT nothing FROM nowhere")
    assert reading.one("SELECT 1") == (1,)
