"""Tables of webhooks. Rows never leave this room."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel


def _text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _time(*, nullable: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=nullable)


class WebhookEndpointRow(SQLModel, table=True):
    """One endpoint; its secrets are sealed."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("webhook_endpoints_tenant", "platform", "mode"),)

    number: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    id: str = Field(sa_column=Column(_text(40), nullable=False, unique=True))
    platform: str = Field(sa_column=Column(_text(64), nullable=False))
    mode: str = Field(sa_column=Column(_text(8), nullable=False))
    url: str = Field(sa_column=Column(Text, nullable=False))
    events: str = Field(sa_column=Column(Text, nullable=False))
    description: str = Field(sa_column=Column(Text, nullable=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    old_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    old_until: int | None = Field(default=None, sa_column=_time(nullable=True))
    disabled: str | None = Field(default=None, sa_column=Column(_text(32), nullable=True))
    failing_since: int | None = Field(default=None, sa_column=_time(nullable=True))
    created_at: int = Field(sa_column=_time())


class WebhookMessageRow(SQLModel, table=True):
    """The outbox: one row a message. `key` makes writing it again harmless."""

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index("webhook_messages_key", "platform", "mode", "key", unique=True),
        Index("webhook_messages_age", "created_at"),
    )

    number: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    id: str = Field(sa_column=Column(_text(40), nullable=False))
    platform: str = Field(sa_column=Column(_text(64), nullable=False))
    mode: str = Field(sa_column=Column(_text(8), nullable=False))
    type: str = Field(sa_column=Column(_text(32), nullable=False))
    key: str = Field(sa_column=Column(_text(255), nullable=False))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(sa_column=_time())


class WebhookDeliveryRow(SQLModel, table=True):
    """One message on its way to one endpoint; `claimed` while somebody attempts it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("webhook_deliveries_endpoint", "endpoint", "number"),
        Index("webhook_deliveries_message", "message"),
        Index(
            "webhook_deliveries_due",
            "next_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    number: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    id: str = Field(sa_column=Column(_text(40), nullable=False, unique=True))
    message: int = Field(sa_column=Column(Integer, ForeignKey("webhook_messages.number"), nullable=False))
    endpoint: int = Field(sa_column=Column(Integer, ForeignKey("webhook_endpoints.number"), nullable=False))
    state: str = Field(sa_column=Column(_text(12), nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    next_at: int = Field(sa_column=_time())
    claimed: int = Field(sa_column=_time())
    status: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    failure: str | None = Field(default=None, sa_column=Column(_text(40), nullable=True))
    created_at: int = Field(sa_column=_time())
    finished_at: int | None = Field(default=None, sa_column=_time(nullable=True))


class WebhookWatchRow(SQLModel, table=True):
    """A trade whose findings are to be evaluated again at a time."""

    __tablename__ = "webhook_watches"
    __table_args__ = (Index("webhook_watches_at", "at"),)

    log_id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    trade: str = Field(sa_column=Column(_text(64), primary_key=True))
    at: int = Field(sa_column=_time())
    marked: int = Field(sa_column=Column(Integer, nullable=False))
