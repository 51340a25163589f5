"""The durable index of cases, on SQLite or PostgreSQL."""

# ruff: noqa: S608 - what is put into queries here are column lists of this module, never values
from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, text

from service.disputes.case_ports import CaseFilter, IndexedCase
from service.store.reading import Reading

_COLUMNS = (
    "log_id, dispute, trade, idx, opened, claimant, code, forum, state, is_open, due, paused_until, "
    "answered, seen"
)
_NAMES = _COLUMNS.split(", ")
# A dispute's id belongs to the trade whose entry had it first; what has seen less never replaces what has
# seen more.
_PUT = text(
    f"INSERT INTO disputes ({_COLUMNS}) VALUES (:{', :'.join(_NAMES)}) ON CONFLICT (log_id, dispute) "
    f"DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES[2:])} "
    "WHERE excluded.idx < disputes.idx "
    "OR (excluded.trade = disputes.trade AND excluded.idx = disputes.idx AND excluded.seen >= disputes.seen)"
)
_KNOWN = text("SELECT DISTINCT trade FROM disputes WHERE log_id = :log AND trade IN :trades").bindparams(
    bindparam("trades", expanding=True)
)
_FORGET = text(
    "UPDATE disputes SET forum = NULL, code = CASE WHEN :code THEN NULL ELSE code END "
    "WHERE log_id = :log AND idx = :idx"
)


class SqlCaseIndex:
    """The cases of all logs. Safe among threads and processes; each call is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reading(engine)

    def put(self, cases: Sequence[IndexedCase]) -> None:
        """Store each case unless the index has seen later entries of it."""
        if not cases:
            return
        with self._writing() as connection:
            for case in cases:
                connection.execute(_PUT, dict(zip(_NAMES, astuple(case), strict=True)))

    def find(self, log_id: bytes, dispute: str) -> IndexedCase | None:
        """One case."""
        query = f"SELECT {_COLUMNS} FROM disputes WHERE log_id = ? AND dispute = ?"
        found = self._reading.one(query, log_id, dispute)
        return None if found is None else _case(found)

    def known(self, log_id: bytes, trades: Collection[str]) -> frozenset[str]:
        """Those of the trades that have cases."""
        if not trades:
            return frozenset()
        with self._engine.connect() as connection, connection.begin():
            found = connection.execute(_KNOWN, {"log": log_id, "trades": list(trades)})
            return frozenset(found.scalars())

    def page(self, log_id: bytes, wanted: CaseFilter, after: int, limit: int) -> Sequence[IndexedCase]:
        """At most `limit` cases opened at an index of `after` or more, ascending."""
        conditions: list[str] = ["log_id = ?", "idx >= ?"]
        values: list[object] = [log_id, after]
        for condition, value in (
            ("trade = ?", wanted.trade),
            ("dispute = ?", wanted.dispute),
            ("state = ?", wanted.state),
            ("is_open = ?", wanted.open),
            ("due < ?", wanted.due_before),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        query = f"SELECT {_COLUMNS} FROM disputes WHERE {' AND '.join(conditions)} ORDER BY idx LIMIT ?"
        return [_case(row) for row in self._reading.all(query, *values, limit)]

    def due_between(
        self, log_id: bytes, after: int, until: int, limit: int, beyond: str | None = None
    ) -> Sequence[IndexedCase]:
        """Cases whose answer falls due in (after, until], soonest first, then by id."""
        query = (
            f"SELECT {_COLUMNS} FROM disputes WHERE log_id = ? AND (due, dispute) > (?, ?) AND due <= ? "
            "ORDER BY due, dispute LIMIT ?"
        )
        after, beyond = (after + 1, "") if beyond is None else (after, beyond)
        return [_case(row) for row in self._reading.all(query, log_id, after, beyond, until, limit)]

    def forget(self, log_id: bytes, index: int, code: bool) -> None:
        """Blank what the case opened by this entry copies of its claims."""
        with self._writing() as connection:
            connection.execute(_FORGET, {"log": log_id, "idx": index, "code": code})

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection


def _case(row: Sequence[Any]) -> IndexedCase:
    values = list(row)
    values[9] = bool(values[9])  # SQLite has no booleans
    return IndexedCase(*values)
