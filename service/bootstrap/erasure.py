"""Erasure over the service's database: rules, plans, everybody who holds copies, and the thread."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine

from service.access.keeping import AccessKeeping
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms
from service.bootstrap.follower import case_log
from service.disputes.erasure import Erasures
from service.disputes.erasure_room import ErasureRoom
from service.disputes.holds import Holds
from service.disputes.ports import Forgetting
from service.disputes.recorder import LogRecorder
from service.disputes.retention import RetentionWorker
from service.disputes.unused_files import UnusedFiles
from service.log.ports import LogStore
from service.profiles.giftcard.retention import Retention, RetentionError, read
from service.settings import Settings
from service.store.attachment_store import SqlAttachmentStore
from service.store.erasure_store import SqlErasurePlans
from service.store.grant_store import SqlGrantStore
from service.store.record_store import SqlRecordStore
from service.store.share_store import SqlShareStore

_STOP_SECONDS = 4.0


def retention_rules(path: Path | None) -> Callable[[str], Retention]:
    """The periods by platform: those of the profile, changed by the table `default` of the TOML file, and
    by the table `platform.NAME` for that platform. RetentionError names what cannot be used.
    """
    if path is None:
        return lambda platform: Retention()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RetentionError(f"{path}: {error}") from error
    if not document.keys() <= {"default", "platform"}:
        raise RetentionError(f"{path}: the tables are [default] and [platform.NAME]")
    default = read(_table(document.get("default", {})))
    platforms = {
        name: read(_table(rules), default) for name, rules in _table(document.get("platform", {})).items()
    }
    return lambda platform: platforms.get(platform, default)


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise RetentionError("retention rules are TOML tables: [default] and [platform.NAME]")
    return value


def open_erasure(
    engine: Engine,
    store: LogStore,
    logs: Iterable[OpenLog],
    settings: Settings,
    *,
    leads: bool,
    forgetting: Iterable[Forgetting],
) -> ErasureRoom:
    """The room, not started."""
    plans, recorder = SqlErasurePlans(engine), LogRecorder(os.urandom)
    rules = retention_rules(settings.retention)
    erasures = Erasures(
        recorder, store, plans, rules, clock=clock_ms, random=os.urandom, forgetting=forgetting
    )
    cases = [case_log(opened) for opened in logs]
    unused = UnusedFiles(SqlAttachmentStore(engine), cases, clock_ms)
    access = AccessKeeping(SqlShareStore(engine), SqlGrantStore(engine), SqlRecordStore(engine), clock_ms)
    return ErasureRoom(
        cases,
        erasures,
        Holds(recorder, clock_ms, os.urandom),
        RetentionWorker(erasures, store, plans, rules, clock_ms),
        float(settings.retention_interval),
        time.monotonic,
        leads,
        (unused.sweep, access.sweep),
    )


def start_erasure(room: ErasureRoom, stack: ExitStack) -> None:
    """Start it, and have it stopped before the logs are."""
    room.start()
    stack.callback(room.stop, _STOP_SECONDS)
