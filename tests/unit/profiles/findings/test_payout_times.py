"""payout_missing, payout_late, payout_duplicate, and the deadline behind them."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import payout_duplicate, payout_late, payout_missing
from service.profiles.giftcard.findings.model import Kind, Sealed, Truth
from tests.unit.profiles.findings.builder import HOUR, NET, READING, Trade, item, time

MISSING, LATE, DUPLICATE = payout_missing.RULE, payout_late.RULE, payout_duplicate.RULE
DEADLINE = 20 + HOUR
TAU = 120
AFTER = 0.001
PROOF = "0x" + "99" * 32


def unpaid(start: str = "handover", **quote: Any) -> Trade:
    trade = Trade()
    trade.quote(terms={"payout_clock": {"start": start, "seconds": HOUR}}, **quote)
    trade.accept()
    trade.hand_over()
    trade.inspect()
    return trade


@pytest.mark.parametrize(("start", "at"), [("acceptance", 10), ("handover", 20), ("inspection", 30)])
def test_the_clock_runs_from_its_event_and_two_minutes_are_forgiven(start: str, at: int) -> None:
    trade = unpaid(start)
    assert trade.truth(MISSING, at + HOUR + TAU) is Truth.NOT_PROVED
    finding = trade.ask(MISSING, at + HOUR + TAU + AFTER)
    assert finding.truth is Truth.PROVED
    assert finding.amount == NET


@pytest.mark.parametrize("state", ["succeeded", "processing", "awaiting_payee"])
def test_what_is_on_its_way_is_not_missing(state: str) -> None:
    trade = unpaid()
    trade.pay(state=state)
    assert trade.truth(MISSING, 99 * HOUR) is Truth.NOT_PROVED


@pytest.mark.parametrize("state", ["initiated", "failed", "cancelled", "reversed"])
def test_what_is_not_is(state: str) -> None:
    trade = unpaid()
    trade.pay(state=state)
    assert trade.truth(MISSING, 99 * HOUR) is Truth.PROVED


def test_before_the_clock_starts_nothing_is_missing() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    assert trade.truth(MISSING, 999 * HOUR) is Truth.NOT_PROVED


def test_without_a_clock_nobody_can_say() -> None:
    trade = Trade()
    trade.quote(terms={"payout_clock": None})
    trade.accept()
    trade.hand_over()
    assert trade.ask(MISSING, 999 * HOUR).missing == ("quote-0#terms.payout_clock",)


def test_all_accepted_cards_have_to_be_there_before_the_clock_runs() -> None:
    trade = Trade()
    trade.quote(item(1), item(2))
    trade.accept()
    trade.hand_over(items=[1])
    assert trade.truth(MISSING, 999 * HOUR) is Truth.NOT_PROVED
    trade.hand_over(at=HOUR, items=[2])
    assert trade.truth(MISSING, 2 * HOUR + TAU) is Truth.NOT_PROVED
    assert trade.truth(MISSING, 2 * HOUR + TAU + AFTER) is Truth.PROVED


def test_a_second_inspection_restarts_the_clock_only_while_it_runs() -> None:
    trade = unpaid("inspection")
    trade.inspect(at=HOUR)
    assert trade.truth(MISSING, 2 * HOUR + TAU) is Truth.NOT_PROVED
    trade.inspect(at=9 * HOUR)
    assert trade.truth(MISSING, 9 * HOUR + 60) is Truth.PROVED


@pytest.mark.parametrize("delay", [300, 300.001])
def test_an_event_that_arrives_late_starts_the_clock_at_its_arrival(delay: float) -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over(at=20, received=20 + delay)
    start = 20 if delay == 300 else 20 + delay
    assert trade.truth(MISSING, start + HOUR + TAU) is Truth.NOT_PROVED
    assert trade.truth(MISSING, start + HOUR + TAU + AFTER) is Truth.PROVED


def review(trade: Trade, hours: float | None, **more: Any) -> str:
    claims = {"kind": "large_amount", "rule": "r", "outcome": "pass", "started": time(40)} | more
    if hours is not None:
        claims["finished"] = time(40 + hours * HOUR)
    return trade.say("review", claims, at=40)


@pytest.mark.parametrize(("hours", "added"), [(1, 1), (72, 72), (73, 72)])
def test_a_review_that_the_terms_name_puts_it_off_by_72_hours_at_most(hours: float, added: float) -> None:
    trade = unpaid()
    review(trade, hours)
    assert trade.truth(MISSING, DEADLINE + added * HOUR + TAU) is Truth.NOT_PROVED
    assert trade.truth(MISSING, DEADLINE + added * HOUR + TAU + AFTER) is Truth.PROVED


def test_a_review_that_the_terms_do_not_name_does_not() -> None:
    trade = unpaid()
    review(trade, 5, kind="anomaly")
    assert trade.truth(MISSING, DEADLINE + TAU + AFTER) is Truth.PROVED


def test_a_review_without_end_may_take_72_hours() -> None:
    trade = unpaid()
    review(trade, None, outcome="pending")
    assert trade.truth(MISSING, DEADLINE + TAU) is Truth.NOT_PROVED
    assert trade.truth(MISSING, DEADLINE + TAU + AFTER) is Truth.INSUFFICIENT
    assert trade.truth(MISSING, DEADLINE + 72 * HOUR + TAU + AFTER) is Truth.PROVED
    review(trade, 2)
    assert trade.truth(MISSING, DEADLINE + 2 * HOUR + TAU + AFTER) is Truth.PROVED


def test_a_sealed_entry_may_be_such_a_review() -> None:
    trade = unpaid()
    trade.sealed = (Sealed(4, 104, b"\x01" * 32),)
    assert trade.truth(MISSING, DEADLINE + TAU) is Truth.NOT_PROVED
    assert trade.truth(MISSING, DEADLINE + TAU + AFTER) is Truth.INSUFFICIENT
    assert trade.truth(MISSING, DEADLINE + 72 * HOUR + TAU + AFTER) is Truth.PROVED


# payout_late


@pytest.mark.parametrize(
    ("late", "truth"),
    [(-1, Truth.NOT_PROVED), (0, Truth.NOT_PROVED), (TAU, Truth.NOT_PROVED), (TAU + AFTER, Truth.PROVED)],
)
def test_late_by_a_millisecond(late: float, truth: Truth) -> None:
    trade = unpaid()
    trade.pay(at=DEADLINE + late)
    finding = trade.ask(LATE, 99 * HOUR)
    assert finding.truth is truth
    if truth is Truth.PROVED:
        assert not finding.cured
        assert finding.figures["late"] == 120_001


def test_an_attempt_begins_with_its_first_step() -> None:
    trade = unpaid()
    trade.pay(at=DEADLINE, state="initiated")
    trade.pay(at=DEADLINE + HOUR)
    assert trade.truth(LATE, 99 * HOUR) is Truth.NOT_PROVED


@pytest.mark.parametrize(("proof", "truth"), [(True, Truth.NOT_PROVED), (False, Truth.PROVED)])
def test_the_channels_time_counts_with_the_channels_evidence(proof: bool, truth: Truth) -> None:
    trade = unpaid()
    leg = {"channel_time": time(60)} | ({"channel_evidence": PROOF} if proof else {})
    trade.pay(at=DEADLINE + HOUR, leg=leg)
    assert trade.truth(LATE, 99 * HOUR) is truth


def test_a_record_that_arrives_late_leaves_it_open() -> None:
    trade = unpaid()
    trade.pay(at=60, received=DEADLINE + HOUR)
    finding = trade.ask(LATE, 99 * HOUR)
    assert finding.truth is Truth.INSUFFICIENT
    assert finding.missing == ("payout-4#time",)


@pytest.mark.parametrize(
    ("capture", "truth"),
    [
        ({"mode": "offline", "sent_at": time(3_000)}, Truth.PROVED),  # the clock is slow by the right amount
        ({"mode": "offline", "sent_at": time(9_000)}, Truth.INSUFFICIENT),
        ({"mode": "offline"}, Truth.INSUFFICIENT),
        ({"mode": "online", "sent_at": time(3_000)}, Truth.INSUFFICIENT),
    ],
)
def test_an_offline_clock_is_put_right_by_when_it_sent(capture: dict[str, Any], truth: Truth) -> None:
    trade = unpaid()
    trade.pay(at=2_900, received=9_000, capture=capture)
    assert trade.truth(LATE, 99 * HOUR) is truth


@pytest.mark.parametrize("numbered", [True, False])
def test_waiting_for_the_payee_in_an_earlier_attempt_does_not_count(numbered: bool) -> None:
    trade = unpaid()
    first, second = ({"attempt": 1}, {"attempt": 2}) if numbered else ({}, {})
    trade.pay(at=50, state="initiated", **first)
    trade.pay(at=100, state="awaiting_payee", **first)
    trade.pay(at=100 + 2 * HOUR, state="failed", **first)
    assert trade.truth(MISSING, DEADLINE + 2 * HOUR + TAU) is Truth.NOT_PROVED
    assert trade.truth(MISSING, DEADLINE + 2 * HOUR + TAU + AFTER) is Truth.PROVED
    trade.pay(at=DEADLINE + 2 * HOUR + TAU, **second)
    assert trade.truth(LATE, 99 * HOUR) is Truth.NOT_PROVED


def test_waiting_does_not_excuse_more_than_it_took() -> None:
    trade = unpaid()
    trade.pay(at=100, state="awaiting_payee", attempt=1)
    trade.pay(at=100 + HOUR, state="failed", attempt=1)
    trade.pay(at=DEADLINE + HOUR + TAU + AFTER, attempt=2)
    assert trade.truth(LATE, 99 * HOUR) is Truth.PROVED


def test_a_late_rest_is_a_cure() -> None:
    trade = unpaid()
    trade.pay(9_000)
    trade.pay(200, at=9 * HOUR, payout="p2")
    finding = trade.ask(LATE, 99 * HOUR)
    assert finding.truth is Truth.PROVED
    assert finding.cured
    assert "补付的 2.00 元" in finding.zh


def test_what_is_paid_late_beyond_what_is_owed_is_not_late() -> None:
    trade = unpaid()
    trade.pay()
    trade.pay(500, at=9 * HOUR, payout="goodwill")
    assert trade.truth(LATE, 99 * HOUR) is Truth.NOT_PROVED


def test_each_late_transfer_is_an_instance() -> None:
    trade = unpaid()
    trade.pay(6_000, at=8 * HOUR)
    trade.pay(3_200, at=9 * HOUR, payout="p2")
    findings = trade.ask_all(LATE, 99 * HOUR)
    assert [each.figures["leg"] for each in findings] == [6_000, 3_200]
    assert not any(each.cured for each in findings)


def test_late_points_are_told_as_points() -> None:
    trade = unpaid(offer={"points": {"program": "积分", "units": 400, "fen_per_100": 100}})
    trade.put("acceptance-1", points_opt_in=True)
    trade.pay(legs=[{"leg": 9, "channel": "points", "amount": 400}], at=9 * HOUR)
    assert "400 积分" in trade.ask(LATE, 99 * HOUR).zh


def test_nothing_owed_is_never_late() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    trade.inspect({"line": 1, "outcome": "used", "reading": READING})
    trade.pay(at=9 * HOUR)
    assert trade.truth(LATE, 99 * HOUR) is Truth.NOT_PROVED


# payout_duplicate


@pytest.mark.parametrize(
    ("attempts", "amount"), [((1, 2), NET), ((1, 1), None), ((1,), None), ((1, 2, 3), 2 * NET)]
)
def test_the_same_leg_in_two_attempts(attempts: tuple[int, ...], amount: int | None) -> None:
    trade = unpaid()
    for place, attempt in enumerate(attempts):
        trade.pay(at=40 + place, attempt=attempt)
    finding = trade.ask(DUPLICATE, HOUR)
    assert finding.amount == amount
    assert finding.kind is Kind.NOTE
    assert finding.against == "unknown"


def test_halves_in_two_attempts_are_no_duplicate() -> None:
    trade = unpaid()
    trade.pay(4_600, at=40, attempt=1)
    trade.pay(4_600, at=41, attempt=2)
    assert trade.truth(DUPLICATE, HOUR) is Truth.NOT_PROVED
    trade.put("payout-5", legs=[{"leg": 1, "channel": "alipay", "amount": 4_601}])
    assert trade.ask(DUPLICATE, HOUR).amount == 1


def test_withheld_transfers_leave_all_three_open() -> None:
    trade = unpaid()
    trade.pay(at=40, attempt=1)
    trade.pay(at=41, attempt=2)
    trade.hide("payout-5", "legs")
    for rule in (MISSING, LATE, DUPLICATE):
        assert trade.truth(rule, 99 * HOUR) is Truth.INSUFFICIENT, rule.code
