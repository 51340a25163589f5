"""The table of sessions. Rows never leave this room. Times are Unix milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


class SessionRow(SQLModel, table=True):
    """One session: the HMAC of its token, never the token, and the id of its API key."""

    __tablename__ = "sessions"
    __table_args__ = (Index("sessions_expiry", "expires_at"),)

    token_print: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    key: str = Field(max_length=40)
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False))
