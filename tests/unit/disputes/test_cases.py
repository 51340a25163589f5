from __future__ import annotations

import pytest

from service.disputes import cases
from service.disputes.cases import Case, replay
from service.disputes.states import Action, State
from service.profiles.giftcard.answer_clock import ANSWER_MS
from tests.unit.disputes.told import HOUR, Told


@pytest.fixture
def told() -> Told:
    return Told()


def only(told: Told) -> Case:
    (case,) = replay(told.entries).cases
    return case


def test_the_whole_way(told: Told) -> None:
    opened = told.opened()
    assert (only(told).state, only(told).open) == (State.OPENED, True)
    told.answer("acknowledgement")
    told.answer("info_request")
    assert only(told).state is State.INFO_REQUESTED
    asked = only(told).clock
    assert asked is not None
    assert asked.paused(told.now)
    told.evidence("platform")
    assert only(told).state is State.INFO_REQUESTED
    told.evidence()
    assert only(told).state is State.ACKNOWLEDGED
    answered = told.to_the_point(offer=100)
    told.evidence()
    assert only(told).state is State.ANSWERED
    clock = only(told).clock
    assert clock is not None
    assert (clock.due, clock.answered_at) == (opened.received + ANSWER_MS + 2 * HOUR, answered.received)
    told.award("for_user", amount=500)
    told.payout(300)
    assert (only(told).state, only(told).paid) == (State.AWARDED_FOR_USER, 300)
    told.payout(200, leg=2)
    assert (only(told).state, only(told).paid, only(told).open) == (State.PAID, 500, False)
    assert [step.ignored for step in only(told).steps] == [None] * 7


def test_a_payment_reported_twice_or_before_the_award_pays_nothing_of_it(told: Told) -> None:
    told.opened()
    told.payout(500)
    told.award("for_user", amount=500)
    told.payout(500)
    assert only(told).state is State.AWARDED_FOR_USER
    told.payout(300, leg=2)
    told.payout(300, leg=2)
    assert (only(told).state, only(told).paid) == (State.AWARDED_FOR_USER, 300)


def test_a_payment_with_a_cause_counts_for_that_alone(told: Told) -> None:
    told.opened("d1")
    told.opened("d2", code="fee")
    first = told.award("for_user", "d1", amount=500)
    told.award("for_user", "d2", amount=500)
    cause = {"event": first.event, "digest": "0x" + first.digest.hex()}
    other = {**cause, "digest": "0x" + "00" * 32}
    told.payout(500, leg=2, cause=other)
    told.payout(500, leg=3, cause={"event": "elsewhere"})
    assert [case.state for case in replay(told.entries).cases] == [State.AWARDED_FOR_USER] * 2
    told.add(
        "refund", refund="r", direction="to_user", kind="money", state="succeeded", amount=500, cause=cause
    )
    assert [case.state for case in replay(told.entries).cases] == [State.PAID, State.AWARDED_FOR_USER]


@pytest.mark.parametrize(
    "claims",
    [
        {"direction": "to_platform"},
        {"kind": "card"},
        {"state": "due"},
        {"amount": None},
    ],
)
def test_what_is_no_payment(told: Told, claims: dict[str, object]) -> None:
    told.opened()
    told.award("for_user")
    refund = {"refund": "r", "direction": "to_user", "kind": "money", "state": "succeeded", "amount": 5}
    told.add("refund", **{**refund, **claims})
    assert only(told).state is State.AWARDED_FOR_USER


def test_points_are_no_payment(told: Told) -> None:
    told.opened()
    told.award("for_user", amount=500)
    legs = [{"leg": 1, "channel": "points", "amount": 900, "kind": "points"}]
    told.add("payout", payout="p", state="succeeded", legs=legs)
    assert only(told).state is State.AWARDED_FOR_USER


def test_a_second_award_begins_anew(told: Told) -> None:
    told.opened()
    told.award("for_platform")
    assert not only(told).open
    told.award("for_user", amount=100)
    assert (only(told).state, only(told).owed) == (State.AWARDED_FOR_USER, 100)


def test_an_answer_that_says_nothing_stops_nothing(told: Told) -> None:
    told.opened()
    told.answer("substantive")
    step = only(told).steps[0]
    assert (step.action, step.ignored) == (Action.ANSWER, cases.NOT_TO_THE_POINT)
    clock = only(told).clock
    assert clock is not None
    assert clock.answered_at is None


def test_only_the_claimant_withdraws(told: Told) -> None:
    told.opened()
    told.award("withdrawn", actor={"role": "platform"})
    assert (only(told).state, only(told).steps[0].ignored) == (State.OPENED, cases.NOT_THE_CLAIMANT)
    told.award("withdrawn", actor={"role": "user"})
    assert only(told).state is State.WITHDRAWN


def test_what_comes_after_the_end_is_ignored(told: Told) -> None:
    told.opened()
    told.award("withdrawn")
    told.to_the_point()
    told.evidence()
    told.award("for_user")
    told.payout(100)
    told.opened()
    assert only(told).state is State.WITHDRAWN
    assert [step.ignored for step in only(told).steps[1:]] == [cases.NOT_POSSIBLE] * 3 + [cases.OPENED_BEFORE]


def test_steps_of_no_dispute_are_strays(told: Told) -> None:
    early = told.to_the_point("d2")
    nameless = told.add("dispute_award", outcome="for_user")
    blank = told.add("dispute_opened", by="user")
    told.opened("d2")
    found = replay(told.entries)
    assert found.strays == (
        (early, cases.NOT_OPENED),
        (nameless, cases.UNREADABLE),
        (blank, cases.UNREADABLE),
    )
    assert [case.state for case in found.cases] == [State.OPENED]


def test_nobody_promised_a_platform_an_answer(told: Told) -> None:
    told.opened(by="platform")
    assert only(told).clock is None


def test_a_settlement_is_open_until_it_is_paid(told: Told) -> None:
    told.opened()
    told.award("settled", amount=100)
    assert only(told).open
    told.payout(100)
    assert (only(told).state, only(told).open) == (State.PAID, False)


def test_a_settlement_without_money_is_the_end(told: Told) -> None:
    told.opened()
    told.award("settled")
    assert not only(told).open
