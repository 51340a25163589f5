from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from service.store import tables
from service.store.engine import DatabaseError, migrate, open_engine, sqlite_url
from tests.integration.conftest import PostgresServer

MIGRATE = "import sys; from service.store.engine import migrate; migrate(sys.argv[1])"


def test_the_migrations_make_the_declared_tables(engine: Engine) -> None:
    assert tables.MODULES
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_migrating_again_changes_nothing(database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        before = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    migrate(database_url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == before


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_several_processes_migrate_one_database_at_once(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        url = sqlite_url(tmp_path / "new.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.empty()
    processes = [subprocess.Popen([sys.executable, "-c", MIGRATE, url]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    engine = open_engine(url)
    assert "entries" in inspect(engine).get_table_names()
    engine.dispose()


def test_sqlite_is_set_up_for_durability(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "x.db"))
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "wal_autocheckpoint")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "wal_autocheckpoint": 0}


def test_postgresql_waits_for_its_disk(postgres_server: PostgresServer) -> None:
    url = postgres_server.empty()
    engine = open_engine(url)
    with engine.begin() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    engine.dispose()
    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DatabaseError):
        open_engine(url)
