"""What SQLite may answer to COMMIT, and an automatic checkpoint that fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.log.errors import CommitUnknown, StoreFailed
from service.store.engine import migrate, open_engine, sqlite_url
from service.store.log_append import SqliteAppending
from service.store.log_store import SqlLogStore
from service.store.wal import WalKeeper
from tests.integration.store.test_log_store import LOG_ID, head, promise, stored
from tests.unit.log.whole_log import RECORD


class FailingDriver:
    """The driver's connection, but for one statement that fails the way the storage below would make it."""

    def __init__(self, driver: Any, statement: str, errorname: str) -> None:
        self._driver = driver
        self._statement = statement
        self._errorname = errorname

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def execute(self, statement: str, *values: Any) -> Any:
        if statement.startswith(self._statement):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = self._errorname
            raise error
        return self._driver.execute(statement, *values)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlLogStore]:
    url = sqlite_url(tmp_path / "x.db")
    migrate(url)
    engine = open_engine(url)
    store = SqlLogStore(engine)
    store.create(RECORD)
    yield store
    engine.dispose()


@pytest.mark.parametrize(
    ("errorname", "error"),
    [("SQLITE_IOERR_FSYNC", StoreFailed), ("SQLITE_CORRUPT", StoreFailed), ("SQLITE_FULL", CommitUnknown)],
)
def test_a_failing_commit(store: SqlLogStore, errorname: str, error: type[Exception]) -> None:
    with store.appending(LOG_ID) as transaction:
        assert isinstance(transaction, SqliteAppending)
        transaction.append([stored(0, "a")], [], head(1), promise(1))
        transaction._driver = FailingDriver(transaction._driver, "COMMIT", errorname)
        with pytest.raises(error):
            transaction.commit()
        assert transaction.dropped
    with store.appending(LOG_ID) as transaction:
        assert transaction.head.size == 0, "the dropped connection holds no lock"


class FailingEngine:
    """An engine whose connections cannot checkpoint."""

    def __init__(self, engine: Any, errorname: str) -> None:
        self._engine = engine
        self._errorname = errorname

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def raw_connection(self) -> Any:
        outer, errorname = self, self._errorname

        class Failing:
            def __init__(self) -> None:
                self._real = outer._engine.raw_connection()

            def cursor(self) -> Any:
                return FailingDriver(self._real.cursor(), "PRAGMA wal_checkpoint", errorname)

            def close(self) -> None:
                self._real.close()

        return Failing()


def test_a_checkpoint_that_fails_is_noticed(
    store: SqlLogStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.wal._PASSIVE_BYTES", 1)
    engine = store._engine
    with store.appending(LOG_ID) as transaction:
        transaction.append([stored(0, "a")], [], head(1), promise(1))
        transaction.commit()
    with pytest.raises(StoreFailed):
        WalKeeper(FailingEngine(engine, "SQLITE_IOERR_FSYNC")).settle()  # type: ignore[arg-type]
    WalKeeper(FailingEngine(engine, "SQLITE_BUSY")).settle()  # type: ignore[arg-type]


@pytest.mark.parametrize("restart", [1, 10**12])
def test_the_wal_is_emptied_when_it_has_grown(
    store: SqlLogStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restart: int
) -> None:
    monkeypatch.setattr("service.store.wal._PASSIVE_BYTES", 20_000)
    monkeypatch.setattr("service.store.wal._RESTART_BYTES", restart)

    for size in range(1, 30):
        with store.appending(LOG_ID) as transaction:
            transaction.append([stored(size - 1, f"e{size}", f"t{size}")], [], head(size), promise(size))
            transaction.commit()
        store.settle()
    assert (tmp_path / "x.db-wal").stat().st_size < 200_000
    assert store.head(LOG_ID).size == 29


def test_erased_content_is_overwritten(store: SqlLogStore, tmp_path: Path) -> None:
    secret = "c2VjcmV0LW9mLXRoZS11c2Vy"
    with store.appending(LOG_ID) as transaction:
        entry = stored(0, "a")
        transaction.append([type(entry)(*_values(entry, secret))], [], head(1), promise(1))
        transaction.commit()
    with store._writing() as connection:
        connection.exec_driver_sql("UPDATE entries SET disclosures = NULL, erased_at = 1")
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret.encode() not in (tmp_path / "x.db").read_bytes()


def _values(entry: Any, secret: str) -> tuple[Any, ...]:
    names: Callable[[str], Any] = lambda name: getattr(entry, name)  # noqa: E731
    columns = ("index", "leaf", "event", "trade", "seq", "type", "received", "digest", "entry")
    return (*map(names, columns), (secret,))
