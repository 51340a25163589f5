"""What shares and grants have in common as rows: a tenant, a number, an end; both may be revoked, and of both
it is recorded when they were used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from service.access.ports import Tenant
from service.store.share_tables import AccessRecordRow, GrantRow, ShareRow

R = TypeVar("R", ShareRow, GrantRow)
V = TypeVar("V")


def insert_into(engine: Engine, table: Any) -> Any:
    """An INSERT that can say ON CONFLICT, in the engine's dialect."""
    return (postgresql if engine.dialect.name == "postgresql" else sqlite).insert(table)


def of_tenant(row: type[R], tenant: Tenant) -> tuple[ColumnElement[bool], ...]:
    """That a row is this tenant's."""
    return (col(row.platform) == tenant.platform, col(row.mode) == tenant.mode)


def page(
    engine: Engine,
    row: type[R],
    mine: Sequence[ColumnElement[bool]],
    after: int,
    limit: int,
    value_of: Callable[[R, int | None], V],
) -> list[V]:
    """At most `limit` rows with a number above `after`, oldest first, each with its last use."""
    query = select(row).where(*mine, col(row.number) > after).order_by(col(row.number)).limit(limit)
    with Session(engine) as session:
        rows = session.exec(query).all()
        used = _last_uses(session, [each.id for each in rows])
        return [value_of(each, used.get(each.id)) for each in rows]


def revoke(
    writing: Engine,
    row: type[R],
    mine: Sequence[ColumnElement[bool]],
    at: int,
    value_of: Callable[[R, int | None], V],
) -> V | None:
    """Mark one row revoked; the guard against moving an earlier revocation stands in the SQL. As it now
    stands, None when there is none.
    """
    with Session(writing) as session, session.begin():
        session.execute(update(row).where(*mine, col(row.revoked_at).is_(None)).values(revoked_at=at))
        found = session.exec(select(row).where(*mine)).first()
        return None if found is None else value_of(found, _last_uses(session, [found.id]).get(found.id))


def forget_ended(writing: Engine, row: type[R], before: int) -> int:
    """Delete rows that ended, or were revoked, before this time; how many."""
    ended = func.coalesce(col(row.revoked_at), col(row.expires_at)) < before
    with Session(writing) as session, session.begin():
        return int(session.execute(delete(row).where(ended)).rowcount)  # type: ignore[attr-defined]


def _last_uses(session: Session, holders: Sequence[str]) -> Mapping[str, int]:
    """The newest access of each of these shares or grants that has any."""
    query = (
        select(AccessRecordRow.holder_id, func.max(AccessRecordRow.at))
        .where(col(AccessRecordRow.holder_id).in_(holders))
        .group_by(col(AccessRecordRow.holder_id))
    )
    return dict(session.exec(query).all())
