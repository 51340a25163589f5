"""Anchoring: anchors as the chain has them, nonces in use with every attempt, the worker's lease."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0002_anchoring"
down_revision = "0001_log"
branch_labels = None
depends_on = None


def _text(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _hash(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(32), nullable=nullable)


def upgrade() -> None:
    """Add the tables."""
    _anchors()
    _slots()
    op.create_table(
        "anchor_leases",
        sa.Column("name", _text(64), primary_key=True),
        sa.Column("holder", _text(64), nullable=False),
        _number("fence"),
        _number("expires"),
    )


def _anchors() -> None:
    op.create_table(
        "anchors",
        sa.Column("number", sa.Integer, primary_key=True),
        _hash("log_id"),
        _number("chain_id"),
        sa.Column("registry", _text(42), nullable=False),
        _number("size"),
        _hash("root"),
        _number("timestamp"),
        _number("block"),
        _number("prev_size"),
        _number("prev_timestamp"),
        _number("prev_signed_at"),
        sa.Column("state", _text(8), nullable=False),
        _number("seen"),
        _hash("tx", nullable=True),
        _number("gas_used", nullable=True),
        sa.Column("ours", sa.Boolean, nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=True),
        sa.Column("account_nodes", sa.LargeBinary, nullable=True),
        sa.Column("storage_nodes", sa.LargeBinary, nullable=True),
        _number("proof_block", nullable=True),
        sa.Column("proof_final", sa.Boolean, nullable=False),
        sa.UniqueConstraint("log_id", "chain_id", "registry", "size", "root", name="anchors_place"),
    )
    op.create_index("anchors_open", "anchors", ["chain_id", "registry", "state", "proof_final"])


def _slots() -> None:
    op.create_table(
        "anchor_slots",
        sa.Column("number", sa.Integer, primary_key=True),
        _number("chain_id"),
        sa.Column("sender", _text(42), nullable=False),
        _number("nonce"),
        _hash("log_id"),
        sa.Column("phase", _text(12), nullable=False),
        _number("opened"),
        _number("sent"),
        _number("bumped"),
        _hash("mined_tx", nullable=True),
        _number("mined_block", nullable=True),
        _hash("mined_hash", nullable=True),
        sa.Column("mined_ok", sa.Boolean, nullable=True),
        _number("gas_used", nullable=True),
        _number("closed", nullable=True),
    )
    # A closed slot's nonce may come again: the embedded chain can be reset.
    op.create_index(
        "anchor_slots_open",
        "anchor_slots",
        ["chain_id", "sender", "nonce"],
        unique=True,
        sqlite_where=sa.text("closed IS NULL"),
        postgresql_where=sa.text("closed IS NULL"),
    )
    op.create_table(
        "anchor_attempts",
        sa.Column("slot", sa.Integer, sa.ForeignKey("anchor_slots.number"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        _hash("tx"),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        _number("size"),
        _hash("root"),
        _number("old_size"),
        _number("max_fee"),
        _number("max_priority"),
        _number("gas_limit"),
        _number("created"),
    )
    op.create_index("anchor_attempts_tx", "anchor_attempts", ["tx"])
