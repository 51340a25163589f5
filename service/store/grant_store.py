"""The durable `GrantStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, select

from service.access.ports import Grant, GrantId, GrantRole, Mode, Tenant
from service.store import capability_rows as rows
from service.store.share_tables import GrantRow


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
    return (*rows.of_tenant(GrantRow, tenant), col(GrantRow.dispute) == dispute)


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
        return rows.page(self._engine, GrantRow, _of(tenant, dispute), after, limit, _grant)

    def revoke_grant(self, tenant: Tenant, dispute: str, grant: GrantId, at: int) -> Grant | None:
        """Mark a grant revoked."""
        mine = (*_of(tenant, dispute), col(GrantRow.id) == grant)
        return rows.revoke(self._writing, GrantRow, mine, at, _grant)

    def forget_grants(self, before: int) -> int:
        """Delete grants that ended before this time."""
        return rows.forget_ended(self._writing, GrantRow, before)
