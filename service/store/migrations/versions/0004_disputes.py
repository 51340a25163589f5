"""Disputes: an index of cases and their attachments."""

from __future__ import annotations

revision = "0004_disputes"
down_revision = "0003_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Remove the tables."""
