"""Tables of anchoring. Rows never leave this room: `anchor_store` turns them into the values of the ports.

Times are Unix milliseconds, but for `timestamp`, `prev_timestamp` and `prev_signed_at`, which are the chain's
words in seconds. Fees are wei a gas and stay below 2^63: the configuration's caps see to that.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel


def _text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class AnchorRow(SQLModel, table=True):
    """One (size, root) that the registry holds, or held before a reorganisation took it back."""

    __tablename__ = "anchors"
    __table_args__ = (
        UniqueConstraint("log_id", "chain_id", "registry", "size", "root", name="anchors_place"),
        Index("anchors_open", "chain_id", "registry", "state", "proof_final"),
    )

    number: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    log_id: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    chain_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    registry_address: str = Field(sa_column=Column("registry", _text(42), nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    timestamp: int = Field(sa_column=Column(BigInteger, nullable=False))
    block: int = Field(sa_column=Column(BigInteger, nullable=False))
    prev_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    prev_timestamp: int = Field(sa_column=Column(BigInteger, nullable=False))
    prev_signed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(_text(8), nullable=False))
    seen: int = Field(sa_column=Column(BigInteger, nullable=False))
    tx: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    gas_used: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    ours: bool = Field(sa_column=Column(Boolean, nullable=False))
    header: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    account_nodes: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    storage_nodes: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    proof_block: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    proof_final: bool = Field(sa_column=Column(Boolean, nullable=False))


class SlotRow(SQLModel, table=True):
    """One nonce of the gas key, from the first attempt to use it until its fate is final (`closed`)."""

    __tablename__ = "anchor_slots"
    __table_args__ = (
        Index(
            "anchor_slots_open",
            "chain_id",
            "sender",
            "nonce",
            unique=True,
            sqlite_where=text("closed IS NULL"),
            postgresql_where=text("closed IS NULL"),
        ),
    )

    number: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    chain_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    sender: str = Field(sa_column=Column(_text(42), nullable=False))
    nonce: int = Field(sa_column=Column(BigInteger, nullable=False))
    log_id: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    phase: str = Field(sa_column=Column(_text(12), nullable=False))
    opened: int = Field(sa_column=Column(BigInteger, nullable=False))
    sent: int = Field(sa_column=Column(BigInteger, nullable=False))
    bumped: int = Field(sa_column=Column(BigInteger, nullable=False))
    mined_tx: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    mined_block: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    mined_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    mined_ok: bool | None = Field(default=None, sa_column=Column(Boolean, nullable=True))
    gas_used: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    closed: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class AttemptRow(SQLModel, table=True):
    """One signed transaction for a slot's nonce, stored before it was first sent."""

    __tablename__ = "anchor_attempts"
    __table_args__ = (Index("anchor_attempts_tx", "tx"),)

    slot: int = Field(sa_column=Column(Integer, ForeignKey("anchor_slots.number"), primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    tx: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    old_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    max_fee: int = Field(sa_column=Column(BigInteger, nullable=False))
    max_priority: int = Field(sa_column=Column(BigInteger, nullable=False))
    gas_limit: int = Field(sa_column=Column(BigInteger, nullable=False))
    created: int = Field(sa_column=Column(BigInteger, nullable=False))


class LeaseRow(SQLModel, table=True):
    """Who may send until when; `fence` grows with every change of holder."""

    __tablename__ = "anchor_leases"

    name: str = Field(sa_column=Column(_text(64), primary_key=True))
    holder: str = Field(sa_column=Column(_text(64), nullable=False))
    fence: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires: int = Field(sa_column=Column(BigInteger, nullable=False))
