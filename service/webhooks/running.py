"""The thread that runs the errands: anchors and answers every few seconds, findings as they fall due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Protocol

from service.disputes.ports import CaseLog
from service.webhooks.errands import FindingErrand

_journal = logging.getLogger("tally.webhooks")

_ROUND_SECONDS = 5.0
_FINDING_SECONDS = 1.0
_PRUNE_EVERY = 720  # rounds: hourly
_KEPT_MS = 90 * 24 * 3600 * 1000


class LogErrand(Protocol):
    """An errand that looks at one log."""

    def run(self, log: CaseLog, now: int) -> None:
        """Look at it; `now` in ms."""


class Pruning(Protocol):
    """Where finished messages are thrown away (`WebhookStore` is one)."""

    def prune(self, before: int) -> None:
        """Delete finished messages created before this time (ms)."""


class Errands:
    """Runs errands over all logs of a process until stopped. One that fails is run again next round."""

    def __init__(
        self,
        logs: Sequence[CaseLog],
        of_logs: Sequence[LogErrand],
        findings: FindingErrand,
        store: Pruning,
        clock_ms: Callable[[], int],
    ) -> None:
        self._logs, self._of_logs, self._findings, self._store = logs, of_logs, findings, store
        self._clock_ms = clock_ms
        self._rounds = 0
        self._since = _ROUND_SECONDS
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="webhook-errands", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End after the errand under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(_FINDING_SECONDS):
            self._since += _FINDING_SECONDS
            if self._since >= _ROUND_SECONDS:
                self._since = 0.0
                self._round()
            self._guarded("findings", lambda: self._findings.run(self._clock_ms()))

    def _round(self) -> None:
        for errand in self._of_logs:
            for log in self._logs:
                if self._stopping.is_set():
                    return
                self._guarded(type(errand).__name__, lambda e=errand, at=log: e.run(at, self._clock_ms()))  # type: ignore[misc]
        if self._rounds % _PRUNE_EVERY == 0:
            self._guarded("pruning", lambda: self._store.prune(self._clock_ms() - _KEPT_MS))
        self._rounds += 1

    @staticmethod
    def _guarded(name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            _journal.warning("errand %s failed", name, exc_info=error)
