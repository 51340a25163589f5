"""Tables of the lookup index and of followers. Rows never leave this room.

On SQLite the rows of both indexes live in their primary key's tree: a second copy of each would double what
an entry costs.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel


def _text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class FollowerCursorRow(SQLModel, table=True):
    """The next index one handler will be handed of one log."""

    __tablename__ = "follower_cursors"

    handler: str = Field(sa_column=Column(_text(32), primary_key=True))
    log_id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    following: int = Field(sa_column=Column(BigInteger, nullable=False))


class EntryTypeRow(SQLModel, table=True):
    """The type of one entry, ordered by type."""

    __tablename__ = "entry_types"
    __table_args__ = ({"sqlite_with_rowid": False},)

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    type: str = Field(sa_column=Column(_text(64), primary_key=True))
    index: int = Field(sa_column=Column("idx", BigInteger, primary_key=True, autoincrement=False))


class FacetRow(SQLModel, table=True):
    """One facet of one entry; `value` is an HMAC of 16 bytes."""

    __tablename__ = "facets"
    __table_args__ = (Index("facets_entry", "log", "idx"), {"sqlite_with_rowid": False})

    log: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    value: bytes = Field(sa_column=Column(LargeBinary(16), primary_key=True))
    index: int = Field(sa_column=Column("idx", BigInteger, primary_key=True, autoincrement=False))
