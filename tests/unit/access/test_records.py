from __future__ import annotations

import time

import pytest

from service.access.errors import RecordsBehind
from service.access.readers import Reader
from service.access.records import MOST_WAITING, AccessRecords
from tests.unit.access.fakes import Times
from tests.unit.access.share_fakes import MemoryRecords

SHARE = Reader("share", "share_1", "kaka", "live", trade="t-1")
GRANT = Reader("grant", "grant_1", "kaka", "live", trade="t-1", dispute="d-1")


def made() -> tuple[AccessRecords, MemoryRecords, Times]:
    store, times = MemoryRecords(), Times()
    return AccessRecords(store, clock_ms=times.ms), store, times


def test_each_holder_and_kind_is_recorded_once_a_minute() -> None:
    records, store, times = made()
    for _ in range(5):
        records.record(SHARE, "GET /t", b"net")
        records.record(GRANT, "GET /t", None)
        records.record(SHARE, "GET /v1", b"net")
    records.write()
    records.record(SHARE, "GET /t", b"net")
    records.write()
    assert store.writes == 1, "what is known to be written is not written again"
    times.seconds += 60
    records.record(SHARE, "GET /t", b"net")
    records.write()
    found = list(store.rows.values())
    assert [(each.holder_id, each.kind) for each in found] == [
        ("share_1", "GET /t"),
        ("grant_1", "GET /t"),
        ("share_1", "GET /v1"),
        ("share_1", "GET /t"),
    ]
    assert (found[1].dispute, found[1].caller, found[0].caller) == ("d-1", None, b"net")
    assert len(records._written) == 1, "what the past minutes wrote is forgotten"


def test_platforms_are_not_recorded() -> None:
    records, store, _ = made()
    records.record(Reader("platform", "key_1", "kaka", "live"), "GET /v1", None)
    records.write()
    assert store.rows == {}


def test_what_cannot_be_written_is_kept_and_then_nothing_more_is_shown() -> None:
    records, store, _ = made()
    store.broken = True
    for number in range(MOST_WAITING):
        records.check()
        records.record(Reader("share", f"share_{number}", "kaka", "live", trade="t"), "GET /t", None)
    with pytest.raises(OSError, match="no database"):
        records.write()
    with pytest.raises(RecordsBehind):
        records.check()
    store.broken = False
    records.write()
    records.check()
    assert len(store.rows) == MOST_WAITING


def test_the_writing_thread_tries_again_and_finishes() -> None:
    records, store, _ = made()
    store.broken = True
    records.start()
    records.record(SHARE, "GET /t", None)
    time.sleep(0.5)
    store.broken = False
    deadline = time.monotonic() + 5
    while not store.rows and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(store.rows) == 1
    records.record(GRANT, "GET /t", None)
    records.stop(5)
    assert len(store.rows) == 2
