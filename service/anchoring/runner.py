"""Anchoring as a part of a running service: the worker in a thread, and what the rest of the house asks of
it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from service.anchoring.ports import AnchoringMetrics, LogToAnchor
from service.anchoring.worker import AnchorWorker

log = logging.getLogger("tally.anchoring")

_ROUND_SECONDS_AT_MOST = 60.0


class Anchoring:
    """Runs an `AnchorWorker` every `poll` seconds. The questions answer at once, from what the worker last
    saw.
    """

    def __init__(self, worker: AnchorWorker, poll: float, clock: Callable[[], int]) -> None:
        self._worker = worker
        self._poll = poll
        self._clock = clock
        self._wake = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="anchoring", daemon=True)
        self._told: dict[str, str] = {}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new; do not wait for the end of the poll."""
        self._wake.set()

    def stop(self, timeout: float = _ROUND_SECONDS_AT_MOST) -> None:
        """End after the step under way; the lease is given back. Nothing is lost if it is cut short."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def add(self, added: LogToAnchor) -> None:
        """Anchor one more log."""
        self._worker.add(added)
        self.wake()

    def remove(self, log_id: bytes) -> None:
        """Anchor a log no more."""
        self._worker.remove(log_id)

    def deadline_risk(self, log_id: bytes) -> float | None:
        """None while the log's promises can be kept, else the seconds after which to try again
        (`DeadlineRisk`).
        """
        return self._worker.deadlines.risk(log_id, self._clock())

    def signing_stop(self, log_id: bytes) -> str | None:
        """None while checkpoints may be signed, else why not (`SigningStop`)."""
        return self._worker.clock_guard.reason() or self._worker.foreign(log_id)

    def metrics(self) -> AnchoringMetrics:
        """Counters and gauges."""
        return self._worker.tally.snapshot()

    def step(self) -> None:
        """One step in the caller's thread, for commands that anchor once."""
        self._worker.step()

    def release(self) -> None:
        """Give the lease back after `step`."""
        self._worker.release()

    def _tell(self) -> None:
        """Put into the journal what is in the way, when that changes."""
        problems = self._worker.problems()
        for scope, problem in problems.items():
            if self._told.get(scope) != problem:
                log.warning("%s: %s", scope, problem)
        for scope in self._told.keys() - problems.keys():
            log.info("%s: in order again", scope)
        self._told = problems

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            for part in (self._worker.step, self._tell):
                try:
                    part()
                except Exception:
                    # The database was busy, or there is a fault in here: the deadline guard speaks up if it
                    # lasts.
                    log.exception("an anchoring step failed")
            self._wake.wait(self._poll)
        try:
            self._worker.release()
        except Exception:
            log.exception("the lease was not given back")
