"""Getting rid of what PostgreSQL keeps of deleted content in its own files.

An UPDATE leaves the old row in its page. VACUUM gives up its place, and with it usually its bytes, but not
surely: what lies in a page's free space is not overwritten until something new needs the room, and TOAST
pages not at all. Only a rewritten table is free of old bytes (`thorough`); it takes the table's exclusive
lock, so that is for the operator to time. WAL segments keep what was written until they are recycled, and
backups until they expire: neither can be reached from here.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_TABLES = "entries, facets, disputes, dispute_attachments, attached_contents"
"""Every table that holds content, or once held a copy of it."""


def scrub_postgres(engine: Engine, thorough: bool) -> bool:
    """Give up dead rows of the entries; `thorough`: write the table anew and drop the old files. False when a
    lock was not to be had in time.
    """
    how = "FULL" if thorough else "INDEX_CLEANUP OFF"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        try:
            connection.execute(text(f"VACUUM ({how}) {_TABLES}"))
            if thorough:
                _turn_wal(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _BUSY:
                return False
            raise
        finally:
            connection.execute(text("SET statement_timeout = '60s'"))
    return True


def _turn_wal(connection: Connection) -> None:
    """Have the WAL segment that tells of the old rows closed and, after a checkpoint, given up. Needs the
    roles for it; without them it happens at the server's own time.
    """
    for statement in ("SELECT pg_switch_wal()", "CHECKPOINT"):
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _NOT_PERMITTED:
                raise


_NOT_PERMITTED = "42501"
_BUSY = ("55P03", "40P01")  # lock_not_available, deadlock_detected
