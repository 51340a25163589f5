"""Webhooks: endpoints, outbox, deliveries, trades to be looked at again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0008_webhooks"
down_revision = "0007_lookup"
branch_labels = None
depends_on = None


def _text(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _column(name: str, type_: TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def upgrade() -> None:
    """Add the tables."""
    _endpoints()
    _messages()
    _deliveries()
    op.create_table(
        "webhook_watches",
        sa.Column("log_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("trade", _text(64), primary_key=True),
        _time("at"),
        _column("marked", sa.Integer()),
    )
    op.create_index("webhook_watches_at", "webhook_watches", ["at"])


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", _text(40), nullable=False, unique=True),
        _column("platform", _text(64)),
        _column("mode", _text(8)),
        _column("url", sa.Text()),
        _column("events", sa.Text()),
        _column("description", sa.Text()),
        _column("secret", sa.LargeBinary()),
        _column("old_secret", sa.LargeBinary(), nullable=True),
        _time("old_until", nullable=True),
        _column("disabled", _text(32), nullable=True),
        _time("failing_since", nullable=True),
        _time("created_at"),
    )
    op.create_index("webhook_endpoints_tenant", "webhook_endpoints", ["platform", "mode"])


def _messages() -> None:
    op.create_table(
        "webhook_messages",
        sa.Column("number", sa.Integer, primary_key=True),
        _column("id", _text(40)),
        _column("platform", _text(64)),
        _column("mode", _text(8)),
        _column("type", _text(32)),
        _column("key", _text(255)),
        _column("payload", sa.LargeBinary()),
        _time("created_at"),
    )
    op.create_index("webhook_messages_key", "webhook_messages", ["platform", "mode", "key"], unique=True)
    op.create_index("webhook_messages_age", "webhook_messages", ["created_at"])


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", _text(40), nullable=False, unique=True),
        sa.Column("message", sa.Integer, sa.ForeignKey("webhook_messages.number"), nullable=False),
        sa.Column("endpoint", sa.Integer, sa.ForeignKey("webhook_endpoints.number"), nullable=False),
        _column("state", _text(12)),
        _column("attempts", sa.Integer()),
        _time("next_at"),
        _time("claimed"),
        _column("status", sa.Integer(), nullable=True),
        _column("failure", _text(40), nullable=True),
        _time("created_at"),
        _time("finished_at", nullable=True),
    )
    op.create_index("webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint", "number"])
    op.create_index("webhook_deliveries_message", "webhook_deliveries", ["message"])
    pending = sa.text("state = 'pending'")
    op.create_index(
        "webhook_deliveries_due",
        "webhook_deliveries",
        ["next_at"],
        sqlite_where=pending,
        postgresql_where=pending,
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("webhook_watches", "webhook_deliveries", "webhook_messages", "webhook_endpoints"):
        op.drop_table(table)
