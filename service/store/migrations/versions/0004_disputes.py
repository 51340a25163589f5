"""Disputes: an index of cases and their attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0004_disputes"
down_revision = "0003_access"
branch_labels = None
depends_on = None


def _text(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "disputes",
        sa.Column("log_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("dispute", _text(64), primary_key=True),
        sa.Column("trade", _text(64), nullable=False),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("claimant", _text(16), nullable=False),
        sa.Column("code", _text(64), nullable=True),
        sa.Column("forum", _text(16), nullable=True),
        sa.Column("state", _text(24), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=True),
        sa.Column("paused_until", sa.BigInteger, nullable=True),
        sa.Column("answered", sa.BigInteger, nullable=True),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )
    op.create_index("disputes_index", "disputes", ["log_id", "idx"])
    op.create_index("disputes_trade", "disputes", ["log_id", "trade", "idx"])
    op.create_index("disputes_state", "disputes", ["log_id", "state", "idx"])
    op.create_index("disputes_due", "disputes", ["log_id", "due", "dispute"])
    op.create_table(
        "dispute_attachments",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("log_id", sa.LargeBinary(32), nullable=False),
        sa.Column("dispute", _text(64), nullable=False),
        sa.Column("trade", _text(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("label", sa.String(256), nullable=True),
        sa.Column("handed_in_by", sa.String(16), nullable=False),
        sa.Column("handed_in_at", sa.BigInteger, nullable=False),
        sa.Column("referred", sa.Boolean, nullable=False),
    )
    op.create_index(
        "dispute_attachments_file",
        "dispute_attachments",
        ["log_id", "dispute", "digest", "handed_in_by"],
        unique=True,
    )
    op.create_index("dispute_attachments_trade", "dispute_attachments", ["log_id", "trade"])
    op.create_index("dispute_attachments_content", "dispute_attachments", ["log_id", "digest"])
    op.create_table(
        "attached_contents",
        sa.Column("log_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("attached_contents")
    op.drop_table("dispute_attachments")
    op.drop_table("disputes")
