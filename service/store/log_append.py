"""The appending transaction: holds a log's head against everybody else, writes one group, commits or says
"unknown".

The hot path speaks to the driver's own connection: through the ORM a row would cost more than its hashes.
"""

# ruff: noqa: S608 - what is put into queries here are column lists of this package, never values
from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from threading import Lock
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from service.core.tile import TILE_WIDTH
from service.log.errors import CommitUnknown, RowsRefused, StoreFailed, StoreUnavailable
from service.log.ports import (
    CheckpointRecord,
    Head,
    LogRecord,
    StoredEntry,
    StoredTile,
    TradeTail,
)
from service.store import log_rows as rows
from service.store.engine import NOTICES
from service.store.wal import is_fatal

_ENTRY_COLUMNS = f"log, {rows.ENTRY}"
_ENTRY_TYPES = (
    "int4",
    "int8",
    "bytea",
    "text",
    "text",
    "int8",
    "text",
    "int8",
    "bytea",
    "bytea",
    "text",
    "int8",
)
_ADD_ENTRY = f"INSERT INTO entries ({_ENTRY_COLUMNS}) VALUES ({', '.join('?' * len(_ENTRY_TYPES))})"
TILE_QUERY = (
    "SELECT level, idx, hashes, middle FROM tiles WHERE log = ? AND level = ? AND idx = ? UNION ALL "
    "SELECT level, idx, hashes, NULL FROM edges WHERE log = ? AND level = ? AND idx = ?"
)
EDGE_QUERY = "SELECT level, idx, hashes, NULL FROM edges WHERE log = ?"
_MOVE_HEAD = "UPDATE heads SET size = ?, root = ?, received = ?, signed_at = ? WHERE log = ? AND size = ?"
_ADD_CHECKPOINT = f"INSERT INTO checkpoints (log, {rows.CHECKPOINT}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_ADD_TILE = f"INSERT INTO tiles (log, {rows.TILE}) VALUES (?, ?, ?, ?, ?)"
_DROP_EDGE = "DELETE FROM edges WHERE log = ? AND level = ?"
_PUT_EDGE = (
    "INSERT INTO edges (log, level, idx, hashes) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (log, level) DO UPDATE SET idx = excluded.idx, hashes = excluded.hashes"
)
_LOG_ROW = f"SELECT {rows.LOG} FROM logs WHERE number = ?"
_HEAD_ROW = f"SELECT {rows.HEAD} FROM heads WHERE log = ?"
_Row = Sequence[object]
_Write = tuple[str, Sequence[_Row]]
_COPY_FROM = 8  # rows; below that INSERT is as fast, and needs no second exchange with the server


class SqlAppending(ABC):
    """The parts of an appending transaction that both databases share. One thread, one use."""

    log: LogRecord
    head: Head

    def __init__(self, pooled: PoolProxiedConnection, number: int) -> None:
        self._pooled = pooled
        self._driver: Any = pooled.dbapi_connection
        self._number = number
        self.dropped = False

    @abstractmethod
    def begin(self) -> None:
        """Start the transaction, lock the head, read it."""

    @abstractmethod
    def _all(self, query: str, *values: object) -> Sequence[Sequence[Any]]: ...

    @abstractmethod
    def _write(self, head: _Row, writes: Sequence[_Write], entries: Sequence[_Row]) -> int:
        """Move the head, do the writes, add the entries; the number of heads moved."""

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def existing(self, events: Sequence[str]) -> Mapping[str, StoredEntry]:
        """Those of the events that are in the log."""

    @abstractmethod
    def tails(self, trades: Sequence[str]) -> Mapping[str, TradeTail]:
        """The last entry of each of these trades."""

    def edge(self) -> Sequence[StoredTile]:
        """The partial tiles of the right edge."""
        with self._guarded():
            return [rows.tile(row) for row in self._all(EDGE_QUERY, self._number)]

    def tile(self, level: int, index: int) -> StoredTile | None:
        """One tile, full or at the edge."""
        key = (self._number, level, index)
        with self._guarded():
            found = self._all(TILE_QUERY, *key, *key)
        return rows.tile(found[0]) if found else None

    def checkpoint(self, size: int) -> CheckpointRecord | None:
        """The checkpoint of exactly this size."""
        query = f"SELECT {rows.CHECKPOINT} FROM checkpoints WHERE log = ? AND size = ?"
        with self._guarded():
            found = self._all(query, self._number, size)
        return rows.checkpoint(found[0]) if found else None

    def append(
        self,
        entries: Sequence[StoredEntry],
        tiles: Sequence[StoredTile],
        head: Head,
        checkpoint: CheckpointRecord,
    ) -> None:
        """Write all rows of one group, the guarded move of the head first."""
        number = self._number
        moved = (head.size, head.root, head.received, head.signed_at, number, self.head.size)
        inserts = [
            (_ADD_CHECKPOINT, [(number, *rows.checkpoint_values(checkpoint))]),
            *_tile_writes(number, tiles),
        ]
        added = [rows.entry_values(number, entry) for entry in entries]
        with self._guarded():
            if self._write(moved, inserts, added) != 1:
                raise StoreUnavailable("the log's head moved under its lock", 1.0)

    def confirm(self) -> None:
        """Commit a write that changes nothing; its fsync or standby answer covers all commits before."""
        head = self.head
        with self._guarded():
            same = (head.size, head.root, head.received, head.signed_at, self._number, head.size)
            self._write(same, (), ())
        self.commit()

    def commit(self) -> None:
        """Commit. Whatever is not a plain success is "unknown", and this connection is never used again."""
        try:
            self._commit()
        except Exception as error:
            self.dropped = True
            if is_fatal(error):
                raise StoreFailed(f"the database lost a durable write: {error}") from error
            raise CommitUnknown(f"COMMIT gave no clear answer: {error}") from error

    def end(self) -> None:
        """Roll back what was not committed and return the connection, unless it is not to be used again."""
        try:
            if not self.dropped:
                self._roll_back()
        except Exception:
            self.dropped = True
        if self.dropped:
            self._pooled.invalidate()
        self._pooled.close()

    @abstractmethod
    def _roll_back(self) -> None: ...

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn the driver's errors into the log's; before COMMIT all of them leave nothing behind."""
        try:
            yield
        except (self._driver_errors().IntegrityError, self._driver_errors().DataError) as error:
            raise RowsRefused(str(error)) from error
        except self._driver_errors().Error as error:
            self.dropped = True
            if is_fatal(error):
                raise StoreFailed(f"the database cannot be read or written: {error}") from error
            raise StoreUnavailable(f"the database did not answer: {error}", 1.0) from error

    @classmethod
    @abstractmethod
    def _driver_errors(cls) -> Any:
        """The driver's module, with its PEP 249 errors."""


def _tile_writes(number: int, tiles: Sequence[StoredTile]) -> list[_Write]:
    full = [tile for tile in tiles if tile.width == TILE_WIDTH]
    partial = [tile for tile in tiles if tile.width < TILE_WIDTH]
    gone = {tile.level for tile in full} - {tile.level for tile in partial}
    writes: list[_Write] = [
        (_ADD_TILE, [(number, tile.level, tile.index, tile.hashes, tile.middle) for tile in full]),
        (_PUT_EDGE, [(number, tile.level, tile.index, tile.hashes) for tile in partial]),
        (_DROP_EDGE, [(number, level) for level in gone]),
    ]
    return [(query, values) for query, values in writes if values]


class SqliteAppending(SqlAppending):
    """On SQLite: BEGIN IMMEDIATE locks the whole database, which is one writer's at a time anyway."""

    def begin(self) -> None:
        """Take the write lock and read the head."""
        with self._guarded():
            self._driver.execute("BEGIN IMMEDIATE")
            self.head = rows.head(self._all(_HEAD_ROW, self._number)[0])
            self.log = rows.log(self._all(_LOG_ROW, self._number)[0])

    def existing(self, events: Sequence[str]) -> Mapping[str, StoredEntry]:
        """Those of the events that are in the log."""
        query = (
            f"SELECT {rows.ENTRY} FROM entries WHERE log = ? AND event IN (SELECT value FROM json_each(?))"
        )
        with self._guarded():
            found = [rows.entry(row) for row in self._all(query, self._number, json.dumps(events))]
        return {entry.event: entry for entry in found}

    def tails(self, trades: Sequence[str]) -> Mapping[str, TradeTail]:
        """The last entry of each of these trades."""
        query = (
            "SELECT e.trade, e.seq, e.leaf FROM json_each(?) AS t CROSS JOIN entries AS e "
            "ON e.log = ? AND e.trade = t.value AND e.seq = "
            "(SELECT max(m.seq) FROM entries AS m WHERE m.log = ? AND m.trade = t.value)"
        )
        with self._guarded():
            found = self._all(query, json.dumps(trades), self._number, self._number)
        return {trade: TradeTail(seq, leaf) for trade, seq, leaf in found}

    def _all(self, query: str, *values: object) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = self._driver.execute(query, values).fetchall()
        return found

    def _write(self, head: _Row, writes: Sequence[_Write], entries: Sequence[_Row]) -> int:
        moved: int = self._driver.execute(_MOVE_HEAD, head).rowcount
        for query, values in writes:
            self._driver.executemany(query, values)
        self._driver.executemany(_ADD_ENTRY, entries)
        return moved

    def _commit(self) -> None:
        self._driver.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")

    @classmethod
    def _driver_errors(cls) -> Any:
        return sqlite3


class PostgresAppending(SqlAppending):
    """On PostgreSQL: FOR UPDATE locks the head's row; everything waits there, whichever process it comes
    from.
    """

    def begin(self) -> None:
        """Start the transaction, wait for the head's row, read it as it is then."""
        with self._guarded():
            self._driver.autocommit = True  # transactions are begun and ended here, in plain sight
            with self._driver.pipeline():
                self._driver.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                key = (self._number,)
                head = self._driver.execute(for_postgres(_HEAD_ROW) + " FOR UPDATE", key, binary=True)
                # A statement of its own: only its snapshot, taken after the lock, is sure to see that the
                # log was sealed.
                log = self._driver.execute(for_postgres(_LOG_ROW), key, binary=True)
            self.head, self.log = rows.head(head.fetchone()), rows.log(log.fetchone())

    def existing(self, events: Sequence[str]) -> Mapping[str, StoredEntry]:
        """Those of the events that are in the log."""
        query = f"SELECT {rows.ENTRY} FROM entries WHERE log = ? AND event = ANY(?)"
        with self._guarded():
            found = [rows.entry(row) for row in self._all(query, self._number, list(events))]
        return {entry.event: entry for entry in found}

    def tails(self, trades: Sequence[str]) -> Mapping[str, TradeTail]:
        """The last entry of each of these trades."""
        query = (
            "SELECT t.trade, e.seq, e.leaf FROM unnest(?::text[]) AS t(trade) CROSS JOIN LATERAL "
            "(SELECT seq, leaf FROM entries WHERE log = ? AND trade = t.trade ORDER BY seq DESC LIMIT 1) AS e"
        )
        with self._guarded():
            found = self._all(query, list(trades), self._number)
        return {trade: TradeTail(seq, leaf) for trade, seq, leaf in found}

    def _all(self, query: str, *values: object) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = self._driver.execute(
            for_postgres(query), values, binary=True
        ).fetchall()
        return found

    def _write(self, head: _Row, writes: Sequence[_Write], entries: Sequence[_Row]) -> int:
        with self._driver.pipeline():
            moved = self._driver.execute(for_postgres(_MOVE_HEAD), head)
            for query, values in writes:
                self._driver.cursor().executemany(for_postgres(query), values)
            if len(entries) < _COPY_FROM:
                self._driver.cursor().executemany(for_postgres(_ADD_ENTRY), entries)
        if len(entries) >= _COPY_FROM:
            with self._driver.cursor().copy(
                f"COPY entries ({_ENTRY_COLUMNS}) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.set_types(_ENTRY_TYPES)
                for row in entries:
                    copy.write_row(row)
        count: int = moved.rowcount
        return count

    def _commit(self) -> None:
        notices: list[object] = self._pooled.info.setdefault(NOTICES, [])
        notices.clear()
        answer = self._driver.execute("COMMIT").statusmessage
        # "ROLLBACK" answers a COMMIT of a failed transaction; a warning says that a standby did not confirm.
        if answer != "COMMIT" or notices:
            raise CommitUnknown(f"COMMIT was answered by {answer}, {len(notices)} notices")

    def _roll_back(self) -> None:
        if self._driver.info.transaction_status is not TransactionStatus.IDLE:
            self._driver.execute("ROLLBACK")
        self._driver.autocommit = False

    @classmethod
    def _driver_errors(cls) -> Any:
        return psycopg


@cache
def for_postgres(query: str) -> str:
    """The query with psycopg's marks for binary parameters."""
    return query.replace("?", "%b")


@contextmanager
def append_transaction(engine: Engine, gate: Lock, number: int) -> Iterator[SqlAppending]:
    """The transaction of one group; what is not committed is rolled back at the end.

    `gate` lets one thread of a process at a time near SQLite's write lock: waiting there is polling.
    """
    on_sqlite = engine.dialect.name == "sqlite"
    with gate if on_sqlite else nullcontext():
        try:
            pooled = engine.raw_connection()
        except Exception as error:
            raise StoreUnavailable(f"no connection to the database: {error}", 1.0) from error
        transaction = SqliteAppending(pooled, number) if on_sqlite else PostgresAppending(pooled, number)
        try:
            transaction.begin()
            yield transaction
        finally:
            transaction.end()
