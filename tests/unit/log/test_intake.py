from __future__ import annotations

from threading import Thread
from time import sleep

import pytest

from service.log.errors import LogBusy
from service.log.intake import Intake, Limits
from tests.unit.log.whole_log import submission


def test_a_call_that_was_taken_cannot_be_cancelled_any_more() -> None:
    intake = Intake(Limits())
    answer = intake.put([submission("a")])
    group = intake.take()
    assert group is not None
    assert [call.answer for call in group] == [answer]
    assert not answer.cancel()


def test_bytes_are_bounded_too() -> None:
    intake = Intake(Limits(queued_bytes=2000))
    intake.put([submission("a")])
    with pytest.raises(LogBusy):
        intake.put([submission("b", text="x" * 2000)])
    intake.put([submission("c")])
    assert len(intake.take() or []) == 2
    intake.put([submission("b", text="x" * 2000)])


def test_a_group_is_bounded_in_bytes() -> None:
    intake = Intake(Limits(group_bytes=2000))
    for name in "abc":
        intake.put([submission(name, text="x" * 500)])
    assert [len(intake.take() or []) for _ in range(3)] == [1, 1, 1]


def test_closed_it_hands_out_what_waits_and_then_none() -> None:
    intake = Intake(Limits())
    intake.put([submission("a")])
    intake.close()
    with pytest.raises(LogBusy):
        intake.put([submission("b")])
    assert len(intake.take() or []) == 1
    assert intake.take() is None


def test_a_crowd_is_waited_for_and_a_lone_poster_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(Limits())
    waits: list[float] = []

    def arriving(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            intake.put([submission("d")])

    intake.put([submission("a")])
    monkeypatch.setattr("service.log.intake.sleep", arriving)
    assert len(intake.take() or []) == 1
    intake.put([submission("b")])
    intake.put([submission("b2")])
    assert len(intake.take() or []) == 2
    assert waits == [], "the group before held one call: nobody else is about"
    intake.put([submission("c")])
    assert len(intake.take() or []) == 2, "d came while c was waiting"
    assert len(waits) == 2


def test_a_crowd_that_never_ends_is_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(Limits())
    names = iter(range(1000))
    for _ in range(2):
        intake.put([submission(f"e{next(names)}")])
    monkeypatch.setattr("service.log.intake.sleep", lambda _: intake.put([submission(f"e{next(names)}")]))
    assert len(intake.take() or []) == 2
    intake.put([submission(f"e{next(names)}")])
    assert len(intake.take() or []) == 5


def test_a_call_wakes_the_thread_that_waits() -> None:
    intake = Intake(Limits())
    groups: list[int] = []
    thread = Thread(target=lambda: groups.append(len(intake.take() or [])))
    thread.start()
    sleep(0.05)  # let it wait; whether it does or not, it must get the call
    intake.put([submission("a")])
    thread.join(10)
    assert groups == [1]
