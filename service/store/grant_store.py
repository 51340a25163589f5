"""The durable `GrantStore` and `RecordStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from sqlalchemy import ColumnElement, Engine, update
from sqlmodel import Session, col, select

from service.access.ports import AccessRecord, Grant, GrantId, GrantRole, Mode, Tenant
from service.store.share_store import insert_into, last_uses
from service.store.share_tables import AccessRecordRow, GrantRow


def _grant(row: GrantRow, last_used: int | None = None) -> Grant:
    return Grant(
        id=GrantId(row.id),
        tenant=Tenant(row.platform, cast(Mode, row.mode)),
        trade=row.trade,
        dispute=row.dispute,
        role=cast(GrantRole, row.role),
        restricted=row.restricted,
        label=row.label,
        token_print=row.token_print,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        number=row.number or 0,
        last_used=last_used,
    )


def _of(tenant: Tenant, dispute: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(GrantRow.platform) == tenant.platform,
        col(GrantRow.mode) == tenant.mode,
        col(GrantRow.dispute) == dispute,
    )


class SqlGrantStore:
    """Grants in the service's database. One session a call, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(immediate=True)

    def add_grant(self, grant: Grant) -> None:
        """Store a new grant."""
        with Session(self._writing) as session, session.begin():
            session.add(
                GrantRow(
                    id=grant.id,
                    platform=grant.tenant.platform,
                    mode=grant.tenant.mode,
                    trade=grant.trade,
                    dispute=grant.dispute,
                    role=grant.role,
                    restricted=grant.restricted,
                    label=grant.label,
                    token_print=grant.token_print,
                    created_at=grant.created_at,
                    expires_at=grant.expires_at,
                )
            )

    def grant_by_token(self, token_print: bytes) -> Grant | None:
        """The grant with this token."""
        with Session(self._engine) as session:
            row = session.exec(select(GrantRow).where(GrantRow.token_print == token_print)).first()
            return None if row is None else _grant(row)

    def grants(self, tenant: Tenant, dispute: str, after: int, limit: int) -> Sequence[Grant]:
        """A page of a dispute's grants, oldest first."""
        query = (
            select(GrantRow)
            .where(*_of(tenant, dispute), col(GrantRow.number) > after)
            .order_by(col(GrantRow.number))
            .limit(limit)
        )
        with Session(self._engine) as session:
            rows = session.exec(query).all()
            used = last_uses(session, [row.id for row in rows])
            return [_grant(row, used.get(row.id)) for row in rows]

    def revoke_grant(self, tenant: Tenant, dispute: str, grant: GrantId, at: int) -> Grant | None:
        """Mark a grant revoked; the guard against moving an earlier revocation stands in the SQL."""
        mine = (*_of(tenant, dispute), col(GrantRow.id) == grant)
        with Session(self._writing) as session, session.begin():
            session.execute(
                update(GrantRow).where(*mine, col(GrantRow.revoked_at).is_(None)).values(revoked_at=at)
            )
            row = session.exec(select(GrantRow).where(*mine)).first()
            return None if row is None else _grant(row, last_uses(session, [row.id]).get(row.id))


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
