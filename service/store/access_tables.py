"""Tables of API keys and registered signers. Rows never leave this room."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel


class ApiKeyRow(SQLModel, table=True):
    """One API key: its HMAC, never the key."""

    __tablename__ = "api_keys"

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=40, unique=True)
    platform: str = Field(max_length=64, index=True)
    mode: str = Field(max_length=8)
    role: str = Field(max_length=16)
    label: str = Field(max_length=200)
    fingerprint: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    revoked_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class SignerRow(SQLModel, table=True):
    """One registered service key of a platform. Times are Unix milliseconds."""

    __tablename__ = "signers"

    platform: str = Field(max_length=64, primary_key=True)
    address: str = Field(max_length=42, primary_key=True)
    role: str = Field(max_length=32, primary_key=True)
    valid_from: int = Field(sa_column=Column(BigInteger, nullable=False))
    valid_until: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
