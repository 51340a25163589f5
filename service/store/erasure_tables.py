"""Tables of erasures under way and of trades that retention has to look at. No content: a plan names claims
and is deleted once it is carried out.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Text
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel


def _text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class ErasurePlanRow(SQLModel, table=True):
    """One erasure that is not finished. `targets`: JSON, a list of [index, [claim …]]."""

    __tablename__ = "erasure_plans"

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    event: str = Field(sa_column=Column(_text(64), primary_key=True))
    trade: str = Field(sa_column=Column(_text(64), nullable=False))
    targets: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class RetentionCursorRow(SQLModel, table=True):
    """How far a log's entries were scheduled, under which rules (a hash of them)."""

    __tablename__ = "retention_cursors"

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column("idx", BigInteger, nullable=False))
    rules: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))


class RetentionDueRow(SQLModel, table=True):
    """A trade to be looked at from `due` (Unix ms) on."""

    __tablename__ = "retention_due"
    __table_args__ = (Index("retention_due_at", "log", "due"),)

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    trade: str = Field(sa_column=Column(_text(64), primary_key=True))
    due: int = Field(sa_column=Column(BigInteger, nullable=False))
