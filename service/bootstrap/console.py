"""The console, wired: sessions over the database, figures of the logs and of their chain."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy import Engine

from service.access.api_keys import ApiKeys
from service.access.limits import CodeBrake
from service.access.sessions import Sessions
from service.anchoring.errors import AnchoringError
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms
from service.bootstrap.chain import ChainRoom
from service.bootstrap.erasure import retention_rules
from service.settings import Settings
from service.store.anchor_store import SqlAnchorStore
from service.store.keyfiles import KeyFiles
from service.store.session_store import SqlSessionStore
from service.store.share_store import SqlShareStore
from service.web.console.figures import Board, Expense, Standing
from service.web.console.room import ConsoleRoom
from service.web.console.routes import routers

_STOP_SECONDS = 4.0
_PRICED_ANCHORS = 50


class LogFigures:
    """What a `Board` looks at: logs, their anchors, and the registry."""

    def __init__(
        self,
        logs: Mapping[str, OpenLog],
        anchors: SqlAnchorStore,
        room: ChainRoom,
    ) -> None:
        self._logs = logs
        self._anchors = anchors
        self._room = room

    def look(self, name: str) -> Standing:
        """A log now."""
        log = self._logs[name]
        log_id = log.identity.log_id
        newest = self._anchors.newest(self._room.chain_id, self._room.registry, log_id)
        size, anchored = log.reader.size(), 0 if newest is None else newest.size
        oldest = log.reader.entry(anchored) if anchored < size else None
        ahead = log.reader.checkpoints(anchored, 1) if anchored < size else ()
        return Standing(
            size=size,
            anchored=anchored,
            anchored_at=None if newest is None else 1000 * newest.slot.timestamp,
            oldest_waiting=None if oldest is None else oldest.received,
            promised_by=1000 * ahead[0].anchor_by if ahead else None,
            halted=log.sequencer.halted,
        )

    def price(self, name: str) -> Expense:
        """What a log's anchors cost, and how many faults are proven against it. Asks a node."""
        log_id = self._logs[name].identity.log_id
        try:
            faults: int | None = len(self._room.contract.faults(log_id))
            price: int | None = self._room.gas_price()
        except AnchoringError:
            faults = price = None
        return Expense(self._gas(log_id), price, faults)

    def _gas(self, log_id: bytes) -> float | None:
        """Gas an entry, of the newest anchors that this service paid for."""
        latest = self._anchors.latest(self._room.chain_id, self._room.registry, log_id, _PRICED_ANCHORS)
        priced = [each for each in latest if each.ours and each.gas_used]
        entries = sum(each.size - each.slot.prev_size for each in priced)
        return sum(each.gas_used or 0 for each in priced) / entries if entries else None


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """What the console is made from."""

    settings: Settings
    engine: Engine
    keys: KeyFiles
    api_keys: ApiKeys
    anchors: SqlAnchorStore
    logs: Mapping[str, OpenLog]
    room: ChainRoom


def console_pages(parts: ConsoleParts, stack: ExitStack) -> Sequence[APIRouter]:
    """The console's routers; its figures are taken until the stack unwinds."""
    room = parts.room
    figures = LogFigures(parts.logs, parts.anchors, room)
    interval = 1000 * room.config.anchoring.interval
    board = Board(parts.logs, figures.look, figures.price, interval=interval, clock_ms=clock_ms)
    board.start()
    stack.callback(board.stop, _STOP_SECONDS)
    return routers(
        ConsoleRoom(
            sessions=_sessions(parts),
            board=board,
            retention=retention_rules(parts.settings.retention),
            random=os.urandom,
            clock_ms=clock_ms,
            embedded=room.embedded,
            promise=room.promise,
        )
    )


def _sessions(parts: ConsoleParts) -> Sessions:
    # A key has 190 random bits: nobody guesses one, so a limit on all callers together would protect nothing,
    # and let any one of them keep everybody out.
    shares = SqlShareStore(parts.engine)
    brake = CodeBrake(shares, clock_ms=clock_ms, purpose=b"sign-in", together=False)
    return Sessions(
        SqlSessionStore(parts.engine),
        parts.api_keys,
        brake,
        parts.keys.secret("pepper"),
        clock_ms=clock_ms,
        random=os.urandom,
    )
