"""The worker's counters, kept where it works and copied out whole."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from service.anchoring.ports import AnchoringMetrics, LogAnchoring


class Tally:
    """Counts what happens. Safe among threads; reading gives one consistent snapshot."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now = AnchoringMetrics()

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter of `AnchoringMetrics`."""
        with self._lock:
            self._now = replace(self._now, **{name: getattr(self._now, name) + by})

    def set(self, **gauges: object) -> None:
        """Set gauges of `AnchoringMetrics`."""
        with self._lock:
            self._now = replace(self._now, **gauges)  # type: ignore[arg-type]

    def log(self, log_id: bytes, standing: LogAnchoring) -> None:
        """Set one log's standing."""
        with self._lock:
            self._now = replace(self._now, logs={**self._now.logs, log_id: standing})

    def snapshot(self) -> AnchoringMetrics:
        """Everything as of now."""
        with self._lock:
            return self._now
