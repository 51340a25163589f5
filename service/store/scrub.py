"""Getting rid of what a database keeps of deleted content in its own files, on PostgreSQL.

An UPDATE leaves the old row in its page; VACUUM gives up its place.
"""

from __future__ import annotations

from sqlalchemy import Engine, text


def scrub_postgres(engine: Engine) -> bool:
    """VACUUM the entries: no dead row keeps its content."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        try:
            connection.execute(text("VACUUM (INDEX_CLEANUP OFF) entries"))
        finally:
            connection.execute(text("SET statement_timeout = '60s'"))
    return True
