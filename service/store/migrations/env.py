"""Alembic's environment: runs the revisions on the connection that `store.engine.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

# Importing a module of tables registers them; `SQLModel.metadata` then names every table of the service.
from service.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
assert tables.MODULES
with context.begin_transaction():
    context.run_migrations()
