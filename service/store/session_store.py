"""The durable `SessionStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Engine, delete, update
from sqlmodel import Session as Connection
from sqlmodel import col, select

from service.access.ports import ApiKey, ApiKeyId, Session
from service.store.access_store import api_key_of
from service.store.access_tables import ApiKeyRow
from service.store.session_tables import SessionRow


class SqlSessionStore:
    """Sessions in the service's database. One connection a call, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(immediate=True)

    def add_session(self, session: Session, now: int) -> None:
        """Store a session and delete those that have ended."""
        with Connection(self._writing) as connection, connection.begin():
            connection.execute(delete(SessionRow).where(col(SessionRow.expires_at) <= now))
            connection.add(
                SessionRow(
                    token_print=session.token_print,
                    key=session.key,
                    created_at=session.created_at,
                    expires_at=session.expires_at,
                    seen_at=session.seen_at,
                )
            )

    def session(self, token_print: bytes) -> tuple[Session, ApiKey] | None:
        """The session with this token, and its key: in one statement, so of one moment."""
        query = (
            select(SessionRow, ApiKeyRow)
            .where(SessionRow.token_print == token_print)
            .where(col(ApiKeyRow.id) == col(SessionRow.key))
        )
        with Connection(self._engine) as connection:
            found = connection.exec(query).first()
            if found is None:
                return None
            row, key = found
            session = Session(row.token_print, ApiKeyId(row.key), row.created_at, row.expires_at, row.seen_at)
            return session, api_key_of(key)

    def seen(self, token_print: bytes, at: int) -> None:
        """Note a request; the guard against going back stands in the SQL."""
        with Connection(self._writing) as connection, connection.begin():
            connection.execute(
                update(SessionRow)
                .where(col(SessionRow.token_print) == token_print, col(SessionRow.seen_at) < at)
                .values(seen_at=at)
            )

    def end_session(self, token_print: bytes) -> None:
        """Delete a session."""
        with Connection(self._writing) as connection, connection.begin():
            connection.execute(delete(SessionRow).where(col(SessionRow.token_print) == token_print))
