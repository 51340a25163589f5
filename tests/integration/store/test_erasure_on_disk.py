"""What is erased is not on the disk any more: the real bytes of both databases' files."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine

from service.core import disclosure
from service.log.fsck import LogCheck
from service.log.ports import Submission
from service.log.prepare import prepare
from service.store.engine import open_engine, sqlite_url
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore
from tests.integration.conftest import PostgresServer
from tests.integration.store.leftovers import files, found
from tests.unit.log.whole_log import IDENTITY, NOW, RECORD, Process, event, seeded

LOG_ID = IDENTITY.log_id
RANDOM = seeded(b"disk")
SIZES = (10, 75, 450, 2_500, 6_000)
GONE = frozenset({"secret"})


def made(name: str, size: int) -> Submission:
    """An event with one claim to erase, of this size, and one to keep."""
    claims = {"secret": RANDOM(size).hex(), "kept": "k" * (size % 700)}
    return prepare(IDENTITY, event(name, f"t-{name}", claims), lambda _: None, RANDOM)


class Written:
    """A log of real events on a real database; `secrets` by index."""

    def __init__(self, engine: Engine, folder: Path, count: int) -> None:
        self.store = SqlLogStore(engine)
        self.store.create(RECORD)
        self.last_signed = FileLastSigned(folder / "last_signed")
        process = Process(self.store, self.last_signed).start()
        for start in range(0, count, 7):
            names = range(start, min(start + 7, count))
            process.post(*[made(f"e{number}", SIZES[number % len(SIZES)]) for number in names])
        process.sequencer.stop()
        self.secrets = {
            str(each.index): text
            for each in self.store.entries(LOG_ID, 0, count)
            for text in each.disclosures or ()
            if disclosure.parse(text).name == "secret"
        }

    def erase(self, indexes: range) -> dict[str, str]:
        """Erase, without scrubbing; the secrets erased."""
        for index in indexes:
            assert self.store.erase(LOG_ID, index, GONE, NOW)
            assert not self.store.erase(LOG_ID, index, GONE, NOW)
        return {str(index): self.secrets[str(index)] for index in indexes}

    def check(self) -> list[str]:
        """What is wrong with the log."""
        return [str(each) for each in LogCheck(self.store, self.last_signed, RECORD, sample=1).run()]


@pytest.fixture
def sqlite(tmp_path: Path, migrated_sqlite: Path) -> Iterator[tuple[Engine, Path]]:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "tallystick.db").write_bytes(migrated_sqlite.read_bytes())
    engine = open_engine(sqlite_url(folder / "tallystick.db"))
    yield engine, folder
    engine.dispose()


def test_sqlite_keeps_nothing_in_pages_free_list_and_wal(sqlite: tuple[Engine, Path]) -> None:
    engine, folder = sqlite
    written = Written(engine, folder, 60)
    assert sum(map(len, found(written.secrets, files(folder)).values())) >= 60
    kept = dict(written.secrets)
    for some in (range(0, 60, 3), range(1, 60, 3)):
        for index in some:
            kept.pop(str(index))
        erased = written.erase(some)
        assert found(erased, files(folder)), "the WAL still has the old pages"
        assert written.store.scrub()
        assert found(erased, files(folder)) == {}
    assert (folder / "tallystick.db-wal").stat().st_size == 0
    everywhere = set().union(*found(kept, files(folder)).values())
    assert everywhere == kept.keys()
    assert written.check() == []


def test_sqlite_waits_for_readers_of_an_older_state(sqlite: tuple[Engine, Path]) -> None:
    engine, folder = sqlite
    written = Written(engine, folder, 10)
    reading = sqlite3.connect(folder / "tallystick.db", check_same_thread=False)
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM entries").fetchone()
    erased = written.erase(range(10))

    def end() -> None:
        time.sleep(0.4)
        reading.rollback()

    blocked = Thread(target=end)
    blocked.start()
    assert written.store.scrub()
    blocked.join()
    reading.close()
    assert found(erased, files(folder)) == {}


def test_sqlite_says_when_readers_do_not_end(
    sqlite: tuple[Engine, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, folder = sqlite
    written = Written(engine, folder, 3)
    engine.dispose()
    short = open_engine(sqlite_url(folder / "tallystick.db"), connections=1)
    with short.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    written.store = SqlLogStore(short)
    reading = sqlite3.connect(folder / "tallystick.db")
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM entries").fetchone()
    erased = written.erase(range(3))
    assert not written.store.scrub()
    assert found(erased, files(folder))
    reading.rollback()
    assert written.store.scrub()
    assert found(erased, files(folder)) == {}
    reading.close()
    short.dispose()


def test_every_connection_overwrites_what_it_deletes_and_sorts_in_memory(sqlite: tuple[Engine, Path]) -> None:
    engine, _ = sqlite
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == 2


def test_postgresql_keeps_nothing_in_tables_once_they_are_rewritten(postgres_server: PostgresServer) -> None:
    """What VACUUM alone leaves behind is the reason why there is a rewrite; see docs/operations.md."""
    url = postgres_server.fresh()
    engine = open_engine(url)
    own_files = _folder_of(engine)
    with tempfile.TemporaryDirectory() as own:
        written = Written(engine, Path(own), 25)
        _run(engine, "CHECKPOINT")
        assert set().union(*found(written.secrets, files(own_files)).values()) == written.secrets.keys()
        erased = written.erase(range(0, 25, 2))
        assert written.store.scrub()
        _run(engine, "CHECKPOINT")
        left = set().union(*found(erased, files(own_files)).values())
        assert left < erased.keys(), "VACUUM gives up some of it"
        assert written.store.scrub(thorough=True)
        assert found(erased, files(own_files)) == {}
        kept = {name: text for name, text in written.secrets.items() if name not in erased}
        assert set().union(*found(kept, files(own_files)).values()) == kept.keys()
        assert written.check() == []
    engine.dispose()


def _folder_of(engine: Engine) -> Path:
    """The folder of this database's files; the WAL is another matter, see docs/operations.md."""
    with engine.connect() as connection:
        folder = Path(str(connection.exec_driver_sql("SHOW data_directory").scalar()))
        query = "SELECT oid FROM pg_database WHERE datname = current_database()"
        return folder / "base" / str(connection.exec_driver_sql(query).scalar())


def _run(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


def test_what_is_rewritten_while_somebody_holds_the_table_is_put_off(postgres_server: PostgresServer) -> None:
    url = postgres_server.fresh()
    engine, other = open_engine(url, connections=1), open_engine(url)
    with other.connect() as connection, connection.begin():
        connection.exec_driver_sql("LOCK TABLE entries IN ROW EXCLUSIVE MODE")
        with engine.connect() as waiting:
            waiting.exec_driver_sql("SET lock_timeout = '200ms'")
            waiting.commit()
        assert not SqlLogStore(engine).scrub(thorough=True)
    assert SqlLogStore(engine).scrub(thorough=True)
    engine.dispose()
    other.dispose()
