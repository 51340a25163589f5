"""The table of time stamps. Rows never leave this room."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Text
from sqlmodel import Field, SQLModel


class StampRow(SQLModel, table=True):
    """One RFC 3161 response over the signed note of an anchored checkpoint. `time` in Unix ms."""

    __tablename__ = "timestamps"

    log_id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    authority: str = Field(sa_column=Column(Text, nullable=False))
    time: int = Field(sa_column=Column(BigInteger, nullable=False))
    response: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
