from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from service.bootstrap.journal import JsonLines
from service.core.checkpoint import LogIdentity
from service.log.follower import Follower, FollowingError
from service.log.ports import LogReader, StoredEntry


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeLog:
    """A log of `size` entries, of which `signed` may be seen."""

    name: str
    size: int
    signed: int
    platform: str = "kaka"
    mode: str = "live"

    @property
    def identity(self) -> LogIdentity:
        return LogIdentity(f"test/{self.name}", self.name.encode().ljust(32), 1, "0x" + "22" * 20)

    @property
    def reader(self) -> LogReader:
        log = self

        class Reader:
            def size(self) -> int:
                return log.signed

        return cast(LogReader, Reader())


@dataclass
class Source:
    logs: list[FakeLog]
    reads: int = 0

    def entries(self, log_id: bytes, first: int, count: int) -> Sequence[StoredEntry]:
        self.reads += 1
        log = next(each for each in self.logs if each.identity.log_id == log_id)
        return [_entry(index) for index in range(first, min(first + count, log.size))]


def _entry(index: int) -> StoredEntry:
    return StoredEntry(index, bytes(32), f"e{index}", "t", index, "x-n", 0, bytes(32), b"", ())


@dataclass
class Cursors:
    """Durable cursors; `fail_next` dies instead of storing."""

    stored: dict[tuple[str, bytes], int] = field(default_factory=dict)
    fail_next: bool = False

    def cursors(self) -> Mapping[tuple[str, bytes], int]:
        return dict(self.stored)

    def advance(self, handler: str, log_id: bytes, was: int, following: int) -> bool:
        if self.fail_next:
            self.fail_next = False
            raise OSError("the database is gone")
        if self.stored.get((handler, log_id), 0) != was:
            return False
        self.stored[handler, log_id] = following
        return True


@dataclass
class Turn:
    mine: bool = True
    given_back: int = 0

    def take(self) -> bool:
        return self.mine

    def give_back(self) -> None:
        self.given_back += 1


@dataclass
class Handler:
    name: str = "h"
    failing: int = 0
    seen: list[tuple[str, int]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def handle(self, log: FakeLog, entries: Sequence[StoredEntry]) -> None:
        if self.failing:
            self.failing -= 1
            raise RuntimeError("secret: 13800138000")
        self.batches.append(len(entries))
        self.seen += [(log.name, entry.index) for entry in entries]


@dataclass
class Stage:
    """A follower over fakes, driven round by round."""

    logs: list[FakeLog]
    cursors: Cursors = field(default_factory=Cursors)
    turn: Turn = field(default_factory=Turn)
    clock: Clock = field(default_factory=Clock)

    def follower(self, *handlers: Any, **more: Any) -> Follower[FakeLog]:
        self.source = Source(self.logs)
        follower = Follower(
            self.logs,
            self.source,
            self.cursors,
            self.turn,
            monotonic=more.pop("monotonic", self.clock),
            **more,
        )
        for handler in handlers:
            follower.add(handler)
        return follower


def _all(follower: Follower[FakeLog]) -> None:
    while follower.round():
        pass


def test_every_entry_once_in_order_in_small_batches() -> None:
    stage, handler = Stage([FakeLog("kaka", 300, 300), FakeLog("bendi", 3, 3)]), Handler()
    _all(stage.follower(handler))
    assert [index for name, index in handler.seen if name == "kaka"] == list(range(300))
    assert [index for name, index in handler.seen if name == "bendi"] == [0, 1, 2]
    assert max(handler.batches) <= 64


def test_what_is_not_signed_yet_is_not_handed_over() -> None:
    log = FakeLog("kaka", 10, 4)
    stage, handler = Stage([log]), Handler()
    follower = stage.follower(handler)
    _all(follower)
    assert len(handler.seen) == 4
    log.signed = 10
    _all(follower)
    assert [index for _, index in handler.seen] == list(range(10))


def test_a_new_life_goes_on_at_the_cursor() -> None:
    stage, handler = Stage([FakeLog("kaka", 70, 70)]), Handler()
    stage.follower(handler).round()
    assert len(handler.seen) == 64
    _all(stage.follower(handler))
    assert [index for _, index in handler.seen] == list(range(70))


def test_a_crash_before_the_cursor_moved_repeats_the_batch() -> None:
    stage, handler = Stage([FakeLog("kaka", 5, 5)]), Handler()
    stage.cursors.fail_next = True
    with pytest.raises(OSError):
        stage.follower(handler).round()
    _all(stage.follower(handler))
    assert [index for _, index in handler.seen] == [*range(5), *range(5)]


def test_a_failing_handler_waits_longer_each_time_and_holds_up_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, bad, good = Stage([FakeLog("kaka", 3, 3)]), Handler("bad", failing=3), Handler("good")
    follower = stage.follower(bad, good)
    with caplog.at_level(logging.WARNING):
        follower.round()
        assert (len(bad.seen), len(good.seen)) == (0, 3)
        tries = []
        for _ in range(20):
            before = bad.failing
            follower.round()
            if bad.failing < before or bad.seen:
                tries.append(stage.clock.now)
            if bad.seen:
                break
            stage.clock.now += 0.25
    assert [at - 100.0 for at in tries] == [0.5, 1.5, 3.5]
    assert [index for _, index in bad.seen] == [0, 1, 2]
    assert len(good.seen) == 3
    assert [each.failures for each in follower.progress()] == [3, 0]
    journal = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert "RuntimeError" in journal
    assert "13800138000" not in journal


def test_entries_are_read_once_for_all_handlers_at_one_place() -> None:
    stage = Stage([FakeLog("kaka", 3, 3)])
    stage.follower(Handler("a"), Handler("b"), Handler("c")).round()
    assert stage.source.reads == 1


def test_another_process_follows() -> None:
    stage, handler = Stage([FakeLog("kaka", 3, 3)]), Handler()
    stage.turn.mine = False
    follower = stage.follower(handler)
    assert not follower.round()
    assert handler.seen == []
    assert follower.progress() == []


def test_a_cursor_moved_by_another_process_is_taken_over() -> None:
    log = FakeLog("kaka", 3, 3)
    stage, handler = Stage([log]), Handler()
    follower = stage.follower(handler)
    _all(follower)
    stage.cursors.stored["h", log.identity.log_id] = 5
    log.size = log.signed = 8
    with pytest.raises(FollowingError):
        follower.round()
    _all(follower)
    assert [index for _, index in handler.seen][-3:] == [5, 6, 7]
    assert stage.cursors.stored["h", log.identity.log_id] == 8


def test_two_handlers_of_one_name_are_refused() -> None:
    with pytest.raises(FollowingError):
        Stage([]).follower(Handler(), Handler())


def test_the_thread_follows_and_stops() -> None:
    log = FakeLog("kaka", 1000, 1000)
    stage, handler = Stage([log]), Handler()
    follower = stage.follower(handler, monotonic=time.monotonic, poll=0.01)
    follower.start()
    deadline = time.monotonic() + 5
    while len(handler.seen) < 1000 and time.monotonic() < deadline:
        time.sleep(0.01)
    follower.stop()
    assert [index for _, index in handler.seen] == list(range(1000))
    assert stage.turn.given_back == 1
    assert not any(thread.name == "follower" for thread in threading.enumerate())


def test_a_dead_database_does_not_end_the_thread() -> None:
    stage, handler = Stage([FakeLog("kaka", 3, 3)]), Handler()
    stage.cursors.fail_next = True
    follower = stage.follower(handler, monotonic=time.monotonic, poll=0.01)
    follower.start()
    deadline = time.monotonic() + 5
    while not stage.cursors.stored and time.monotonic() < deadline:
        time.sleep(0.01)
    follower.stop()
    assert list(stage.cursors.stored.values()) == [3]
