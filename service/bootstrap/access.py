"""API keys and checkpoint keys without the rest of the house: for the command line, beside a running
service or without one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from service.access.api_keys import ApiKeys
from service.access.callers import Callers, Network
from service.access.errors import CapabilityUnknown
from service.access.grants import Case
from service.access.links import Links
from service.access.ports import Mode, Tenant
from service.access.room import AccessRoom, open_room
from service.access.signers import Signers
from service.bootstrap.files import check_in_use, read_credentials
from service.bootstrap.ring import CheckpointRing, RingKey
from service.core.checkpoint import LogIdentity
from service.log.ports import LogRecord
from service.settings import Settings
from service.store.access_store import SqlAccessStore
from service.store.dispute_store import SqlCaseIndex
from service.store.engine import migrate, open_engine, sqlite_url
from service.store.grant_store import SqlGrantStore
from service.store.keyfiles import KeyFiles
from service.store.log_store import SqlLogStore
from service.store.record_store import SqlRecordStore
from service.store.share_store import SqlShareStore


@dataclass(frozen=True, slots=True)
class ShownCheckpointKey:
    """A checkpoint key without its secrets. `state`: signs, next (it will from
    `active_from` on), staged (the registry may not know it yet), replaced, or retired. Times in ms.
    """

    log: str
    address: str
    ed25519: str
    file: str
    state: str
    active_from: int | None
    retired: int | None


def log_name(record: LogRecord) -> str:
    """A log's folder in public URLs."""
    return f"{record.platform}-test" if record.test else record.platform


def identity_of(record: LogRecord) -> LogIdentity:
    """A stored log's identity."""
    return LogIdentity(record.origin, record.log_id, record.chain_id, record.registry)


def database_url(settings: Settings) -> str:
    """The configured database, SQLite in the data folder by default."""
    return settings.database_url or sqlite_url(settings.data / "tallystick.db")


def clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def key_files(folder: Path) -> KeyFiles:
    """The key files of a data folder."""
    return KeyFiles(folder / "keys", os.urandom, clock_ms)


def api_keys(engine: Engine, keys: KeyFiles) -> ApiKeys:
    """API keys over the database, under the pepper of the data folder."""
    return ApiKeys(
        SqlAccessStore(engine),
        keys.secret("pepper"),
        clock_ms=clock_ms,
        monotonic=time.monotonic,
        random=os.urandom,
    )


def signers(engine: Engine) -> Signers:
    """Registered signers over the database."""
    return Signers(SqlAccessStore(engine), clock_ms=clock_ms)


class CaseDirectory:
    """Disputes as the index of cases knows them."""

    def __init__(self, engine: Engine) -> None:
        self._cases = SqlCaseIndex(engine)

    def trade_of(self, log_id: bytes, dispute: str) -> str | None:
        """The trade that a dispute is about; None when this log has no such dispute."""
        found = self._cases.find(log_id, dispute)
        return None if found is None else found.trade


def access_room(
    engine: Engine, keys: KeyFiles, public_url: Callable[[], str], proxies: Sequence[Network] = ()
) -> AccessRoom:
    """Shares, grants and access records over the database; their records are not written before `start`."""
    return open_room(
        SqlShareStore(engine),
        SqlGrantStore(engine),
        SqlRecordStore(engine),
        keys.secret("pepper"),
        links=Links(public_url),
        disputes=CaseDirectory(engine),
        callers=Callers(proxies),
        clock_ms=clock_ms,
        monotonic=time.monotonic,
        random=os.urandom,
    )


class Access:
    """What `tally keys` and `tally grant` work with. Links begin with `public_url`."""

    def __init__(self, engine: Engine, keys: KeyFiles, public_url: str) -> None:
        self.api_keys = api_keys(engine, keys)
        self.room = access_room(engine, keys, lambda: public_url)
        self._keys = keys
        self._logs = SqlLogStore(engine)

    def has_log(self, platform: str, mode: Mode) -> bool:
        """Whether the platform has a log of this mode."""
        return any(
            record.platform == platform and record.test == (mode == "test") for record in self._logs.logs()
        )

    def case(self, log: str, dispute: str) -> Case:
        """A dispute of a log, by the log's name; CapabilityUnknown when there is none."""
        record = next((each for each in self._logs.logs() if log_name(each) == log), None)
        trade = None if record is None else self.room.disputes.trade_of(record.log_id, dispute)
        if record is None or trade is None:
            raise CapabilityUnknown(f"the log {log} has no such dispute")
        return Case(Tenant(record.platform, "test" if record.test else "live"), dispute, trade)

    def checkpoint_keys(self) -> list[ShownCheckpointKey]:
        """Every log's checkpoint keys, the newest first."""
        shown = []
        for record in self._logs.logs():
            name = log_name(record)
            ring = CheckpointRing(self._keys, name, identity_of(record))
            staged, signs = ring.staged(), ring.at(clock_ms() // 1000)
            shown += [_shown(name, staged, "staged")] if staged is not None else []
            shown += [_shown(name, each, _state(each, signs)) for each in ring.all()]
        return shown


def _state(each: RingKey, signs: RingKey) -> str:
    if each.key.retired is not None:
        return "retired"
    if each == signs:
        return "signs"
    return "next" if each.key.active_from > signs.key.active_from else "replaced"


def _shown(log: str, each: RingKey, state: str) -> ShownCheckpointKey:
    key = each.key
    begins = None if state == "staged" else key.active_from
    return ShownCheckpointKey(
        log, each.address, each.signer.vkey, f"{key.name}.json", state, begins, key.retired
    )


@contextmanager
def open_access(settings: Settings) -> Iterator[Access]:
    """Open the database of `settings`, migrated, and the key files beside it. DataFolderError where no
    service has been.
    """
    check_in_use(settings.data)
    url = database_url(settings)
    migrate(url)
    engine = open_engine(url, connections=2)
    try:
        # The embedded service leaves its URL beside its keys.
        url = settings.public_url or str(read_credentials(settings.data).get("url", ""))
        yield Access(engine, key_files(settings.data), url)
    finally:
        engine.dispose()
