"""Single-statement reads on the driver's own connection: a proof needs a few of them, and each costs
microseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from service.log.errors import StoreUnavailable
from service.store.log_append import for_postgres

Row = Sequence[Any]
_ATTEMPTS = 3
_KEPT = 2
# To SQLite, a check-out from the pool takes longer than many a statement, so that a few connections stay
# checked out between reads, shared by all readings of an engine: at most half of its pool, or others would
# wait for them. They hold no transaction and no statement.
_IDLE: WeakKeyDictionary[Engine, deque[PoolProxiedConnection]] = WeakKeyDictionary()


def _idle_of(engine: Engine) -> deque[PoolProxiedConnection]:
    idle = _IDLE.get(engine)
    if idle is None:
        idle = _IDLE[engine] = deque()
        event.listen(engine, "engine_disposed", lambda _: _let_go(idle))
    return idle


def _most_kept(engine: Engine) -> int:
    return min(_KEPT, engine.pool.size() // 2) if isinstance(engine.pool, QueuePool) else 0


def _let_go(idle: deque[PoolProxiedConnection]) -> None:
    while idle:
        pooled = idle.pop()
        pooled.invalidate()
        pooled.close()


class Reading:
    """Reads of one database, each in its own implicit transaction. Marks in queries are `?`. Safe among
    threads.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._postgres = engine.dialect.name == "postgresql"
        self._idle = _idle_of(engine)
        self._most_idle = 0 if self._postgres else _most_kept(engine)

    def all(self, query: str, *values: object) -> list[Row]:
        """All rows. Connections that died while idle are replaced; `StoreUnavailable` when that does not
        help.
        """
        for attempt in range(_ATTEMPTS):
            pooled = self._connection()
            try:
                found = self._read(pooled, query, values)
            except Exception as error:
                pooled.invalidate()
                pooled.close()
                if attempt == _ATTEMPTS - 1:
                    raise StoreUnavailable(f"the database did not answer: {error}", 1.0) from error
                if self._postgres:
                    self._engine.dispose()
            else:
                self._put_back(pooled)
                return found
        raise AssertionError("the last attempt returns or raises")

    def one(self, query: str, *values: object) -> Row | None:
        """The first row, if any."""
        found = self.all(query, *values)
        return found[0] if found else None

    def _connection(self) -> PoolProxiedConnection:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._engine.raw_connection()
        except Exception as error:
            raise StoreUnavailable(f"no connection to the database: {error}", 1.0) from error

    def _put_back(self, pooled: PoolProxiedConnection) -> None:
        if len(self._idle) < self._most_idle:
            self._idle.append(pooled)
        else:
            pooled.close()

    def _read(self, pooled: PoolProxiedConnection, query: str, values: Sequence[object]) -> list[Row]:
        driver: Any = pooled.dbapi_connection
        if not self._postgres:
            found: list[Row] = driver.execute(query, values).fetchall()
            return found
        driver.autocommit = True
        found = driver.execute(for_postgres(query), values, binary=True).fetchall()
        driver.autocommit = False
        return found
