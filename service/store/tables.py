"""Every module that declares tables, so that `SQLModel.metadata` is whole once this one is imported."""

from __future__ import annotations

from service.store import (
    access_tables,
    anchor_tables,
    dispute_tables,
    erasure_tables,
    log_tables,
    lookup_tables,
    session_tables,
    share_tables,
    timestamp_tables,
    webhook_tables,
)

MODULES = (
    log_tables,
    anchor_tables,
    access_tables,
    share_tables,
    session_tables,
    dispute_tables,
    erasure_tables,
    lookup_tables,
    timestamp_tables,
    webhook_tables,
)
