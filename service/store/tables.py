"""Every module that declares tables, so that `SQLModel.metadata` is whole once this one is imported."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

MODULES = tuple(
    import_module(name)
    for name in ("service.store.log_tables", "service.store.anchor_tables", "service.store.access_tables")
    if find_spec(name) is not None
)
