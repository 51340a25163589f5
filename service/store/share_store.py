"""The durable `ShareStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from service.access.ports import Mode, Share, ShareId, ShareSession, Tenant
from service.store import capability_rows as rows
from service.store.share_tables import CodeAttemptRow, ShareRow, ShareSessionRow


def share_of(row: ShareRow, last_used: int | None = None) -> Share:
    """A row as the value that leaves this room."""
    return Share(
        id=ShareId(row.id),
        tenant=Tenant(row.platform, cast(Mode, row.mode)),
        trade=row.trade,
        token_print=row.token_print,
        code_print=row.code_print,
        created_at=row.created_at,
        expires_at=row.expires_at,
        code_until=row.code_until,
        revoked_at=row.revoked_at,
        number=row.number or 0,
        last_used=last_used,
    )


class SqlShareStore:
    """Shares in the service's database. One session a call, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(immediate=True)

    def add_share(self, share: Share) -> None:
        """Store a new share."""
        with Session(self._writing) as session, session.begin():
            session.add(
                ShareRow(
                    id=share.id,
                    platform=share.tenant.platform,
                    mode=share.tenant.mode,
                    trade=share.trade,
                    token_print=share.token_print,
                    code_print=share.code_print,
                    created_at=share.created_at,
                    expires_at=share.expires_at,
                    code_until=share.code_until,
                )
            )

    def share_by_token(self, token_print: bytes) -> tuple[Share, int] | None:
        """The share with this token or session, and when that token ends."""
        with Session(self._engine) as session:
            row = session.exec(select(ShareRow).where(ShareRow.token_print == token_print)).first()
            if row is not None:
                return share_of(row), row.expires_at
            opened = session.get(ShareSessionRow, token_print)
            if opened is None:
                return None
            row = session.exec(select(ShareRow).where(ShareRow.id == opened.share)).first()
            return None if row is None else (share_of(row), min(opened.expires_at, row.expires_at))

    def share_by_code(self, code_print: bytes) -> Share | None:
        """The share with this code."""
        with Session(self._engine) as session:
            row = session.exec(select(ShareRow).where(ShareRow.code_print == code_print)).first()
            return None if row is None else share_of(row)

    def add_session(self, opened: ShareSession, now: int) -> None:
        """Store a session and delete those that have ended."""
        with Session(self._writing) as session, session.begin():
            session.execute(delete(ShareSessionRow).where(col(ShareSessionRow.expires_at) <= now))
            session.add(
                ShareSessionRow(
                    token_print=opened.token_print, share=opened.share, expires_at=opened.expires_at
                )
            )

    def shares(self, tenant: Tenant, trade: str, after: int, limit: int) -> Sequence[Share]:
        """A page of a trade's shares, oldest first."""
        mine = (*rows.of_tenant(ShareRow, tenant), col(ShareRow.trade) == trade)
        return rows.page(self._engine, ShareRow, mine, after, limit, share_of)

    def revoke_share(self, tenant: Tenant, share: ShareId, at: int) -> Share | None:
        """Mark a share revoked."""
        mine = (*rows.of_tenant(ShareRow, tenant), col(ShareRow.id) == share)
        return rows.revoke(self._writing, ShareRow, mine, at, share_of)

    def forget_shares(self, before: int) -> int:
        """Delete shares that ended before this time."""
        return rows.forget_ended(self._writing, ShareRow, before)

    def count_attempt(self, minute: int, who: Sequence[bytes], by: int) -> Sequence[int]:
        """Add to the counters of this minute; delete those of minutes before the last."""
        if by == 0:
            with Session(self._engine) as session:
                return [self._attempts(session, minute, each) for each in who]
        with Session(self._writing) as session, session.begin():
            session.execute(delete(CodeAttemptRow).where(col(CodeAttemptRow.minute) < minute - 1))
            # In one order whoever counts, so that two transactions cannot wait for each other.
            for each in sorted(who):
                added = rows.insert_into(self._engine, CodeAttemptRow).values(
                    minute=minute, who=each, attempts=max(0, by)
                )
                session.execute(
                    added.on_conflict_do_update(
                        index_elements=["minute", "who"], set_={"attempts": CodeAttemptRow.attempts + by}
                    )
                )
            return [self._attempts(session, minute, each) for each in who]

    @staticmethod
    def _attempts(session: Session, minute: int, who: bytes) -> int:
        row = session.get(CodeAttemptRow, (minute, who), populate_existing=True)
        return 0 if row is None else row.attempts
