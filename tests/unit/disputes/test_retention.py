"""The retention worker: what is due goes by itself, one erasure entry a trade and run."""

from __future__ import annotations

from typing import Any, cast

import pytest

from service.disputes.erasure_room import ErasureRoom
from service.disputes.holds import NewHold
from service.disputes.retention import Run
from service.log.errors import LogHalted
from service.profiles.giftcard.retention import Period, Retention
from tests.unit.disputes.erasing import DAY, LOG_ID, RULES, Room


def shop(room: Room, trade: str, *, review: bool = False) -> None:
    room.post(f"{trade}-q", "quote", trade, offer={"net": 1}, presented={"template": "a"})
    room.post(f"{trade}-a", "acceptance", trade, amount=1, consent={"method": "none"})
    if review:
        room.post(f"{trade}-r", "review", trade, rule="big", consent={"method": "none"})


def test_nothing_goes_before_its_time_and_everything_at_it() -> None:
    room = Room()
    shop(room, "t")
    room.clock.now += 5 * DAY - 1
    assert room.worker.run(room.log).erasures == 0
    room.clock.now += 1
    run = room.worker.run(room.log)
    assert (run.trades, run.entries, run.claims, run.erasures) == (1, 1, 1, 1)
    assert (room.left("t-q"), room.left("t-a")) == ({"offer", "presented"}, {"amount"})
    assert room.worker.run(room.log).trades == 0
    room.clock.now += 5 * DAY - 1
    assert room.worker.run(room.log).erasures == 0
    room.clock.now += 1
    assert room.worker.run(room.log).erasures == 1
    assert (room.left("t-q"), room.left("t-a")) == ({"presented"}, set())
    first, second = room.erasure_entries()
    assert first["ground"] == second["ground"] == "retention"
    assert len(second["targets"]) == 2
    assert room.plans.dues == {}


def test_the_time_counts_from_the_trades_newest_entry_but_not_from_its_erasures() -> None:
    room = Room()
    shop(room, "t")
    room.clock.now += 4 * DAY
    room.post("late", "cancellation", "t", by="user", reason="x")
    room.clock.now += DAY
    assert room.worker.run(room.log).erasures == 0
    room.clock.now += 4 * DAY
    assert room.worker.run(room.log).erasures == 1
    room.clock.now += 5 * DAY
    assert room.worker.run(room.log).erasures == 1


def test_what_is_kept_goes_once_nothing_keeps_it() -> None:
    room = Room()
    shop(room, "t")
    hold, _ = room.holds.place(room.log, "t", NewHold("court"))
    room.clock.now += 20 * DAY
    assert room.worker.run(room.log).erasures == 0
    room.holds.release(room.log, "t", hold.id, "released")
    assert room.worker.run(room.log).trades == 0
    room.clock.now += DAY
    assert room.worker.run(room.log).erasures == 1


def test_trade_by_trade_and_audience_by_audience() -> None:
    room = Room()
    for trade in ("t", "u", "v"):
        shop(room, trade, review=trade == "u")
    room.clock.now += 5 * DAY
    assert room.worker.run(room.log).erasures == 4
    entries = room.erasure_entries()
    assert sorted(str(each.get("audience")) for each in entries) == ["None", "None", "None", "restricted"]


def test_a_run_goes_on_where_the_last_one_stopped_and_begins_anew_under_other_rules() -> None:
    room = Room()
    shop(room, "t")
    room.clock.now += 5 * DAY
    room.worker.run(room.log)
    assert room.plans.positions[LOG_ID][0] == 2
    room.rules = Retention({**RULES.rules, "quote.offer": Period(0, 5 * 86_400)})
    assert room.worker.run(room.log).erasures == 1
    assert room.left("t-q") == {"presented"}
    room.rules = Retention({"*": Period(0, None), "own": Period()})
    room.clock.now += 100 * DAY
    assert room.worker.run(room.log).erasures == 0
    assert room.plans.dues == {}


def test_a_run_ends_when_the_service_does() -> None:
    room = Room()
    shop(room, "t")
    room.clock.now += 5 * DAY
    assert room.worker.run(room.log, lambda: True).trades == 0
    assert room.worker.run(room.log).erasures == 1


def test_many_targets_take_several_entries() -> None:
    room = Room(Retention({"*": Period(0, 60), "own": Period(0, 60)}))
    claims = {f"claim-with-a-rather-long-name-{number:02}": number for number in range(60)}
    room.book.post(*[(f"e{number}", "t", "x-note", claims) for number in range(40)])
    room.clock.now += 60_000
    run = room.worker.run(room.log)
    assert (run.entries, run.claims) == (40, 2400)
    assert 2 <= run.erasures <= 4
    assert not any(room.left(f"e{number}") for number in range(40))


class Refusing:
    """A worker to whom one log is sealed."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, log: str, stopped: object) -> Run:
        self.ran.append(log)
        if log == "sealed":
            raise LogHalted("sealed by the operator")
        return Run()


def test_a_log_that_takes_no_entries_keeps_nothing_else_from_going() -> None:
    worker, swept = Refusing(), list[str]()
    nobody: Any = None
    logs: Any = ["sealed", "open"]

    def sweep() -> int:
        swept.append("accesses")
        return 0

    room = ErasureRoom(logs, nobody, nobody, cast(Any, worker), 60.0, lambda: 0.0, sweeps=[sweep])
    with pytest.raises(LogHalted):
        room.run()
    assert (worker.ran, swept) == (["sealed", "open"], ["accesses"])
