"""Tables of disputes: the index of cases, which the log can rebuild, and the files handed in.

Rows never leave this room. `log_id` is the log's 32-byte id; texts that are looked up compare by bytes on
both databases.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel


def _text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class DisputeRow(SQLModel, table=True):
    """One dispute. Times are Unix milliseconds; `idx` is its opening entry, `seen` the last one read."""

    __tablename__ = "disputes"
    __table_args__ = (
        Index("disputes_index", "log_id", "idx"),
        Index("disputes_trade", "log_id", "trade", "idx"),
        Index("disputes_state", "log_id", "state", "idx"),
        Index("disputes_due", "log_id", "due", "dispute"),
    )

    log_id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    dispute: str = Field(sa_column=Column(_text(64), primary_key=True))
    trade: str = Field(sa_column=Column(_text(64), nullable=False))
    index: int = Field(sa_column=Column("idx", BigInteger, nullable=False))
    opened: int = Field(sa_column=Column(BigInteger, nullable=False))
    by: str = Field(sa_column=Column("claimant", _text(16), nullable=False))
    code: str | None = Field(default=None, sa_column=Column(_text(64), nullable=True))
    forum: str | None = Field(default=None, sa_column=Column(_text(16), nullable=True))
    state: str = Field(sa_column=Column(_text(24), nullable=False))
    open: bool = Field(sa_column=Column("is_open", Boolean, nullable=False))
    due: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    paused_until: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    answered: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    seen: int = Field(sa_column=Column(BigInteger, nullable=False))


class AttachmentRow(SQLModel, table=True):
    """One file of a dispute as one side handed it in, numbered by arrival. `referred`: an entry of the
    dispute names it; `unused_since` (Unix ms), until then: handed in, or about to be named.
    """

    __tablename__ = "dispute_attachments"
    __table_args__ = (
        Index("dispute_attachments_file", "log_id", "dispute", "digest", "handed_in_by", unique=True),
        Index("dispute_attachments_trade", "log_id", "trade"),
        Index("dispute_attachments_content", "log_id", "digest"),
        Index("dispute_attachments_unused", "log_id", "unused_since"),
    )

    number: int | None = Field(default=None, primary_key=True)
    log_id: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    dispute: str = Field(sa_column=Column(_text(64), nullable=False))
    trade: str = Field(sa_column=Column(_text(64), nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    media_type: str = Field(sa_column=Column(String(128), nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    label: str | None = Field(default=None, sa_column=Column(String(256), nullable=True))
    by: str = Field(sa_column=Column("handed_in_by", String(16), nullable=False))
    at: int = Field(sa_column=Column("handed_in_at", BigInteger, nullable=False))
    referred: bool = Field(sa_column=Column(Boolean, nullable=False))
    unused_since: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class AttachedContentRow(SQLModel, table=True):
    """The bytes of a file, once a log however many disputes have it."""

    __tablename__ = "attached_contents"

    log_id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
