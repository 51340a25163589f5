"""RFC 3161 time stamps of anchored checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_timestamps"
down_revision = "0008_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "timestamps",
        sa.Column("log_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("response", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("timestamps")
