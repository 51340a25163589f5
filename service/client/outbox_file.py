"""The outbox's file: events in the order they were put, on disk before `put` returns.

SQLite with synchronous=FULL: a row is on the medium when its transaction has returned. Every step out of
`waiting` is one transaction after the service's answer was checked, so a crash in between only repeats a
post, which is idempotent.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike
from pathlib import Path

from service.client.errors import OutboxConflict, OutboxFailed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL UNIQUE,
    trade TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
    answer BLOB
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (position) WHERE state = 'waiting';
"""


class State(StrEnum):
    """Where an event stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Kept:
    """An event in the outbox: `answer` is the receipt of a delivered one, the problem of a refused one."""

    position: int
    event: str
    trade: str
    body: bytes
    state: State
    answer: bytes | None


class OutboxFile:
    """One SQLite file, readable by its owner alone, usable by several threads and processes.

    Every method raises OutboxFailed when the file does not do its duty.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._lock = threading.Lock()
        self._broken = False
        try:
            Path(path).touch(mode=0o600, exist_ok=True)  # it holds claims and their salts
            self._connection = self._open(path)
        except (OSError, sqlite3.Error) as error:
            raise OutboxFailed(f"the outbox's file cannot be opened: {error}") from error

    @staticmethod
    def _open(path: str | PathLike[str]) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")  # what is forgotten here is gone from the file
        connection.executescript(_SCHEMA)
        return connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def put(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        """Append (event, trade, body) rows, all or none; a row that is there already with the same body
        is left alone.

        OutboxConflict when it is there with another body.
        """
        with self._transaction() as connection:
            for event, trade, body in rows:
                kept = connection.execute("SELECT body FROM outbox WHERE event = ?", (event,)).fetchone()
                if kept is None:
                    connection.execute(
                        "INSERT INTO outbox (event, trade, body) VALUES (?, ?, ?)", (event, trade, body)
                    )
                elif kept[0] != body:
                    raise OutboxConflict(f"event {event} is in the outbox already, with other content")

    def waiting(self, after: int, limit: int) -> list[Kept]:
        """The next waiting events behind a position, oldest first."""
        return self._read("state = 'waiting' AND position > ? ORDER BY position LIMIT ?", (after, limit))

    def settle(self, outcomes: Iterable[tuple[str, State, bytes]]) -> None:
        """Mark waiting events as delivered or refused, with receipt or problem; leave others as they are."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE outbox SET state = ?2, answer = ?3 WHERE event = ?1 AND state = 'waiting'",
                [(event, state.value, answer) for event, state, answer in outcomes],
            )

    def find(self, event: str) -> Kept | None:
        """One event."""
        found = self._read("event = ?", (event,))
        return found[0] if found else None

    def refused(self) -> list[Kept]:
        """The events that the service will never take, oldest first."""
        return self._read("state = 'refused' ORDER BY position", ())

    def forget(self, events: Sequence[str]) -> int:
        """Delete events that no longer wait; how many were deleted."""
        with self._transaction() as connection:
            return connection.executemany(
                "DELETE FROM outbox WHERE event = ? AND state <> 'waiting'", [(event,) for event in events]
            ).rowcount

    def counts(self) -> dict[State, int]:
        """How many events stand where."""
        with self._guarded() as connection:
            rows = connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()
        return dict.fromkeys(State, 0) | {State(state): count for state, count in rows}

    def _read(self, where: str, values: tuple[object, ...]) -> list[Kept]:
        sql = f"SELECT position, event, trade, body, state, answer FROM outbox WHERE {where}"  # noqa: S608
        with self._guarded() as connection:
            rows = connection.execute(sql, values).fetchall()
        return [
            Kept(position, event, trade, body, State(state), answer)
            for position, event, trade, body, state, answer in rows
        ]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guarded() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        """The connection, one user at a time.

        SQLite reports an fsync that failed once and then carries on, though what it wrote before may never
        have reached the medium: so the first I/O error is the last word of this connection.
        """
        with self._lock:
            if self._broken:
                raise OutboxFailed("the outbox met an I/O error earlier: open it anew in a new process")
            try:
                yield self._connection
            except sqlite3.Error as error:
                self._broken = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR
                raise OutboxFailed(f"the outbox's file: {error}") from error
