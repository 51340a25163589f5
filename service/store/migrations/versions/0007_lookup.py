"""Evidence lookup: facets of entries, cursors of followers. Existing logs are indexed by the follower, from
their first entry on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0007_lookup"
down_revision = "0006_erasure"
branch_labels = None
depends_on = None


def _text(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _key(name: str, type_: TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "follower_cursors",
        sa.Column("handler", _text(32), primary_key=True),
        sa.Column("log_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("following", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "entry_types",
        _key("log", sa.Integer()),
        _key("type", _text(64)),
        _key("idx", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facets",
        _key("log", sa.Integer()),
        _key("kind", sa.SmallInteger()),
        _key("value", sa.LargeBinary(16)),
        _key("idx", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    op.create_index("facets_entry", "facets", ["log", "idx"])


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("facets")
    op.drop_table("entry_types")
    op.drop_table("follower_cursors")
