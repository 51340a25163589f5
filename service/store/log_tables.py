"""Tables of logs. Rows never leave this room: `log_store` turns them into the values of
`service.log.ports`.

`log` is a log's small number, so that 32-byte ids are not repeated in every index. Texts that are looked up
compare by bytes on both databases. The rows of the hot tables have no foreign keys (a check a row would
cost as much as its hash); `fsck` checks what they would.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel


def _text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _hash() -> LargeBinary:
    return LargeBinary(32)


class LogRow(SQLModel, table=True):
    """One log. `state` is open, halted or sealed."""

    __tablename__ = "logs"

    number: int | None = Field(default=None, primary_key=True)
    log_id: bytes = Field(sa_column=Column(_hash(), nullable=False, unique=True))
    platform: str = Field(sa_column=Column(_text(64), nullable=False))
    test: bool = Field(sa_column=Column(Boolean, nullable=False))
    origin: str = Field(sa_column=Column(_text(255), nullable=False))
    chain_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    registry_address: str = Field(sa_column=Column("registry", _text(42), nullable=False))
    opener: str = Field(sa_column=Column(_text(42), nullable=False))
    max_delay: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(_text(8), nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    successor: bytes | None = Field(default=None, sa_column=Column(_hash(), nullable=True))


class HeadRow(SQLModel, table=True):
    """The head of a log: the one row that every append locks and moves."""

    __tablename__ = "heads"

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = Field(sa_column=Column(_hash(), nullable=False))
    received: int = Field(sa_column=Column(BigInteger, nullable=False))
    signed_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class EntryRow(SQLModel, table=True):
    """One entry. `entry` are the exact bytes whose hash is `leaf`; `disclosures` are those not erased, joined
    by `~`, null once all are.
    """

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("log", "event", name="entries_event"),
        UniqueConstraint("log", "trade", "seq", name="entries_trade"),
        Index("entries_leaf", "log", "leaf"),
    )

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column("idx", BigInteger, primary_key=True, autoincrement=False))
    event: str = Field(sa_column=Column(_text(64), nullable=False))
    trade: str = Field(sa_column=Column(_text(64), nullable=False))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    type: str = Field(sa_column=Column(_text(64), nullable=False))
    received: int = Field(sa_column=Column(BigInteger, nullable=False))
    leaf: bytes = Field(sa_column=Column(_hash(), nullable=False))
    digest: bytes = Field(sa_column=Column(_hash(), nullable=False))
    entry: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    disclosures: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    erased_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class TileRow(SQLModel, table=True):
    """One full tile: 256 hashes, never written again, and beside them the 16 roots of its aligned runs of
    16.
    """

    __tablename__ = "tiles"

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column("idx", BigInteger, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary(8192), nullable=False))
    middle: bytes = Field(sa_column=Column(LargeBinary(512), nullable=False))


class EdgeRow(SQLModel, table=True):
    """The partial tile at the right edge of one level, overwritten as it grows (stale when the level has
    none).
    """

    __tablename__ = "edges"

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column("idx", BigInteger, nullable=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary(8192), nullable=False))


class CheckpointRow(SQLModel, table=True):
    """One checkpoint a group commit, from which its note is signed again whenever asked for; `key` is an
    address.
    """

    __tablename__ = "checkpoints"

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(_hash(), nullable=False))
    signed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    anchor_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    via: bytes = Field(sa_column=Column(_hash(), nullable=False))
    key: str = Field(sa_column=Column(_text(42), nullable=False))
