"""RFC 3161 time-stamp tokens of anchored checkpoints."""

from __future__ import annotations

revision = "0009_timestamps"
down_revision = "0008_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Remove the tables."""
