"""The durable `RecordStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from service.access.ports import AccessRecord, Tenant
from service.store.capability_rows import insert_into
from service.store.share_tables import AccessRecordRow

_FORGOTTEN_AT_ONCE = 1000


class SqlRecordStore:
    """Access records in the service's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(immediate=True)

    def add_records(self, records: Sequence[AccessRecord]) -> None:
        """Store records, each once."""
        added = insert_into(self._engine, AccessRecordRow).on_conflict_do_nothing(
            index_elements=["holder_id", "kind", "minute"]
        )
        rows = [
            {
                "platform": each.tenant.platform,
                "mode": each.tenant.mode,
                "trade": each.trade,
                "dispute": each.dispute,
                "holder": each.holder,
                "holder_id": each.holder_id,
                "kind": each.kind,
                "minute": each.minute,
                "at": each.at,
                "caller": each.caller,
            }
            for each in records
        ]
        with self._writing.begin() as connection:
            connection.execute(added, rows)

    def records(
        self, tenant: Tenant, trade: str | None, dispute: str | None, after: int, limit: int
    ) -> Sequence[AccessRecord]:
        """A page of a tenant's records, oldest first."""
        query = select(AccessRecordRow).where(
            col(AccessRecordRow.platform) == tenant.platform,
            col(AccessRecordRow.mode) == tenant.mode,
            col(AccessRecordRow.number) > after,
        )
        if trade is not None:
            query = query.where(AccessRecordRow.trade == trade)
        if dispute is not None:
            query = query.where(AccessRecordRow.dispute == dispute)
        query = query.order_by(col(AccessRecordRow.number)).limit(limit)
        with Session(self._engine) as session:
            return [
                AccessRecord(
                    tenant=tenant,
                    holder=cast(Literal["share", "grant"], row.holder),
                    holder_id=row.holder_id,
                    trade=row.trade,
                    dispute=row.dispute,
                    kind=row.kind,
                    at=row.at,
                    caller=row.caller,
                    number=row.number or 0,
                )
                for row in session.exec(query)
            ]

    def forget_records(self, before: int) -> int:
        """Delete records of accesses before this time, oldest first, some at once: the order of numbers is
        that of time but for a moment.
        """
        row, forgotten = AccessRecordRow, 0
        oldest = select(row.number).order_by(col(row.number)).limit(_FORGOTTEN_AT_ONCE)
        while True:
            with Session(self._writing) as session, session.begin():
                numbers = session.exec(oldest).all()
                old = delete(row).where(col(row.number).in_(numbers), col(row.at) < before)
                count = int(session.execute(old).rowcount)  # type: ignore[attr-defined]
            forgotten += count
            if count < _FORGOTTEN_AT_ONCE:
                return forgotten
