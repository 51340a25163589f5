"""Single-statement reads on the driver's own connection: a proof needs a few of them, and each costs
microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from service.log.errors import StoreUnavailable
from service.store.log_append import for_postgres

Row = Sequence[Any]
_ATTEMPTS = 3


class Reading:
    """Reads of one database, each in its own implicit transaction. Marks in queries are `?`. Safe among
    threads.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._postgres = engine.dialect.name == "postgresql"

    def all(self, query: str, *values: object) -> list[Row]:
        """All rows. Connections that died while idle are replaced; `StoreUnavailable` when that does not
        help.
        """
        for attempt in range(_ATTEMPTS):
            try:
                pooled = self._engine.raw_connection()
            except Exception as error:
                raise StoreUnavailable(f"no connection to the database: {error}", 1.0) from error
            try:
                return self._read(pooled, query, values)
            except Exception as error:
                pooled.invalidate()
                if attempt == _ATTEMPTS - 1:
                    raise StoreUnavailable(f"the database did not answer: {error}", 1.0) from error
                if self._postgres:
                    self._engine.dispose()
            finally:
                pooled.close()
        raise AssertionError("the last attempt returns or raises")

    def one(self, query: str, *values: object) -> Row | None:
        """The first row, if any."""
        found = self.all(query, *values)
        return found[0] if found else None

    def _read(self, pooled: PoolProxiedConnection, query: str, values: Sequence[object]) -> list[Row]:
        driver: Any = pooled.dbapi_connection
        if not self._postgres:
            found: list[Row] = driver.execute(query, values).fetchall()
            return found
        driver.autocommit = True
        found = driver.execute(for_postgres(query), values, binary=True).fetchall()
        driver.autocommit = False
        return found
