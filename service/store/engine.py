"""The database: SQLite in a file by default, PostgreSQL by URL; the connections' durability, and
migrations.

On both, a transaction that has returned from COMMIT survives a power cut: SQLite in WAL mode with
`synchronous=FULL` (NORMAL loses acknowledged rows), PostgreSQL with `synchronous_commit` at least `on`.
Erased content is overwritten (`secure_delete`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from service.core.errors import TallyError

NOTICES = "notices"
"""Key in a PostgreSQL connection's pool record: the notices the server has sent on it."""
BUSY_TIMEOUT_MS = 10_000
_MIGRATION_LOCK = 0x7461_6C6C_79  # any constant: pg_advisory_lock's key, "tally"
_MIGRATIONS = Path(__file__).parent / "migrations"

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",  # a sort on disk would leave content in files that nobody erases
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-32768",
    "PRAGMA journal_size_limit=8388608",
    "PRAGMA wal_autocheckpoint=0",  # see `wal`: automatic checkpoints swallow errors
)
# A process that dies or hangs with the head's lock held must not stop the others: the server ends its
# transaction.
_POSTGRES_SETTINGS = (
    "SET lock_timeout='10s'",
    "SET statement_timeout='60s'",
    "SET idle_in_transaction_session_timeout='30s'",
)


class DatabaseError(TallyError):
    """The database cannot be used as configured; the message says what to change."""


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _dialect_url(url: str) -> URL:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite")
    raise DatabaseError("the database must be PostgreSQL (postgresql://…) or a SQLite file")


def open_engine(url: str, *, connections: int = 16) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql://…`; its pool holds at most `connections`.

    A transaction starts with BEGIN; with the execution option `immediate=True` SQLite takes the write lock
    there.
    """
    address = _dialect_url(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, pool_size=connections, max_overflow=0, connect_args={"timeout": 10})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(address, pool_size=connections, max_overflow=0)
        event.listen(engine, "connect", _set_up_postgres)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transactions of its own; `_begin_sqlite` does
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _set_up_postgres(connection: Any, record: Any) -> None:
    notices: list[object] = []
    connection.add_notice_handler(notices.append)
    record.info[NOTICES] = notices
    with connection.cursor() as cursor:
        for setting in _POSTGRES_SETTINGS:
            cursor.execute(setting)
        if cursor.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit='on'")
    connection.commit()


def migrate(url: str) -> None:
    """Bring the schema to the newest revision. Several processes may call this at once: one migrates, the
    rest wait. DatabaseError when nobody answers there.
    """
    engine = open_engine(url, connections=1)
    try:
        _check_reached(engine)
        with _migration_lock(engine, _dialect_url(url)) as connection:
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _check_reached(engine: Engine) -> None:
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").parent.is_dir():
        raise DatabaseError(f"there is no folder for the database {engine.url.database}")
    try:
        engine.connect().close()
    except OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        said = " ".join(str(error.orig).split())
        raise DatabaseError(f"the database {shown} cannot be reached: {said}") from None


@contextmanager
def _migration_lock(engine: Engine, address: URL) -> Iterator[Connection]:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout=0"))
            connection.execute(text("SET LOCAL statement_timeout=0"))
            # Held to the end of the transaction in which the revisions run: they are there together with
            # their lock.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            yield connection
        return
    lock = os.open(f"{address.database}.migrating", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection
    finally:
        os.close(lock)
