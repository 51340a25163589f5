"""The sequencer: one thread a log, which appends everything that waits in one transaction and signs once.

(Being written; the constructor, `start`, `submit`, `stop` and `halted` are settled.)
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from service.core.checkpoint import LogIdentity
from service.log.notes import CheckpointNotes
from service.log.ports import AppendedBatch, Clock, DeadlineRisk, LastSigned, LogStore, SigningStop, Submission


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds: what may wait (events, bytes) before `LogBusy`, and what one group commit takes."""

    queued_events: int = 50_000
    queued_bytes: int = 128 * 1024 * 1024
    group_events: int = 4_096
    group_bytes: int = 16 * 1024 * 1024


class Sequencer:
    """Appends to one log. `promise`: seconds between signing a checkpoint and its anchoring deadline (≤ maxDelay)."""

    def __init__(
        self,
        identity: LogIdentity,
        store: LogStore,
        last_signed: LastSigned,
        notes: CheckpointNotes,
        *,
        promise: int,
        clock: Clock,
        deadline_risk: DeadlineRisk = lambda log_id: None,
        signing_stop: SigningStop = lambda log_id: None,
        limits: Limits = Limits(),
    ) -> None: ...

    def start(self) -> None:
        """Recover (same code as after every surprise), then take submissions. Raises `LogHalted`."""

    def submit(self, submissions: Sequence[Submission]) -> Future[AppendedBatch]:
        """Queue submissions that are appended all or none. Raises `LogBusy`, `LogHalted` at once."""

    def stop(self, timeout: float = 10.0) -> None:
        """Finish what is queued, then end the thread."""

    @property
    def halted(self) -> str | None:
        """Why the log does not append any more, or None."""
