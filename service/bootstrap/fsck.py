"""What `tally fsck` reads: the logs of a database, LastSigned, and the anchors. Nothing is created or
migrated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

from service.bootstrap.access import database_url, log_name
from service.core.errors import TallyError
from service.log.fsck import LogCheck
from service.log.ports import LogRecord
from service.settings import Settings
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import open_engine
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore

_PAGE = 1000


class NothingToCheck(TallyError):
    """There is no database of this service at the place named."""


@dataclass(frozen=True, slots=True)
class Checkable:
    """The logs of one database."""

    engine: Engine
    last_signed: FileLastSigned | None

    def logs(self) -> list[tuple[str, LogRecord]]:
        """Every log with its name (its folder in public URLs)."""
        return [(log_name(record), record) for record in SqlLogStore(self.engine).logs()]

    def check(self, record: LogRecord, *, sample: int) -> LogCheck:
        """The check of one log."""
        return LogCheck(SqlLogStore(self.engine), self.last_signed, record, self._anchored, sample=sample)

    def _anchored(self, log_id: bytes) -> Sequence[tuple[int, bytes]]:
        store = SqlAnchorStore(self.engine)
        anchored: list[tuple[int, bytes]] = []
        after = 0
        while page := store.anchors(log_id, after, _PAGE):
            anchored.extend((anchor.size, anchor.root) for anchor in page)
            after = page[-1].size
        return anchored


@contextmanager
def open_checkable(settings: Settings) -> Iterator[Checkable]:
    """The configured database as it stands. NothingToCheck when it is not there; LastSigned is left out
    likewise.
    """
    url = database_url(settings)
    file = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    if file is not None and not Path(file).is_file():
        raise NothingToCheck(f"there is no database {file}")
    engine = open_engine(url)
    try:
        try:
            tables = inspect(engine).get_table_names()
        except SQLAlchemyError as error:
            raise NothingToCheck(f"the database cannot be read: {error}") from error
        if "heads" not in tables:
            raise NothingToCheck("the database holds no logs")
        folder = settings.data / "last_signed"
        yield Checkable(engine, FileLastSigned(folder) if folder.is_dir() else None)
    finally:
        engine.dispose()
