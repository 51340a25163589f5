"""Single-statement reads on the driver's own connection: a proof needs a few of them, and each costs
microseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool, PoolProxiedConnection

from service.log.errors import StoreUnavailable
from service.store.log_append import for_postgres

Row = Sequence[Any]
_ATTEMPTS = 3
_KEPT = 2


class _OwnConnections:
    """Connections for the readings of one SQLite engine, beside those of its pool: whoever writes keeps his
    while he waits for the write lock, and no read may wait for him, least of all one on the event loop.

    To SQLite, a check-out takes longer than many a statement, so that a few stay checked out between reads.
    They hold no transaction and no statement.
    """

    def __init__(self) -> None:
        self.idle: deque[PoolProxiedConnection] = deque()
        self._pool: Pool | None = None
        self._lock = Lock()

    def take(self, engine: Engine) -> PoolProxiedConnection:
        """One of them, or a new one."""
        try:
            return self.idle.pop()
        except IndexError:
            pass
        with self._lock:
            if self._pool is None:
                self._pool = engine.pool.recreate()
            pool = self._pool
        return pool.connect()

    def put_back(self, pooled: PoolProxiedConnection) -> None:
        """After a read."""
        if len(self.idle) < _KEPT:
            self.idle.append(pooled)
        else:
            pooled.close()

    def let_go(self) -> None:
        """Close them, as their engine is disposed of; whoever reads after that gets new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        while self.idle:
            pooled = self.idle.pop()
            pooled.invalidate()
            pooled.close()
        if pool is not None:
            pool.dispose()


_OWN: WeakKeyDictionary[Engine, _OwnConnections] = WeakKeyDictionary()


def _own_of(engine: Engine) -> _OwnConnections:
    own = _OWN.get(engine)
    if own is None:
        own = _OWN[engine] = _OwnConnections()
        event.listen(engine, "engine_disposed", lambda _: own.let_go())
    return own


class Reading:
    """Reads of one database, each in its own implicit transaction. Marks in queries are `?`. Safe among
    threads.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._postgres = engine.dialect.name == "postgresql"
        self._own = None if self._postgres else _own_of(engine)

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
            return self._engine.raw_connection() if self._own is None else self._own.take(self._engine)
        except Exception as error:
            raise StoreUnavailable(f"no connection to the database: {error}", 1.0) from error

    def _put_back(self, pooled: PoolProxiedConnection) -> None:
        if self._own is None:
            pooled.close()
        else:
            self._own.put_back(pooled)

    def _read(self, pooled: PoolProxiedConnection, query: str, values: Sequence[object]) -> list[Row]:
        driver: Any = pooled.dbapi_connection
        if not self._postgres:
            found: list[Row] = driver.execute(query, values).fetchall()
            return found
        driver.autocommit = True
        found = driver.execute(for_postgres(query), values, binary=True).fetchall()
        driver.autocommit = False
        return found
