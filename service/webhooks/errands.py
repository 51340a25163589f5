"""What no entry brings about: anchors that become final or come late, answers that fall due, and findings
that time alone proves. Each errand may be run at any time, in any process, any number of times: a message
with the same key is written once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from service.anchoring.ports import AnchorOnChain, AnchorState
from service.disputes.case_ports import CaseIndex
from service.disputes.ports import CaseLog
from service.log.follower import CursorStore, EntrySource
from service.profiles.giftcard.findings.model import Finding, Truth
from service.webhooks.messages import (
    MAX_EVENTS,
    anchor_late,
    anchored,
    answer_due,
    finding_proved,
    tenant_of,
)
from service.webhooks.ports import EventType, Watched, WebhookStore

_journal = logging.getLogger("tally.webhooks")

_DAY_MS = 24 * 3600 * 1000
_PAGE = 200
_ANCHOR_CURSOR = "webhooks-anchors"
_LATE_LOOK_BACK_MS = 7 * _DAY_MS
_PUT_OFF_MS = 3600 * 1000


class AnchorList(Protocol):
    """The anchors of all logs."""

    def anchors(self, log_id: bytes, after_size: int = 0, limit: int = 100) -> Sequence[AnchorOnChain]:
        """At most `limit` anchors larger than `after_size`, ascending, orphaned ones left out."""


class AnchorErrand:
    """One message for each anchor that became final, in order; one for the first promise that is broken."""

    def __init__(
        self, store: WebhookStore, anchors: AnchorList, entries: EntrySource, cursors: CursorStore
    ) -> None:
        self._store, self._anchors, self._entries, self._cursors = store, anchors, entries, cursors

    def run(self, log: CaseLog, now: int) -> None:
        """Look at one log."""
        log_id = log.identity.log_id
        wanted = self._store.wanted(tenant_of(log))
        told = self._cursors.cursors().get((_ANCHOR_CURSOR, log_id), 0)
        newest = told
        for anchor in self._anchors.anchors(log_id, told, _PAGE):
            newest = anchor.size
            if anchor.state is AnchorState.FINAL:
                if EventType.RECEIPT_ANCHORED in wanted:
                    self._store.put(anchored(log, anchor, self._events(log_id, anchor), now))
                # Also past what nobody wanted: an endpoint made later hears of later anchors only.
                self._cursors.advance(_ANCHOR_CURSOR, log_id, told, anchor.size)
                told = anchor.size
            else:
                break
        if EventType.ANCHOR_LATE in wanted:
            self._late(log, self._largest(log_id, newest), now)

    def _events(self, log_id: bytes, anchor: AnchorOnChain) -> Sequence[str]:
        first = anchor.slot.prev_size
        found = self._entries.entries(log_id, first, min(MAX_EVENTS, anchor.size - first))
        return [entry.event for entry in found]

    def _largest(self, log_id: bytes, size: int) -> int:
        """The largest anchored size, from one that is known to be anchored on."""
        while found := self._anchors.anchors(log_id, size, _PAGE):
            size = found[-1].size
        return size

    def _late(self, log: CaseLog, anchored_size: int, now: int) -> None:
        for checkpoint in log.reader.checkpoints(anchored_size, 1):
            if 0 < checkpoint.anchor_by * 1000 < now:
                self._store.put(anchor_late(log, checkpoint, now))


class AnswerErrand:
    """A message a day before an answer to a dispute falls due, and one when it has."""

    def __init__(self, store: WebhookStore, cases: CaseIndex) -> None:
        self._store, self._cases = store, cases

    def run(self, log: CaseLog, now: int) -> None:
        """Look at one log."""
        if EventType.DISPUTE_ANSWER_DUE not in self._store.wanted(tenant_of(log)):
            return
        self._tell(log, now, now + _DAY_MS, "soon", now)
        self._tell(log, now - _LATE_LOOK_BACK_MS, now, "due", now)

    def _tell(self, log: CaseLog, after: int, until: int, stage: str, now: int) -> None:
        beyond: str | None = None
        while found := self._cases.due_between(log.identity.log_id, after, until, _PAGE, beyond):
            for case in found:
                if case.due is not None:
                    self._store.put(answer_due(log, case, case.due, stage, now))
                    # Disputes that came in one batch fall due in the same millisecond.
                    after, beyond = case.due, case.dispute
            if len(found) < _PAGE:
                return


Findings = Callable[[CaseLog, str], Callable[[int], Sequence[Finding]] | None]
"""What all rules find in a trade of a log at a time (ms); None when there is no such trade."""


class FindingErrand:
    """Looks at the trades that are due, tells what is proved, and has each looked at again when time alone
    would prove something more.
    """

    def __init__(
        self,
        store: WebhookStore,
        findings: Findings,
        logs: Sequence[CaseLog],
        *,
        horizon_ms: int = 3660 * _DAY_MS,
    ) -> None:
        self._store, self._findings = store, findings
        self._logs = {log.identity.log_id: log for log in logs}
        self._horizon = horizon_ms

    def run(self, now: int, limit: int = 20) -> bool:
        """Look at the trades that are due, at most `limit`; True when there are more."""
        due = self._store.watched(now, limit)
        for watched in due:
            try:
                again = self._look(watched, now)
            except Exception as error:
                # One trade that cannot be evaluated must not keep all others waiting.
                _journal.warning("findings of a trade were put off", exc_info=error)
                again = now + _PUT_OFF_MS
            self._store.looked(watched, again)
        return len(due) == limit

    def _look(self, watched: Watched, now: int) -> int | None:
        log = self._logs.get(watched.log_id)
        evaluate = None if log is None else self._findings(log, watched.trade)
        if log is None or evaluate is None:
            return None
        proved = _proved(evaluate(now))
        for finding in proved:
            self._store.put(finding_proved(log, watched.trade, finding, now))
        today = frozenset(map(_about, proved))
        return _first_time(
            lambda time: bool(frozenset(map(_about, _proved(evaluate(time)))) - today),
            now,
            now + self._horizon,
        )


def _proved(findings: Sequence[Finding]) -> Sequence[Finding]:
    return [finding for finding in findings if finding.truth is Truth.PROVED]


def _about(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.cured, tuple(each.leaf for each in finding.references)


def _first_time(true: Callable[[int], bool], now: int, horizon: int) -> int | None:
    """The first time after `now`, to a second, at which it is true, if it is by `horizon`: what time proves
    stays proved, so halving the span finds it.
    """
    if not true(horizon):
        return None
    low, high = now, horizon
    while high - low > 1000:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle, high)
    return high
