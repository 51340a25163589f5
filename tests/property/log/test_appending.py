"""A log under every fault, crash, restart and repeat: after each step the whole of it is checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.core import disclosure
from service.core.receipt import Receipt
from service.log.errors import (
    AnchorDeadlineRisk,
    CommitUnknown,
    EventConflict,
    EventErased,
    LogHalted,
    MixedBatch,
    StoreUnavailable,
)
from service.log.ports import AppendedBatch, Submission
from service.log.receipts import of_batch
from tests.unit.log.memory import Disk, Faults, MemoryLastSigned, MemoryStore
from tests.unit.log.whole_log import IDENTITY, RECORD, Process, SettableClock, check_whole_log, submission

LOG_ID = IDENTITY.log_id
NAMES = st.sampled_from([f"e{number}" for number in range(24)])
TRADES = st.sampled_from(["t1", "t2", "t3"])
TEXTS = st.sampled_from(["one", "two"])
EVENTS = st.tuples(NAMES, TRADES, TEXTS)


class AppendingMachine(RuleBasedStateMachine):
    """The model: what each event id stands for once it is in the log, and the receipt that was given for
    it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.disk, self.faults, self.clock = Disk(), Faults(), SettableClock()
        self.risk = False
        MemoryStore(self.disk).create(RECORD)
        self.content: dict[str, tuple[str, str]] = {}
        self.erased: set[str] = set()
        self.given: dict[str, Receipt] = {}
        self.posted: set[tuple[str, str, str]] = set()
        self.restart()

    @rule()
    def restart(self) -> None:
        self.faults.at = None
        store, last_signed = MemoryStore(self.disk, self.faults), MemoryLastSigned(self.disk, self.faults)
        options: dict[str, Any] = {"deadline_risk": lambda log_id: 5.0 if self.risk else None}
        self.process = Process(store, last_signed, self.clock, options).start()
        assert self.process.sequencer.halted is None

    @rule(ms=st.integers(-100_000, 100_000))
    def move_clock(self, ms: int) -> None:
        self.clock.now = min(max(self.clock.now + ms, 1_700_000_000_000), 1_900_000_000_000)

    @rule(
        at=st.sampled_from(["append", "commit", "confirm", "last_signed"]),
        mode=st.sampled_from(["lost", "kept"]),
    )
    def arm(self, at: str, mode: Any) -> None:
        self.faults.arm(at, mode)

    @rule(risk=st.booleans())
    def anchor_deadline(self, risk: bool) -> None:
        self.risk = risk

    @rule(posted=EVENTS)
    def post_one(self, posted: tuple[str, str, str]) -> None:
        self._post([posted])

    @rule(posted=st.lists(EVENTS, min_size=2, max_size=6))
    def post_batch(self, posted: list[tuple[str, str, str]]) -> None:
        self._post(posted)

    @rule(calls=st.lists(st.lists(EVENTS, min_size=1, max_size=3), min_size=2, max_size=6))
    def post_at_once(self, calls: list[list[tuple[str, str, str]]]) -> None:
        waiting = []
        for call in calls:
            try:
                waiting.append((call, self.process.sequencer.submit(self._submissions(call))))
            except LogHalted:
                break
        for call, answer in waiting:
            error = answer.exception(10)
            self._answered(call, error, None if error else answer.result())

    @precondition(lambda self: len(self.content) > len(self.erased))
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(set(self.content) - self.erased)))
        tables = self.disk.tables[LOG_ID]
        tables.entries = [
            replace(each, disclosures=None, erased_at=1) if each.event == name else each
            for each in tables.entries
        ]
        self.erased.add(name)

    def _submissions(self, posted: list[tuple[str, str, str]]) -> list[Submission]:
        self.posted.update(posted)
        return [submission(name, trade, text=text) for name, trade, text in posted]

    def _post(self, posted: list[tuple[str, str, str]]) -> None:
        try:
            answer = self.process.post(*self._submissions(posted))
        except Exception as error:
            self._answered(posted, error, None)
        else:
            self._answered(posted, None, answer)

    def _answered(
        self, posted: list[tuple[str, str, str]], error: BaseException | None, answer: AppendedBatch | None
    ) -> None:
        if answer is not None:
            for (name, trade, text), receipt in zip(posted, of_batch(IDENTITY, answer), strict=True):
                assert self.content.setdefault(name, (trade, text)) == (trade, text)
                if len(posted) == 1:
                    assert self.given.setdefault(name, receipt) == receipt, "one event, one receipt"
            return
        match error:
            case EventConflict():
                assert error.events
            case MixedBatch():
                assert len(posted) > 1
            case EventErased():
                assert set(error.events) <= self.erased
            case AnchorDeadlineRisk():
                assert self.risk
            case StoreUnavailable() | CommitUnknown() | LogHalted():
                pass
            case _:
                raise AssertionError(f"unexpected {error!r}")
        if isinstance(error, LogHalted):
            self.process.sequencer.stop()
            self.restart()

    def _learn(self) -> None:
        """What answers that failed have left behind is known only by looking."""
        for each in self.disk.tables[LOG_ID].entries:
            if each.event not in self.content:
                assert each.disclosures is not None
                (text,) = (disclosure.parse(one).value for one in each.disclosures)
                assert (each.event, each.trade, text) in self.posted
                self.content[each.event] = (each.trade, str(text))

    @invariant()
    def whole_log_holds(self) -> None:
        self._learn()
        self.faults.trace.clear()
        receipts = list(self.given.values())
        check_whole_log(MemoryStore(self.disk), MemoryLastSigned(self.disk), receipts)
        signed = self.disk.signed[LOG_ID][0]
        assert signed <= self.disk.tables[LOG_ID].head.size

    def teardown(self) -> None:
        self.process.sequencer.stop()


AppendingMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAppending = AppendingMachine.TestCase


@pytest.mark.full
class TestAppendingAtLength(AppendingMachine.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=400, stateful_step_count=60, deadline=None)
