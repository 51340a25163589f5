"""The follower of a process: the logs it follows, and whether it is this process that follows them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from sqlalchemy import Engine

from service.anchoring.ports import Lease
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms
from service.disputes.ports import CaseLog
from service.log.follower import Follower
from service.log.ports import LogStore
from service.store.anchor_store import SqlAnchorStore
from service.store.lookup_store import SqlCursorStore

_LEASE_NAME = "follower"
_LEASE_MS = 15_000


class AlwaysMine:
    """The turn of the only process on its data folder (the folder's lock has seen to that)."""

    def take(self) -> bool:
        """It is this process."""
        return True

    def give_back(self) -> None:
        """There is nobody to give it to."""


class LeasedTurn:
    """The turn among processes that share a database: a lease of 15 s, renewed when a third is gone."""

    def __init__(self, engine: Engine) -> None:
        self._store = SqlAnchorStore(engine)
        self._holder = f"{os.getpid()}-{os.urandom(8).hex()}"
        self._lease: Lease | None = None

    def take(self) -> bool:
        """Whether the lease is held; asks the database when it is not, or is to be renewed."""
        now = clock_ms()
        if self._lease is None or self._lease.expires - now < _LEASE_MS * 2 // 3:
            self._lease = None
            self._lease = self._store.acquire(_LEASE_NAME, self._holder, now, _LEASE_MS)
        return self._lease is not None

    def give_back(self) -> None:
        """Let the lease go."""
        if self._lease is not None:
            lease, self._lease = self._lease, None
            self._store.release(lease)


def case_log(opened: OpenLog) -> CaseLog:
    """An open log as cases, indexes and messages use it."""
    return CaseLog(
        opened.name,
        opened.platform,
        opened.mode,
        opened.identity,
        opened.reader,
        opened.anchors,
        opened.sequencer,
    )


def open_follower(engine: Engine, entries: LogStore, logs: Iterable[OpenLog]) -> Follower[CaseLog]:
    """A follower of these logs, not started; the rooms that live off entries add their handlers to it."""
    turn = AlwaysMine() if engine.dialect.name == "sqlite" else LeasedTurn(engine)
    followed = [case_log(opened) for opened in logs]
    return Follower(followed, entries, SqlCursorStore(engine), turn, monotonic=time.monotonic)
