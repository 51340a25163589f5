"""The durable index of entries (`FacetStore`) and the cursors of followers (`CursorStore`), on SQLite or
PostgreSQL.
"""

# ruff: noqa: S608 - what is put into queries here are column lists and orders of this package, never values
from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from service.log.errors import UnknownLog
from service.log.ports import StoredEntry
from service.lookup.ports import Facet, IndexedEntry
from service.store import log_rows as rows
from service.store.reading import Reading

_ADD_TYPE = text("INSERT INTO entry_types (log, type, idx) VALUES (:log, :type, :idx) ON CONFLICT DO NOTHING")
_DROP_FACETS = text("DELETE FROM facets WHERE log = :log AND idx BETWEEN :first AND :last")
_ADD_FACET = text(
    "INSERT INTO facets (log, kind, value, idx) VALUES (:log, :kind, :value, :idx) ON CONFLICT DO NOTHING"
)
_LENGTHS = "SELECT idx, length(disclosures) FROM entries WHERE log = :log AND idx BETWEEN :first AND :last"
_MOVE_CURSOR = text(
    "UPDATE follower_cursors SET following = :following "
    "WHERE handler = :handler AND log_id = :log_id AND following = :was"
)
_ADD_CURSOR = text(
    "INSERT INTO follower_cursors (handler, log_id, following) VALUES (:handler, :log_id, :following)"
)


class SqlLookupStore:
    """Facets and types of entries. Safe among threads; every read is one statement."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._postgres = engine.dialect.name == "postgresql"
        self._reading = Reading(engine)
        self._numbers: dict[bytes, int] = {}

    def put(self, log_id: bytes, entries: Sequence[IndexedEntry]) -> None:
        """Replace what is indexed of these consecutive entries."""
        if not entries:
            return
        log = self._number(log_id)
        span = {"log": log, "first": entries[0].index, "last": entries[-1].index}
        types = [{"log": log, "type": entry.type, "idx": entry.index} for entry in entries]
        with _writing(self._engine) as connection:
            connection.execute(_DROP_FACETS, span)
            connection.execute(_ADD_TYPE, types)
            facets = self._facets(connection, log, span, entries)
            if facets:
                connection.execute(_ADD_FACET, facets)

    def _facets(
        self, connection: Connection, log: int, span: Mapping[str, int], entries: Sequence[IndexedEntry]
    ) -> list[dict[str, object]]:
        """The facets still to be held. SQLite's write lock, or a lock on the rows, keeps an erasure out
        between this look and the commit; afterwards it finds the facets and removes them.
        """
        if not any(entry.facets for entry in entries):
            return []
        lengths = text(_LENGTHS + (" FOR SHARE" if self._postgres else ""))
        now: dict[int, int | None] = {row[0]: row[1] for row in connection.execute(lengths, span)}
        return [
            {"log": log, "kind": int(facet.kind), "value": facet.value, "idx": entry.index}
            for entry in entries
            if entry.facets and now.get(entry.index) == entry.disclosed
            for facet in entry.facets
        ]

    def with_type(
        self, log_id: bytes, event_type: str, first: int, last: int, count: int, *, newest: bool
    ) -> Sequence[int]:
        """At most `count` indexes in [first, last] of this type."""
        query = _listed("entry_types WHERE log = ? AND type = ? AND idx BETWEEN ? AND ?", "idx", newest)
        return self._indexes(query, self._number(log_id), event_type, first, last, count)

    def with_facet(
        self, log_id: bytes, facet: Facet, first: int, last: int, count: int, *, newest: bool
    ) -> Sequence[int]:
        """At most `count` indexes in [first, last] with this facet."""
        where = "facets WHERE log = ? AND kind = ? AND value = ? AND idx BETWEEN ? AND ?"
        query = _listed(where, "idx", newest)
        return self._indexes(query, self._number(log_id), int(facet.kind), facet.value, first, last, count)

    def of_trade(
        self, log_id: bytes, trade: str, first: int, last: int, count: int, *, newest: bool
    ) -> Sequence[int]:
        """At most `count` indexes in [first, last] of this trade. Within a trade, order of seq is order of
        index; the sum keeps the planner from walking the log by index instead.
        """
        where = "entries WHERE log = ? AND trade = ? AND idx + 0 BETWEEN ? AND ?"
        query = _listed(where, "seq", newest)
        return self._indexes(query, self._number(log_id), trade, first, last, count)

    def having_facet(self, log_id: bytes, facet: Facet, indexes: Sequence[int]) -> Collection[int]:
        """Those of the indexes whose entry has the facet."""
        return self._among("facets", "kind = ? AND value = ?", log_id, indexes, int(facet.kind), facet.value)

    def having_type(self, log_id: bytes, event_type: str, indexes: Sequence[int]) -> Collection[int]:
        """Those of the indexes whose entry is of this type."""
        return self._among("entry_types", "type = ?", log_id, indexes, event_type)

    def being_of_trade(self, log_id: bytes, trade: str, indexes: Sequence[int]) -> Collection[int]:
        """Those of the indexes whose entry is of this trade."""
        return self._among("entries", "trade = ?", log_id, indexes, trade)

    def received_at(self, log_id: bytes, index: int) -> int:
        """When the entry at this index was received."""
        query = "SELECT received FROM entries WHERE log = ? AND idx = ?"
        found = self._reading.one(query, self._number(log_id), index)
        assert found is not None, "the index is below the log's size"
        return int(found[0])

    def entries(self, log_id: bytes, indexes: Sequence[int]) -> Sequence[StoredEntry]:
        """The entries at these indexes, ascending."""
        query = self._at("entries", rows.ENTRY, "")
        found = self._reading.all(query, self._list(indexes), self._number(log_id))
        return sorted(map(rows.entry, found), key=lambda entry: entry.index)

    def _among(
        self, table: str, condition: str, log_id: bytes, indexes: Sequence[int], *values: object
    ) -> Collection[int]:
        query = self._at(table, "idx", f"AND {condition} ")
        found = self._reading.all(query, self._list(indexes), self._number(log_id), *values)
        return {row[0] for row in found}

    def _at(self, table: str, columns: str, condition: str) -> str:
        """The rows of a table at a list of indexes (the query's first value) that meet the condition.

        Both forms are one index look-up for each of the list, in whatever state the statistics are: SQLite's
        CROSS JOIN keeps its order, a lateral query with OFFSET is not turned into a join.
        """
        columns = ", ".join(f"t.{column}" for column in columns.split(", "))
        where = f"log = ? {condition}AND idx = w.idx"
        if self._postgres:
            lateral = f"(SELECT * FROM {table} WHERE {where} OFFSET 0)"
            return f"SELECT {columns} FROM unnest(?::bigint[]) AS w(idx) CROSS JOIN LATERAL {lateral} AS t"
        where = f"t.log = ? {condition}AND t.idx = w.idx"
        listed = "(SELECT value AS idx FROM json_each(?)) AS w"
        return f"SELECT {columns} FROM {listed} CROSS JOIN {table} AS t WHERE {where}"

    def _list(self, indexes: Sequence[int]) -> object:
        return list(indexes) if self._postgres else json.dumps(list(indexes))

    def _indexes(self, query: str, *values: object) -> Sequence[int]:
        return [row[0] for row in self._reading.all(query, *values)]

    def _number(self, log_id: bytes) -> int:
        number = self._numbers.get(log_id)
        if number is None:
            found = self._reading.one("SELECT number FROM logs WHERE log_id = ?", log_id)
            if found is None:
                raise UnknownLog(f"no log 0x{log_id.hex()}")
            number = self._numbers[log_id] = int(found[0])
        return number


class SqlCursorStore:
    """Where each handler stands in each log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reading(engine)

    def cursors(self) -> Mapping[tuple[str, bytes], int]:
        """The next index by handler and log id."""
        found = self._reading.all("SELECT handler, log_id, following FROM follower_cursors")
        return {(handler, bytes(log_id)): int(following) for handler, log_id, following in found}

    def advance(self, handler: str, log_id: bytes, was: int, following: int) -> bool:
        """Move a cursor, if it stands where the caller thinks."""
        values: dict[str, Any] = {"handler": handler, "log_id": log_id, "was": was, "following": following}
        try:
            with _writing(self._engine) as connection:
                if connection.execute(_MOVE_CURSOR, values).rowcount == 1:
                    return True
                if was != 0:
                    return False
                connection.execute(_ADD_CURSOR, values)
                return True
        except IntegrityError:
            return False  # it is there, and beyond 0


def _listed(where: str, order: str, newest: bool) -> str:
    return f"SELECT idx FROM {where} ORDER BY {order}{' DESC' if newest else ''} LIMIT ?"


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        yield connection
