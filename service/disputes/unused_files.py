"""Files that somebody handed in and no entry ever came to name: they go after a while."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from service.disputes.case_entries import STEP_TYPES, shown_entry, trade_entries
from service.disputes.case_ports import AttachmentStore
from service.disputes.index import files_of
from service.disputes.ports import CaseLog

KEPT_MS: Final = 7 * 86_400_000
"""Handing a file in and putting it forward are two requests of one visit; this bridges a week."""
_AT_ONCE: Final = 100


class UnusedFiles:
    """Removes them from time to time. Blocking."""

    def __init__(
        self, attachments: AttachmentStore, logs: Iterable[CaseLog], clock_ms: Callable[[], int]
    ) -> None:
        self._attachments = attachments
        self._logs = tuple(logs)
        self._clock_ms = clock_ms

    def sweep(self) -> int:
        """Remove what has been unused for too long; how many files."""
        before = self._clock_ms() - KEPT_MS
        return sum(self._sweep(log, before) for log in self._logs)

    def _sweep(self, log: CaseLog, before: int) -> int:
        log_id, removed = log.identity.log_id, 0
        while found := self._attachments.unused(log_id, before, _AT_ONCE):
            named = {trade: _named(log, trade) for trade in {each.trade for each in found}}
            for file in found:
                if file.digest in named[file.trade]:
                    # An entry names it, and whoever had that recorded did not come to note it.
                    self._attachments.refer(log_id, file.dispute, [file.digest])
                else:
                    removed += self._attachments.remove_unused(log_id, file.dispute, file.digest, before)
        return removed


def _named(log: CaseLog, trade: str) -> frozenset[bytes]:
    steps = [shown_entry(each) for each in trade_entries(log, trade) if each.type in STEP_TYPES]
    return frozenset[bytes]().union(*map(files_of, steps))
