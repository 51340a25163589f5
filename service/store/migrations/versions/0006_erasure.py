"""Erasure: plans under way, and which trades retention has to look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0006_erasure"
down_revision = "0005_shares"
branch_labels = None
depends_on = None


def _text(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _log() -> sa.Column[int]:
    return sa.Column("log", sa.Integer, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "erasure_plans",
        _log(),
        sa.Column("event", _text(64), primary_key=True),
        sa.Column("trade", _text(64), nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "retention_cursors",
        _log(),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("rules", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "retention_due",
        _log(),
        sa.Column("trade", _text(64), primary_key=True),
        sa.Column("due", sa.BigInteger, nullable=False),
    )
    op.create_index("retention_due_at", "retention_due", ["log", "due"])


def downgrade() -> None:
    """Remove the tables."""
    for table in ("retention_due", "retention_cursors", "erasure_plans"):
        op.drop_table(table)
