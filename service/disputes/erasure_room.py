"""What one process does about erasure: on request, and by itself from time to time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from service.disputes.erasure import Erasures
from service.disputes.holds import Holds
from service.disputes.ports import CaseLog
from service.disputes.retention import RetentionWorker, Run

_journal = logging.getLogger("tally.erasure")

_POLL_SECONDS = 20.0


@dataclass(slots=True)
class ErasureRoom:
    """Erasures and holds for the API, and the thread that finishes what a crash interrupted, erases what is
    due and has `sweeps` forget what they keep: at the start, then every `interval` seconds. `leads`: this
    process runs that thread.
    """

    logs: Sequence[CaseLog]
    erasures: Erasures
    holds: Holds
    worker: RetentionWorker
    interval: float
    monotonic: Callable[[], float]
    leads: bool = True
    sweeps: Sequence[Callable[[], int]] = ()
    _wake: Event = field(default_factory=Event)
    _stopping: bool = False
    _running: Lock = field(default_factory=Lock)
    _thread: Thread | None = None

    def log(self, name: str) -> CaseLog:
        """The log of this name (its folder in public URLs)."""
        return next(each for each in self.logs if each.name == name)

    def start(self) -> None:
        """Begin, if this process leads."""
        if self.leads:
            self._thread = Thread(target=self._run, name="retention", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End after the trade under way."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def run(self) -> Run:
        """Erase everything that is due in all logs, now. Raises what recording raised first, but only in the
        end: a log that takes no entries any more, sealed or halted, keeps no other log's content from going.
        """
        total = Run()
        failure: Exception | None = None
        with self._running:
            for log in self.logs:
                try:
                    total.add(self.worker.run(log, lambda: self._stopping))
                except Exception as error:
                    failure = failure or error
            for sweep in self.sweeps:
                self._quietly(sweep)
        if total.erasures:
            _journal.info("erased %d claims of %d entries", total.claims, total.entries)
        if failure is not None:
            raise failure
        return total

    def finish(self, *, young: bool = False) -> int:
        """Carry out what was recorded and is not finished, in all logs; how many erasures remain."""
        return sum(self.erasures.carry_out(log, young=young) for log in self.logs)

    def _run(self) -> None:
        due = self.monotonic()
        self._quietly(lambda: self.finish(young=True))  # what a crash interrupted
        while not self._stopping:
            self._quietly(self.finish)
            if self.monotonic() >= due:
                due = self.monotonic() + self.interval
                self._quietly(self.run)
            self._wake.wait(min(_POLL_SECONDS, self.interval))

    def _quietly(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            # Plans and schedule are durable: whatever it was, the next turn goes on from there.
            _journal.warning("erasure was put off: %s", type(error).__name__)
