"""Sessions of people who signed in with an API key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_sessions"
down_revision = "0009_timestamps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "sessions",
        sa.Column("token_print", sa.LargeBinary(32), primary_key=True),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_index("sessions_expiry", "sessions", ["expires_at"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("sessions")
