"""What waits to be appended: a bounded queue of calls, taken in groups."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from time import sleep

from service.log.errors import LogBusy
from service.log.ports import AppendedBatch, Submission

_LINGER_SECONDS = 0.001
_LINGER_ROUNDS = 4  # each adds a call or ends


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds: what may wait (events, bytes) before `LogBusy`, and what one group commit takes (one call at
    least).
    """

    queued_events: int = 50_000
    queued_bytes: int = 128 * 1024 * 1024
    group_events: int = 4_096
    group_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One `submit`, waiting for its answer."""

    submissions: tuple[Submission, ...]
    answer: Future[AppendedBatch] = field(default_factory=Future)

    @property
    def bytes(self) -> int:
        """About how many bytes its entries will take."""
        return sum(len(each.statement) + sum(map(len, each.disclosures)) + 512 for each in self.submissions)


class Intake:
    """The queue between any number of posters and the one thread that appends."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._calls: deque[tuple[Call, int]] = deque()
        self._events = 0
        self._bytes = 0
        self._closed = False
        self._crowded = False
        self._changed = Condition()

    def put(self, submissions: Sequence[Submission]) -> Future[AppendedBatch]:
        """Queue one call. Raises `LogBusy` when the queue is full (an empty queue takes any call) or
        closed.
        """
        call = Call(tuple(submissions))
        size = call.bytes
        with self._changed:
            events = self._events + len(call.submissions)
            full = events > self._limits.queued_events or self._bytes + size > self._limits.queued_bytes
            if self._closed or (full and self._calls):
                raise LogBusy
            self._calls.append((call, size))
            self._events = events
            self._bytes += size
            if len(self._calls) == 1:  # nobody waits for a second one, see `_linger`
                self._changed.notify()
        return call.answer

    def take(self) -> list[Call] | None:
        """The next group, waiting for one; None once closed and empty. Calls whose poster has gone are
        dropped.
        """
        with self._changed:
            while not self._calls:
                if self._closed:
                    return None
                self._changed.wait()
        if self._crowded:
            self._linger()
        with self._changed:
            group: list[Call] = []
            events = taken = 0
            while self._calls:
                call, size = self._calls[0]
                events += len(call.submissions)
                taken += size
                if group and (events > self._limits.group_events or taken > self._limits.group_bytes):
                    break
                self._calls.popleft()
                self._events -= len(call.submissions)
                self._bytes -= size
                if call.answer.set_running_or_notify_cancel():
                    group.append(call)
            self._crowded = len(group) > 1
            return group

    def _linger(self) -> None:
        """Several posters are at work: while calls keep coming, let them join. A group costs two fsyncs
        however large it is; a lone poster never waits. It sleeps: being woken by every call, this thread
        would fight the posters for the interpreter.
        """
        for _ in range(_LINGER_ROUNDS):
            waiting = len(self._calls)
            sleep(_LINGER_SECONDS)
            if self._closed or len(self._calls) == waiting:
                return

    def close(self) -> None:
        """Take no more calls; what waits is still handed out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
