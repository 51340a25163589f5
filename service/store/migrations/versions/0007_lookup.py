"""Evidence lookup: facets of entries, cursors of followers."""

from __future__ import annotations

revision = "0007_lookup"
down_revision = "0006_erasure"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Remove the tables."""
