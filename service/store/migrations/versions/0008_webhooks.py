"""Webhooks: endpoints, outbox, deliveries."""

from __future__ import annotations

revision = "0008_webhooks"
down_revision = "0007_lookup"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Remove the tables."""
