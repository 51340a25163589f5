"""Tables of shares, grants and access records. Rows never leave this room. Times are Unix milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


class ShareRow(SQLModel, table=True):
    """One share: HMACs of its token and of its code, never these themselves."""

    __tablename__ = "shares"
    __table_args__ = (Index("shares_trade", "platform", "mode", "trade", "number"),)

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=40, unique=True)
    platform: str = Field(max_length=64)
    mode: str = Field(max_length=8)
    trade: str = Field(max_length=64)
    token_print: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    code_print: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    code_until: int = Field(sa_column=Column(BigInteger, nullable=False))
    revoked_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class ShareSessionRow(SQLModel, table=True):
    """One redeemed code's token, for its hour."""

    __tablename__ = "share_sessions"
    __table_args__ = (Index("share_sessions_expiry", "expires_at"),)

    token_print: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    share: str = Field(max_length=40)
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class CodeAttemptRow(SQLModel, table=True):
    """How many wrong codes somebody (a hash; zeros for all together) tried within one minute."""

    __tablename__ = "code_attempts"

    minute: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    who: bytes = Field(sa_column=Column(LargeBinary(16), primary_key=True))
    attempts: int


class GrantRow(SQLModel, table=True):
    """One grant: the HMAC of its token, never the token."""

    __tablename__ = "grants"
    __table_args__ = (Index("grants_dispute", "platform", "mode", "dispute", "number"),)

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=40, unique=True)
    platform: str = Field(max_length=64)
    mode: str = Field(max_length=8)
    trade: str = Field(max_length=64)
    dispute: str = Field(max_length=64)
    role: str = Field(max_length=16)
    restricted: bool
    label: str = Field(max_length=200)
    token_print: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    revoked_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class AccessRecordRow(SQLModel, table=True):
    """One holder saw one kind of content within one minute."""

    __tablename__ = "access_records"
    __table_args__ = (
        UniqueConstraint("holder_id", "kind", "minute", name="access_records_once"),
        Index("access_records_tenant", "platform", "mode", "number"),
        Index("access_records_trade", "platform", "mode", "trade", "number"),
        Index("access_records_dispute", "platform", "mode", "dispute", "number"),
    )

    number: int | None = Field(default=None, primary_key=True)
    platform: str = Field(max_length=64)
    mode: str = Field(max_length=8)
    trade: str = Field(max_length=64)
    dispute: str | None = Field(default=None, max_length=64)
    holder: str = Field(max_length=8)
    holder_id: str = Field(max_length=40)
    kind: str = Field(max_length=64)
    minute: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    caller: bytes | None = Field(default=None, sa_column=Column(LargeBinary(16), nullable=True))
