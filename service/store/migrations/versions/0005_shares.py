"""Shares, grants, and the record of each access."""

from __future__ import annotations

revision = "0005_shares"
down_revision = "0004_disputes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Remove the tables."""
