"""A large log made by SQL alone: rows like real ones in number, size and spread, without hashes or proofs."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Engine, text

from service.core.checkpoint import LogIdentity
from service.log.ports import LogReader
from service.lookup.facets import FacetKey
from service.store.log_store import SqlLogStore
from tests.unit.log.whole_log import IDENTITY, RECORD

KEY = FacetKey(bytes(32))
A_TRADE = 10  # entries; its first names a card that two trades share, its last a payee
EVERYBODY = "0x" + "ee" * 32
STEP_MS = 1000

_NUMBERS = {
    "sqlite": (
        "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count) "
    ),
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(0, cast(:count AS bigint) - 1)) ",
}
_BYTES = {
    "sqlite": lambda width, n: f"CAST(printf('%0{width}d', {n}) AS BLOB)",
    "postgresql": lambda width, n: f"convert_to(lpad(({n})::text, {width}, '0'), 'UTF8')",
}
_BLANK = {"sqlite": "zeroblob(600)", "postgresql": "decode(repeat('00', 600), 'hex')"}
_NAME = {"sqlite": "'{}' || n", "postgresql": "'{}' || n::text"}


def card(trade: int) -> bytes:
    """The stored facet of the card of trade number `trade`: trades 2k and 2k + 1 share one."""
    return str(trade // 2).rjust(16, "0").encode()


@dataclass(frozen=True)
class RowLog:
    """What is followed of the log: the reads that lookup makes, straight from the store."""

    store: SqlLogStore
    count: int
    name: str = "kaka"
    platform: str = "kaka"
    mode: str = "live"
    identity: LogIdentity = IDENTITY

    @property
    def reader(self) -> LogReader:
        store, log_id = self.store, IDENTITY.log_id
        reader = SimpleNamespace(
            size=lambda: self.count,
            entry_by_event=lambda event: store.entry_by_event(log_id, event),
            entry_by_leaf=lambda leaf: store.entry_by_leaf(log_id, leaf),
        )
        return cast(LogReader, reader)


def fill(engine: Engine, count: int) -> RowLog:
    """The log with `count` entries, indexed, and (PostgreSQL) with statistics."""
    store = SqlLogStore(engine)
    store.create(RECORD)
    kind = engine.dialect.name
    numbers, blob = _NUMBERS[kind], _BYTES[kind]
    statements = [
        "INSERT INTO entries "
        "(log, idx, event, trade, seq, type, received, leaf, digest, entry, disclosures) "
        f"{numbers} SELECT 1, n, {_NAME[kind].format('e')}, "
        f"'t' || (n / {A_TRADE}){'::text' if kind == 'postgresql' else ''}, n % {A_TRADE}, "
        f"CASE n % {A_TRADE} WHEN 0 THEN 'quote' WHEN 1 THEN 'acceptance' ELSE 'payout' END, "
        f"n * {STEP_MS}, {blob(32, 'n')}, {blob(32, 'n')}, {_BLANK[kind]}, 'abc' FROM numbers",
        "INSERT INTO entry_types (log, type, idx) SELECT log, type, idx FROM entries",
        f"INSERT INTO facets (log, kind, value, idx) "
        f"SELECT 1, 1, {blob(16, f'idx / {2 * A_TRADE}')}, idx FROM entries WHERE seq = 0",
        "INSERT INTO facets (log, kind, value, idx) SELECT 1, 2, :everybody, idx FROM entries WHERE seq = 9",
    ]
    values: dict[str, Any] = {"count": count, "everybody": KEY.payee(IDENTITY.log_id, EVERYBODY).value}
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        if kind == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in statements:
            connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
        connection.execute(text("UPDATE heads SET size = :count"), {"count": count})
    if kind == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum does in its time
    return RowLog(store, count)
