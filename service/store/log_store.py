"""The durable `LogStore` on SQLite or PostgreSQL: reads here, the appending transaction in `log_append`."""

# ruff: noqa: S608 - what is put into queries here are column lists of this package, never values
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from service.core.merkle import EMPTY_ROOT
from service.log.errors import LogError, UnknownLog
from service.log.ports import (
    Appending,
    CheckpointRecord,
    EntryFrame,
    Head,
    LogRecord,
    LogState,
    StoredEntry,
    StoredTile,
)
from service.store import log_rows as rows
from service.store.log_append import EDGE_QUERY, TILE_QUERY, append_transaction
from service.store.reading import Reading
from service.store.scrub import scrub_postgres
from service.store.wal import WalKeeper

_EVENTS_A_QUERY = 10_000
_ADD_LOG = text(f"INSERT INTO logs ({rows.LOG}) VALUES (:{rows.LOG.replace(', ', ', :')})")
_ADD_HEAD = text(
    f"INSERT INTO heads (log, {rows.HEAD}) SELECT number, 0, :root, 0, 0 FROM logs WHERE log_id = :log_id"
)
_LOCK_HEAD = text("UPDATE heads SET size = size WHERE log = :log")
_SET_STATE = text(
    "UPDATE logs SET state = :state, reason = :reason, successor = :successor "
    "WHERE log_id = :log_id AND state <> 'sealed'"
)
_NAME_SUCCESSOR = text(
    "UPDATE logs SET successor = :successor WHERE log_id = :log_id AND state = 'sealed' AND successor IS NULL"
)
_CONTENT = "SELECT disclosures FROM entries WHERE log = :log AND idx = :idx"
_KEEP = text("UPDATE entries SET disclosures = :kept, erased_at = :at WHERE log = :log AND idx = :idx")


class SqlLogStore:
    """All logs of one database. Safe among threads; every read is one statement, so one snapshot."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reading(engine)
        self._all = self._reading.all
        self._one = self._reading.one
        self._numbers: dict[bytes, int] = {}
        self._gate = Lock()
        self._wal = WalKeeper(engine) if engine.dialect.name == "sqlite" else None
        self._content = text(_CONTENT if self._wal is not None else f"{_CONTENT} FOR UPDATE")

    def create(self, log: LogRecord) -> None:
        """Add an empty log."""
        try:
            with self._writing() as connection:
                connection.execute(_ADD_LOG, rows.log_values(log))
                connection.execute(_ADD_HEAD, {"root": EMPTY_ROOT, "log_id": log.log_id})
        except IntegrityError as error:
            raise LogError(f"there is a log 0x{log.log_id.hex()} already") from error

    def log(self, log_id: bytes) -> LogRecord:
        """The log's row."""
        found = self._one(f"SELECT {rows.LOG} FROM logs WHERE log_id = ?", log_id)
        if found is None:
            raise UnknownLog(f"no log 0x{log_id.hex()}")
        return rows.log(found)

    def logs(self) -> Sequence[LogRecord]:
        """All logs, oldest first."""
        return [rows.log(row) for row in self._all(f"SELECT {rows.LOG} FROM logs ORDER BY number")]

    def set_state(
        self, log_id: bytes, state: LogState, reason: str | None, successor: bytes | None = None
    ) -> None:
        """Halt or seal the log. A sealed log stays sealed, its successor stays the one first named, and
        nothing opens again.
        """
        if state is LogState.OPEN:
            raise LogError("a log never opens again: open a successor")
        with self._writing() as connection:
            # Under the head's lock: an append that is under way ends first, the next one sees the new state.
            connection.execute(_LOCK_HEAD, {"log": self._number(log_id)})
            connection.execute(
                _SET_STATE, {"state": state.value, "reason": reason, "successor": successor, "log_id": log_id}
            )
            if state is LogState.SEALED and successor is not None:
                connection.execute(_NAME_SUCCESSOR, {"successor": successor, "log_id": log_id})

    @contextmanager
    def appending(self, log_id: bytes) -> Iterator[Appending]:
        """Lock the log's head until commit or exit."""
        with append_transaction(self._engine, self._gate, self._number(log_id)) as transaction:
            yield transaction

    def settle(self) -> None:
        """Move committed pages of SQLite's WAL into the database file when there are many."""
        if self._wal is not None:
            self._wal.settle()

    def erase(self, log_id: bytes, index: int, claims: frozenset[str], at: int) -> bool:
        """Delete the disclosures of these claims, under the row's lock."""
        key = {"log": self._number(log_id), "idx": index}
        with self._gate, self._writing() as connection:
            row = connection.execute(self._content, key).first()
            kept = rows.without(row[0], claims) if row is not None else None
            if row is None or kept == row[0]:
                return False
            connection.execute(_KEEP, {**key, "kept": kept, "at": at})
        return True

    def scrub(self, *, thorough: bool = False) -> bool:
        """SQLite: write every page over its old self and cut the WAL; PostgreSQL: see `scrub`."""
        return scrub_postgres(self._engine, thorough) if self._wal is None else self._wal.empty()

    def head(self, log_id: bytes) -> Head:
        """The newest committed head."""
        found = self._one(f"SELECT {rows.HEAD} FROM heads WHERE log = ?", self._number(log_id))
        assert found is not None, "a log is created together with its head"
        return rows.head(found)

    def entry(self, log_id: bytes, index: int) -> StoredEntry | None:
        """The entry at this index."""
        return self._entry("idx = ?", log_id, index)

    def entry_by_leaf(self, log_id: bytes, leaf: bytes) -> StoredEntry | None:
        """The entry with this leaf hash."""
        return self._entry("leaf = ?", log_id, leaf)

    def entry_by_event(self, log_id: bytes, event: str) -> StoredEntry | None:
        """The entry of this event id."""
        return self._entry("event = ?", log_id, event)

    def entries(self, log_id: bytes, first: int, count: int) -> Sequence[StoredEntry]:
        """At most `count` entries from index `first` on."""
        query = f"SELECT {rows.ENTRY} FROM entries WHERE log = ? AND idx >= ? ORDER BY idx LIMIT ?"
        return [rows.entry(row) for row in self._all(query, self._number(log_id), first, count)]

    def frames(self, log_id: bytes, first: int, count: int) -> Sequence[EntryFrame]:
        """At most `count` entries' frames from index `first` on."""
        query = f"SELECT {rows.FRAME} FROM entries WHERE log = ? AND idx >= ? ORDER BY idx LIMIT ?"
        return [EntryFrame(*row) for row in self._all(query, self._number(log_id), first, count)]

    def trade(self, log_id: bytes, trade: str, first_seq: int, count: int) -> Sequence[StoredEntry]:
        """At most `count` entries of the trade from `first_seq` on."""
        query = (
            f"SELECT {rows.ENTRY} FROM entries WHERE log = ? AND trade = ? AND seq >= ? ORDER BY seq LIMIT ?"
        )
        return [rows.entry(row) for row in self._all(query, self._number(log_id), trade, first_seq, count)]

    def digests(self, log_id: bytes, events: Sequence[str]) -> Mapping[str, bytes]:
        """The statement digests of those of the events that are in the log."""
        found: dict[str, bytes] = {}
        for start in range(0, len(events), _EVENTS_A_QUERY):
            some = events[start : start + _EVENTS_A_QUERY]
            marks = ", ".join("?" * len(some))
            query = f"SELECT event, digest FROM entries WHERE log = ? AND event IN ({marks})"
            found.update((event, digest) for event, digest in self._all(query, self._number(log_id), *some))
        return found

    def tile(self, log_id: bytes, level: int, index: int) -> StoredTile | None:
        """One tile, full or at the edge."""
        number = self._number(log_id)
        found = self._one(TILE_QUERY, number, level, index, number, level, index)
        return None if found is None else rows.tile(found)

    def edge(self, log_id: bytes) -> Sequence[StoredTile]:
        """The partial tiles of the right edge."""
        return [rows.tile(row) for row in self._all(EDGE_QUERY, self._number(log_id))]

    def checkpoint_covering(self, log_id: bytes, size: int) -> CheckpointRecord | None:
        """The smallest checkpoint of at least this size."""
        return self._checkpoint("size >= ? ORDER BY size LIMIT 1", log_id, size)

    def latest_checkpoint(self, log_id: bytes, at_most: int) -> CheckpointRecord | None:
        """The largest checkpoint of at most this size."""
        return self._checkpoint("size <= ? ORDER BY size DESC LIMIT 1", log_id, at_most)

    def newest_checkpoint_of(self, log_id: bytes, key: str) -> CheckpointRecord | None:
        """The largest checkpoint that the key of this address signs. Reads all those behind it."""
        condition = "log = ? AND key = ? ORDER BY size DESC LIMIT 1"
        query = f"SELECT {rows.CHECKPOINT} FROM checkpoints WHERE {condition}"
        found = self._one(query, self._number(log_id), key)
        return None if found is None else rows.checkpoint(found)

    def checkpoints(self, log_id: bytes, after: int, count: int) -> Sequence[CheckpointRecord]:
        """At most `count` checkpoints larger than `after`."""
        query = f"SELECT {rows.CHECKPOINT} FROM checkpoints WHERE log = ? AND size > ? ORDER BY size LIMIT ?"
        return [rows.checkpoint(row) for row in self._all(query, self._number(log_id), after, count)]

    def _entry(self, condition: str, log_id: bytes, value: object) -> StoredEntry | None:
        found = self._one(
            f"SELECT {rows.ENTRY} FROM entries WHERE log = ? AND {condition}", self._number(log_id), value
        )
        return None if found is None else rows.entry(found)

    def _checkpoint(self, condition: str, log_id: bytes, size: int) -> CheckpointRecord | None:
        query = f"SELECT {rows.CHECKPOINT} FROM checkpoints WHERE log = ? AND {condition}"
        found = self._one(query, self._number(log_id), size)
        return None if found is None else rows.checkpoint(found)

    def _number(self, log_id: bytes) -> int:
        number = self._numbers.get(log_id)
        if number is None:
            found = self._one("SELECT number FROM logs WHERE log_id = ?", log_id)
            if found is None:
                raise UnknownLog(f"no log 0x{log_id.hex()}")
            number = self._numbers[log_id] = int(found[0])
        return number

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection
