"""Erasure: retention schedule and tasks."""

from __future__ import annotations

revision = "0006_erasure"
down_revision = "0005_shares"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Remove the tables."""
