"""Logs: heads, entries, tiles, checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001_log"
down_revision = None
branch_labels = None
depends_on = None


def _text(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _hash(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(32), nullable=nullable)


def _log() -> sa.Column[int]:
    return sa.Column("log", sa.Integer, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Add the tables."""
    _logs()
    _entries()
    _trees()
    if op.get_bind().dialect.name == "postgresql":
        # Hashes do not compress; entries stay in their row instead of being compressed one by one at 2 kB.
        op.execute("ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE edges ALTER COLUMN hashes SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE entries SET (toast_tuple_target = 8160)")


def _logs() -> None:
    op.create_table(
        "logs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("log_id", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("platform", _text(64), nullable=False),
        sa.Column("test", sa.Boolean, nullable=False),
        sa.Column("origin", _text(255), nullable=False),
        _number("chain_id"),
        sa.Column("registry", _text(42), nullable=False),
        sa.Column("opener", _text(42), nullable=False),
        _number("max_delay"),
        sa.Column("state", _text(8), nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        _hash("successor", nullable=True),
    )
    op.create_table(
        "heads", _log(), _number("size"), _hash("root"), _number("received"), _number("signed_at")
    )


def _entries() -> None:
    op.create_table(
        "entries",
        _log(),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", _text(64), nullable=False),
        sa.Column("trade", _text(64), nullable=False),
        _number("seq"),
        sa.Column("type", _text(64), nullable=False),
        _number("received"),
        _hash("leaf"),
        _hash("digest"),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("disclosures", sa.Text, nullable=True),
        _number("erased_at", nullable=True),
        sa.UniqueConstraint("log", "event", name="entries_event"),
        sa.UniqueConstraint("log", "trade", "seq", name="entries_trade"),
    )
    op.create_index("entries_leaf", "entries", ["log", "leaf"])


def _trees() -> None:
    op.create_table(
        "tiles",
        _log(),
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(8192), nullable=False),
        sa.Column("middle", sa.LargeBinary(512), nullable=False),
    )
    op.create_table(
        "edges",
        _log(),
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        _number("idx"),
        sa.Column("hashes", sa.LargeBinary(8192), nullable=False),
    )
    op.create_table(
        "checkpoints",
        _log(),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        _hash("root"),
        _number("signed_at"),
        _number("anchor_by"),
        _hash("via"),
        sa.Column("key", _text(42), nullable=False),
    )
