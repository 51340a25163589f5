"""Files of disputes that no entry names: since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_unused_files"
down_revision = "0010_sessions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is not referred to now has been so since it was handed in."""
    op.add_column("dispute_attachments", sa.Column("unused_since", sa.BigInteger, nullable=True))
    op.execute("UPDATE dispute_attachments SET unused_since = handed_in_at WHERE NOT referred")
    op.create_index("dispute_attachments_unused", "dispute_attachments", ["log_id", "unused_since"])


def downgrade() -> None:
    """Remove the column."""
    op.drop_index("dispute_attachments_unused", "dispute_attachments")
    op.drop_column("dispute_attachments", "unused_since")
