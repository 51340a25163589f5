"""The durable `ErasurePlans`, on SQLite or PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, text

from service.disputes.ports import ErasurePlan
from service.log.errors import UnknownLog
from service.store.reading import Reading

_OF_LOG = "log = (SELECT number FROM logs WHERE log_id = :log_id)"
_ADD = text(
    "INSERT INTO erasure_plans (log, event, trade, targets, at) "
    "SELECT number, :event, :trade, :targets, :at FROM logs WHERE log_id = :log_id"
)
_FINISH = text(f"DELETE FROM erasure_plans WHERE {_OF_LOG} AND event = :event")  # noqa: S608 - no values
_MOVE = text(
    "INSERT INTO retention_cursors (log, idx, rules) SELECT number, :position, :rules FROM logs "
    "WHERE log_id = :log_id ON CONFLICT (log) DO UPDATE SET idx = excluded.idx, rules = excluded.rules"
)
_SCHEDULE = text(
    "INSERT INTO retention_due (log, trade, due) SELECT number, :trade, :due FROM logs "
    "WHERE log_id = :log_id ON CONFLICT (log, trade) DO UPDATE SET due = excluded.due"
)
_UNSCHEDULE = text(f"DELETE FROM retention_due WHERE {_OF_LOG} AND trade = :trade")  # noqa: S608 - no values


class SqlErasurePlans:
    """Plans and schedule in the service's database. One transaction a call, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reading(engine)
        self._writing = engine.execution_options(immediate=True)

    def add(self, log_id: bytes, plan: ErasurePlan) -> None:
        """Keep a plan until it is finished."""
        targets = json.dumps([[index, sorted(claims)] for index, claims in plan.targets])
        values = {"event": plan.event, "trade": plan.trade, "targets": targets, "at": plan.at}
        self._write(_ADD, {"log_id": log_id, **values})

    def unfinished(self, log_id: bytes, trade: str | None = None) -> Sequence[ErasurePlan]:
        """The plans not finished, oldest first."""
        some, values = ("", ()) if trade is None else ("AND trade = ? ", (trade,))
        query = (
            "SELECT event, trade, targets, at FROM erasure_plans "  # noqa: S608 - no values
            f"WHERE log = ? {some}ORDER BY at, event"
        )
        return [_plan(row) for row in self._reading.all(query, self._number(log_id), *values)]

    def finish(self, log_id: bytes, event: str) -> None:
        """Forget a plan."""
        self._write(_FINISH, {"log_id": log_id, "event": event})

    def position(self, log_id: bytes, rules: bytes) -> int:
        """The first index not scheduled yet under these rules."""
        query = "SELECT idx FROM retention_cursors WHERE log = ? AND rules = ?"
        found = self._reading.one(query, self._number(log_id), rules)
        return 0 if found is None else int(found[0])

    def schedule(self, log_id: bytes, trades: Collection[str], due: int, position: int, rules: bytes) -> None:
        """Have these trades looked at, and move the position."""
        with self._writing.begin() as connection:
            if trades:
                rows = [{"log_id": log_id, "trade": trade, "due": due} for trade in sorted(trades)]
                connection.execute(_SCHEDULE, rows)
            connection.execute(_MOVE, {"log_id": log_id, "position": position, "rules": rules})

    def look_again(self, log_id: bytes, trade: str, due: int | None) -> None:
        """Have a trade looked at again then, or no more."""
        if due is None:
            self._write(_UNSCHEDULE, {"log_id": log_id, "trade": trade})
        else:
            self._write(_SCHEDULE, {"log_id": log_id, "trade": trade, "due": due})

    def due(self, log_id: bytes, now: int, limit: int) -> Sequence[str]:
        """Trades that are due, the longest due first."""
        query = "SELECT trade FROM retention_due WHERE log = ? AND due <= ? ORDER BY due, trade LIMIT ?"
        return [str(row[0]) for row in self._reading.all(query, self._number(log_id), now, limit)]

    def _number(self, log_id: bytes) -> int:
        found = self._reading.one("SELECT number FROM logs WHERE log_id = ?", log_id)
        if found is None:
            raise UnknownLog(f"no log 0x{log_id.hex()}")
        return int(found[0])

    def _write(self, statement: Any, values: Mapping[str, object]) -> None:
        with self._writing.begin() as connection:
            connection.execute(statement, values)


def _plan(row: Sequence[Any]) -> ErasurePlan:
    event, trade, targets, at = row
    parsed = tuple((int(index), frozenset(claims)) for index, claims in json.loads(targets))
    return ErasurePlan(event, trade, parsed, at)
