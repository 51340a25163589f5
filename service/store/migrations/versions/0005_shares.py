"""Shares, grants, and the record of each access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_shares"
down_revision = "0004_disputes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    _shares()
    _grants()
    _records()


def _tenant() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("trade", sa.String(64), nullable=False),
    )


def _shares() -> None:
    op.create_table(
        "shares",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        *_tenant(),
        sa.Column("token_print", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("code_print", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("code_until", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
    )
    op.create_index("shares_trade", "shares", ["platform", "mode", "trade", "number"])
    op.create_table(
        "share_sessions",
        sa.Column("token_print", sa.LargeBinary(32), primary_key=True),
        sa.Column("share", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("share_sessions_expiry", "share_sessions", ["expires_at"])
    op.create_table(
        "code_attempts",
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("who", sa.LargeBinary(16), primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
    )


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        *_tenant(),
        sa.Column("dispute", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("token_print", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
    )
    op.create_index("grants_dispute", "grants", ["platform", "mode", "dispute", "number"])


def _records() -> None:
    op.create_table(
        "access_records",
        sa.Column("number", sa.Integer, primary_key=True),
        *_tenant(),
        sa.Column("dispute", sa.String(64), nullable=True),
        sa.Column("holder", sa.String(8), nullable=False),
        sa.Column("holder_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("minute", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("caller", sa.LargeBinary(16), nullable=True),
        sa.UniqueConstraint("holder_id", "kind", "minute", name="access_records_once"),
    )
    op.create_index("access_records_tenant", "access_records", ["platform", "mode", "number"])
    op.create_index("access_records_trade", "access_records", ["platform", "mode", "trade", "number"])
    op.create_index("access_records_dispute", "access_records", ["platform", "mode", "dispute", "number"])


def downgrade() -> None:
    """Remove the tables."""
    for name in ("access_records", "grants", "code_attempts", "share_sessions", "shares"):
        op.drop_table(name)
