"""The retention worker: erases by itself what was kept for as long as it may be kept.

A trade is looked at once its oldest entries are past the shortest period, and then whenever something of it
becomes due. A run goes through the log in order from where the last one stopped, so it costs as much as has
become old since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.disputes.case_entries import trade_entries
from service.disputes.erasure import Erasures, Target, Wish, target_of
from service.disputes.obstacles import Ground, due
from service.disputes.ports import CaseLog, ErasurePlans
from service.log.errors import TradeMoved
from service.log.ports import LogStore, StoredEntry
from service.profiles.giftcard.retention import Retention

_SCAN = 2000
_TRADES = 100
_ENTRY_BYTES = 40_000
_WISH = Wish(ground=Ground.RETENTION, requested_by="retention")


@dataclass(slots=True)
class Run:
    """What one run did."""

    trades: int = 0
    entries: int = 0
    claims: int = 0
    erasures: int = 0

    def add(self, other: Run) -> None:
        """Count another run's work too."""
        self.trades += other.trades
        self.entries += other.entries
        self.claims += other.claims
        self.erasures += other.erasures


class RetentionWorker:
    """Runs over one log after another. Blocking; one run at a time a log is enough, two do no harm."""

    def __init__(
        self,
        erasures: Erasures,
        store: LogStore,
        plans: ErasurePlans,
        retention: Callable[[str], Retention],
        clock: Callable[[], int],
    ) -> None:
        self._erasures = erasures
        self._store = store
        self._plans = plans
        self._retention = retention
        self._clock = clock

    def run(self, log: CaseLog, stopped: Callable[[], bool] = lambda: False) -> Run:
        """Erase everything of the log that is due now, trade by trade, until done or `stopped`."""
        run = Run()
        retention, log_id = self._retention(log.platform), log.identity.log_id
        self._schedule(log_id, retention, stopped)
        while not stopped() and (trades := self._plans.due(log_id, self._clock(), _TRADES)):
            for trade in trades:
                if stopped():
                    break
                self._look_at(log, trade, retention, run)
            self._erasures.scrub()
        return run

    def _schedule(self, log_id: bytes, retention: Retention, stopped: Callable[[], bool]) -> None:
        shortest, rules = retention.shortest(), _fingerprint(retention)
        if shortest is None:
            return
        position = self._plans.position(log_id, rules)
        old = self._clock() - shortest * 1000
        while not stopped():
            frames = [each for each in self._store.frames(log_id, position, _SCAN) if each.received <= old]
            if not frames:
                return
            position = frames[-1].position + 1
            trades = {each.trade for each in frames}
            self._plans.schedule(log_id, trades, self._clock(), position, rules)

    def _look_at(self, log: CaseLog, trade: str, retention: Retention, run: Run) -> None:
        """Erase what is due of one trade, and note when to look at it again."""
        run.trades += 1
        while True:
            entries = trade_entries(log, trade)
            found = due(entries, retention, self._clock())
            targets = _next_targets(entries, found.claims)
            if not targets:
                break
            try:
                erased = self._erasures.record(log, entries, targets, _WISH, scrub=False)
            except TradeMoved:
                continue  # something has just been posted: decide on that
            run.erasures += 1
            run.entries += len(targets)
            run.claims += len(erased.claims)
        self._plans.look_again(log.identity.log_id, trade, found.next)


def _next_targets(trade: Sequence[StoredEntry], claims: Mapping[int, frozenset[str]]) -> list[Target]:
    """As many targets as one erasure entry takes: of one audience, and not too long in all."""
    targets: list[Target] = []
    size = 0
    for entry in trade:
        if entry.index not in claims:
            continue
        target = target_of(entry, claims[entry.index])
        size += 160 + sum(len(name) + 3 for name in target.claims)
        if targets and (target.audience != targets[0].audience or size > _ENTRY_BYTES):
            break
        targets.append(target)
    return targets


def _fingerprint(retention: Retention) -> bytes:
    """A hash of the rules: under other rules everything is looked at again."""
    rules = sorted((name, each.least, each.most) for name, each in retention.rules.items())
    return hashlib.sha256(repr(rules).encode()).digest()
