"""Time stamps, wired: the configured authority, and each log's newest final anchor."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import Engine

from service.anchoring.timestamping import Stamper
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms
from service.chain.time_stamp_authority import HttpAuthority
from service.core.errors import FormatError
from service.core.timestamp import read_roots
from service.settings import Settings, SettingsError
from service.store.anchor_store import SqlAnchorStore
from service.store.timestamp_store import SqlStampStore


@dataclass(frozen=True, slots=True)
class _Notes:
    """One log's `AnchoredNotes`."""

    log: OpenLog
    anchors: SqlAnchorStore

    @property
    def log_id(self) -> bytes:
        return self.log.identity.log_id

    def newest_anchored(self) -> tuple[int, bytes, str] | None:
        identity = self.log.identity
        newest = self.anchors.newest_final(identity.chain_id, identity.registry, identity.log_id)
        noted = None if newest is None else self.log.reader.checkpoint(newest.size)
        return None if newest is None or noted is None else (newest.size, newest.root, noted.note)


def start_stamping(
    settings: Settings,
    engine: Engine,
    anchors: SqlAnchorStore,
    logs: Iterable[OpenLog],
    stack: ExitStack,
    stop_seconds: float,
) -> None:
    """Start the stamper if an authority is configured; `stack` stops it. Errors: SettingsError."""
    if settings.tsa_url is None or settings.tsa_roots is None:
        return
    try:
        roots = read_roots(settings.tsa_roots.read_bytes())
    except (OSError, FormatError) as error:
        raise SettingsError(f"TALLY_TSA_ROOTS: {error}") from None
    stamper = Stamper(
        SqlStampStore(engine),
        HttpAuthority(settings.tsa_url),
        roots,
        interval=settings.tsa_interval * 1000,
        clock=clock_ms,
    )
    for log in logs:
        if log.mode == "live":
            stamper.add(_Notes(log, anchors))
    stamper.start()
    stack.callback(stamper.stop, stop_seconds)
