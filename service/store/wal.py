"""SQLite's write-ahead log, emptied where its errors are seen.

SQLite's own automatic checkpoint runs inside COMMIT and swallows errors: an fsync that failed there would
go unnoticed while the log is overwritten. So the connections that append turn it off, and the pages are
moved here, after the receipts have been answered.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from service.log.errors import StoreFailed

_PASSIVE_BYTES = 16 * 1024 * 1024
_RESTART_BYTES = 128 * 1024 * 1024
_FATAL = ("IOERR", "CORRUPT", "NOTADB")


class WalKeeper:
    """Keeps one database's WAL short. Safe among threads; one checkpoint runs at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = Path(f"{engine.url.database}-wal")
        self._lock = Lock()

    def settle(self) -> None:
        """Checkpoint when the WAL has grown; past 128 MiB make writers wait for it. `StoreFailed` on I/O
        errors.
        """
        size = self._size()
        if size < _PASSIVE_BYTES or not self._lock.acquire(blocking=False):
            return
        try:
            # PASSIVE disturbs nobody but cannot start the file over while others write; RESTART can.
            self._checkpoint("PASSIVE" if size < _RESTART_BYTES else "RESTART")
        finally:
            self._lock.release()

    def empty(self) -> bool:
        """Move every page and cut the WAL, old copies of pages included, to nothing; False while somebody
        still reads an older state. `StoreFailed` on I/O errors.
        """
        with self._lock:
            return self._checkpoint("TRUNCATE")

    def _checkpoint(self, mode: str) -> bool:
        """Run one checkpoint; whether nobody was in its way."""
        connection = self._engine.raw_connection()
        try:
            busy, _, _ = connection.cursor().execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            return not busy
        except Exception as error:
            if is_fatal(error):
                raise StoreFailed(f"SQLite could not write its database file: {error}") from error
            return False
        finally:
            connection.close()

    def _size(self) -> int:
        try:
            return self._file.stat().st_size
        except FileNotFoundError:
            return 0


def is_fatal(error: BaseException) -> bool:
    """Whether a SQLite error says that the storage below failed (as against: busy, full, refused)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "") or ""
    return any(part in name for part in _FATAL)
