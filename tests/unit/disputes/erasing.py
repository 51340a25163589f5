"""A log in memory whose content can be erased, with a fault at any durable write of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.core import disclosure
from service.disputes.erasure import Erasures
from service.disputes.holds import Holds
from service.disputes.naming import Naming
from service.disputes.ports import CaseLog, ErasurePlan
from service.disputes.recorder import LogRecorder
from service.disputes.retention import RetentionWorker
from service.log.errors import StoreUnavailable
from service.log.ports import StoredEntry
from service.profiles.giftcard.retention import Period, Retention
from tests.unit.disputes.case_log import Book
from tests.unit.log.memory import Faults
from tests.unit.log.whole_log import IDENTITY, SettableClock, seeded

LOG_ID = IDENTITY.log_id
DAY = 86_400_000
RULES = Retention(
    {
        "*": Period(3 * 86_400, 10 * 86_400),
        "own": Period(0, 10 * 86_400),
        "*.consent": Period(0, 5 * 86_400),
        "*.presented": Period(0, None),
    }
)


class MemoryPlans:
    """`ErasurePlans` in memory; what is in it survives the "process"."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.plans: dict[tuple[bytes, str], ErasurePlan] = {}
        self.positions: dict[bytes, tuple[int, bytes]] = {}
        self.dues: dict[tuple[bytes, str], int] = {}

    def add(self, log_id: bytes, plan: ErasurePlan) -> None:
        self._write("plan", lambda: self.plans.__setitem__((log_id, plan.event), plan))

    def unfinished(self, log_id: bytes, trade: str | None = None) -> Sequence[ErasurePlan]:
        return [
            plan for (log, _), plan in self.plans.items() if log == log_id and trade in (None, plan.trade)
        ]

    def finish(self, log_id: bytes, event: str) -> None:
        self._write("finish", lambda: self.plans.pop((log_id, event), None))

    def position(self, log_id: bytes, rules: bytes) -> int:
        position, under = self.positions.get(log_id, (0, rules))
        return position if under == rules else 0

    def schedule(self, log_id: bytes, trades: Collection[str], due: int, position: int, rules: bytes) -> None:
        self.dues.update({(log_id, trade): due for trade in trades})
        self.positions[log_id] = (position, rules)

    def look_again(self, log_id: bytes, trade: str, due: int | None) -> None:
        if due is None:
            self.dues.pop((log_id, trade), None)
        else:
            self.dues[log_id, trade] = due

    def due(self, log_id: bytes, now: int, limit: int) -> Sequence[str]:
        return [trade for (log, trade), due in self.dues.items() if log == log_id and due <= now][:limit]

    def _write(self, name: str, write: Callable[[], object]) -> None:
        self.faults.trace.append(name)
        fault = self.faults.due(name)
        if fault != "lost":
            write()
        if fault:
            self.faults.raise_(StoreUnavailable("injected", 1.0))


@dataclass
class Copies:
    """Somebody who holds copies of claims."""

    faults: Faults
    forgotten: list[tuple[int, frozenset[str] | None]] = field(default_factory=list)

    def forget(self, log_id: bytes, index: int, claims: frozenset[str] | None) -> None:
        assert log_id == LOG_ID
        self.faults.trace.append("forget")
        fault = self.faults.due("forget")
        if fault != "lost":
            self.forgotten.append((index, claims))
        if fault:
            self.faults.raise_(StoreUnavailable("injected", 1.0))


class Room:
    """Everything about erasure over one log in memory."""

    def __init__(self, rules: Retention = RULES) -> None:
        self.book = Book()
        assert isinstance(self.book.process.clock, SettableClock)
        self.clock = self.book.process.clock
        self.faults = self.book.store.faults
        self.plans = MemoryPlans(self.faults)
        self.copies = Copies(self.faults)
        self.random = seeded(b"room")
        self.naming = Naming(b"n" * 32, seeded(b"naming"))
        self.rules = rules
        self.recorder = LogRecorder(self.random)
        self.log: CaseLog = self.book.log()
        self.begin()

    def begin(self) -> None:
        """A process: begin again to restart."""
        self.erasures = Erasures(
            self.recorder,
            self.book.store,
            self.plans,
            lambda platform: self.rules,
            clock=self.clock,
            random=self.random,
            forgetting=[self.copies],
        )
        self.holds = Holds(self.recorder, self.clock, self.random)
        self.worker = RetentionWorker(
            self.erasures, self.book.store, self.plans, lambda platform: self.rules, self.clock
        )

    def post(self, event: str, kind: str = "x-note", /, trade: str = "t", **claims: Any) -> StoredEntry:
        """Post one event now; its entry."""
        self.book.post((event, trade, kind, claims))
        return self.entry(event)

    def entry(self, event: str) -> StoredEntry:
        """An entry as it now is."""
        found = self.log.reader.entry_by_event(event)
        assert found is not None
        return found

    def left(self, event: str) -> set[str]:
        """The names of the claims that are still there."""
        return {disclosure.parse(each).name for each in self.entry(event).disclosures or ()}

    def erasure_entries(self) -> list[Mapping[str, Any]]:
        """The claims of every erasure entry, in order."""
        found = [each for each in self.book.store.entries(LOG_ID, 0, 1000) if each.type == "erasure"]
        return [
            {opened.name: opened.value for opened in map(disclosure.parse, each.disclosures or ())}
            for each in found
        ]
