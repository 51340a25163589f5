"""Disputes: answers in time, awards paid, content erased afterwards; the quote's receipt; reviews."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.core.hexs import to_hex
from service.profiles.giftcard.findings import (
    answer_late,
    award_unpaid,
    erased_after_dispute,
    receipt_not_delivered,
    review_missing,
)
from service.profiles.giftcard.findings.model import Sealed, Shown, Truth
from tests.unit.profiles.findings.builder import HOUR, NET, Claims, Trade, item, ms, settled, time

PROVED, NOT, UNKNOWN = Truth.PROVED, Truth.NOT_PROVED, Truth.INSUFFICIENT
LONG = 10**7
OPENED = 100
REFS = [{"refs": [{"event": "payout-4"}]}]


def disputed(**changes: Any) -> Trade:
    """A settled trade, disputed at OPENED."""
    trade = settled()
    claims: Claims = {
        "dispute": "d-1",
        "by": "user",
        "claim": {"code": "payout_short", "text": "少付了"},
        "contested": [],
    }
    trade.say("dispute_opened", claims, at=OPENED, event="opened", **changes)
    return trade


def answer(trade: Trade, hours: float, kind: str = "substantive", **changes: Any) -> str:
    claims: Claims = {"dispute": "d-1", "kind": kind}
    if kind == "substantive":
        claims |= {"position": "reject", "reasons": REFS}
    return trade.say("dispute_answer", claims, at=OPENED + hours * HOUR, **changes)


def evidence(trade: Trade, hours: float, **changes: Any) -> str:
    claims: Claims = {"dispute": "d-1", "by": "user", "item": {"label": "截图"}, "proves": "价格"}
    return trade.say("dispute_evidence", claims, at=OPENED + hours * HOUR, **changes)


def award(trade: Trade, at: float = 200, **changes: Any) -> str:
    claims: Claims = {
        "dispute": "d-1",
        "body": {"name": "调解站"},
        "outcome": "for_user",
        "amount": 500,
        "pay_by": time(1_000),
        "binding": True,
    }
    return trade.say("dispute_award", claims, at=at, **changes)


def hours(number: float) -> float:
    return OPENED + number * HOUR


@pytest.mark.parametrize(
    ("answers", "now", "truth"),
    [
        ([(72, "substantive")], LONG, NOT),
        ([(72.001, "substantive")], LONG, PROVED),
        ([(1, "acknowledgement")], hours(72), NOT),
        ([(1, "acknowledgement")], hours(72.001), PROVED),
        ([], hours(72), NOT),
        ([], hours(73), PROVED),
        ([(10, "info_request")], hours(144), NOT),
        ([(10, "info_request")], hours(144.001), PROVED),
    ],
)
def test_answers(answers: list[tuple[float, str]], now: float, truth: Truth) -> None:
    trade = disputed()
    for at, kind in answers:
        answer(trade, at, kind)
    assert trade.truth(answer_late.RULE, now) is truth


def test_a_late_answer_is_told_with_its_rests() -> None:
    trade = disputed()
    answer(trade, 10, "info_request")
    evidence(trade, 20)
    answer(trade, 83)
    result = trade.ask(answer_late.RULE, LONG)
    assert result.figures == {
        "opened": ms(OPENED),
        "due": ms(hours(82)),
        "rested": 10 * HOUR * 1000,
        "answered": ms(hours(83)),
        "late": HOUR * 1000,
    }
    assert "晚了 1 小时" in result.zh
    assert [each.event for each in result.references] == ["opened", trade.last("dispute_answer")]


def test_no_answer_is_owed() -> None:
    assert settled().truth(answer_late.RULE, LONG) is NOT
    assert disputed(by="platform").truth(answer_late.RULE, LONG) is NOT
    trade = disputed()
    award(trade, hours(72), outcome="withdrawn")
    assert trade.truth(answer_late.RULE, LONG) is NOT
    trade = disputed()
    award(trade, hours(72.001), outcome="withdrawn")
    assert trade.truth(answer_late.RULE, LONG) is PROVED


def test_each_dispute_is_its_own() -> None:
    trade = disputed()
    answer(trade, 1)
    trade.say("dispute_opened", dict(trade.entry("opened").claims), at=OPENED, dispute="d-2")
    [result] = trade.ask_all(answer_late.RULE, LONG)
    assert result.truth is PROVED


@pytest.mark.parametrize(
    ("hours_", "kind", "hidden", "truth"),
    [
        (10, "substantive", ("kind",), UNKNOWN),
        (10, "substantive", ("reasons",), UNKNOWN),
        (10, "substantive", ("dispute",), UNKNOWN),
        (10, "substantive", ("actor",), NOT),
        (80, "substantive", ("kind",), PROVED),
        (10, "acknowledgement", ("kind",), UNKNOWN),
    ],
)
def test_answers_that_are_not_fully_shown(
    hours_: float, kind: str, hidden: tuple[str, ...], truth: Truth
) -> None:
    trade = disputed()
    event = answer(trade, hours_, kind, actor={"role": "platform"})
    trade.hide(event, *hidden)
    result = trade.ask(answer_late.RULE, LONG)
    assert result.truth is truth
    if truth is UNKNOWN:
        assert result.missing == (f"{event}#dispute_step",)


def test_evidence_whose_author_is_not_shown() -> None:
    trade = disputed()
    answer(trade, 10, "info_request")
    event = evidence(trade, 20)
    answer(trade, 90)
    assert trade.truth(answer_late.RULE, LONG) is PROVED
    trade.hide(event, "by")
    assert trade.truth(answer_late.RULE, LONG) is UNKNOWN
    trade.hide("opened", "by")
    assert trade.ask(answer_late.RULE, LONG).missing == ("opened#by",)


@pytest.mark.parametrize(
    ("changes", "now", "truth"),
    [
        ({}, 1_120, NOT),
        ({}, 1_120.001, PROVED),
        ({"binding": False}, LONG, NOT),
        ({"binding": None}, LONG, UNKNOWN),
        ({"amount": None}, LONG, UNKNOWN),
        ({"pay_by": None}, LONG, UNKNOWN),
        ({"outcome": "for_platform"}, LONG, NOT),
        ({"outcome": "withdrawn"}, LONG, NOT),
        ({"outcome": "settled"}, LONG, PROVED),
        ({"amount": 0}, LONG, NOT),
    ],
)
def test_awards(changes: Any, now: float, truth: Truth) -> None:
    trade = disputed()
    award(trade, **changes)
    assert trade.truth(award_unpaid.RULE, now) is truth


@pytest.mark.parametrize(
    ("amount", "state", "truth", "open_"),
    [
        (500, "succeeded", NOT, None),
        (499, "succeeded", PROVED, 1),
        (500, "processing", UNKNOWN, None),
        (500, "failed", PROVED, 500),
    ],
)
def test_payments_of_an_award(amount: int, state: str, truth: Truth, open_: int | None) -> None:
    trade = disputed()
    award(trade)
    trade.pay(amount, at=300, state=state, payout="p2")
    result = trade.ask(award_unpaid.RULE, LONG)
    assert (result.truth, result.amount) == (truth, open_)


def test_what_was_paid_before_the_award_does_not_pay_it() -> None:
    trade = disputed()
    trade.pay(500, at=150, payout="p2")
    award(trade)
    assert trade.ask(award_unpaid.RULE, LONG).amount == 500
    # Reported so late that it may have been paid after it.
    trade.replace(trade.last("payout"), received=ms(5_000))
    assert trade.truth(award_unpaid.RULE, LONG) is UNKNOWN


def test_money_refunded_pays_an_award_and_a_later_award_replaces_it() -> None:
    trade = disputed()
    award(trade)
    back: Claims = {
        "refund": "r",
        "direction": "to_user",
        "kind": "money",
        "state": "succeeded",
        "amount": 500,
    }
    trade.say("refund", back, at=400)
    assert trade.truth(award_unpaid.RULE, LONG) is NOT
    award(trade, 500, amount=900)
    assert trade.ask(award_unpaid.RULE, LONG).amount == 900
    trade.hide(trade.last("dispute_award"), "amount")
    assert trade.truth(award_unpaid.RULE, LONG) is UNKNOWN


def test_erased_after_the_dispute() -> None:
    trade = settled()
    leaf = to_hex(trade.entry("acceptance-1").leaf)
    erasure: Claims = {"targets": [leaf, "0x" + "99" * 32], "ground": "request"}
    trade.say("erasure", erasure, at=60)
    assert trade.truth(erased_after_dispute.RULE, LONG) is NOT
    trade.say("dispute_opened", dict(disputed().entry("opened").claims), at=90)
    assert trade.truth(erased_after_dispute.RULE, LONG) is NOT
    trade = disputed()
    assert trade.truth(erased_after_dispute.RULE, LONG) is NOT
    trade.say("erasure", erasure, at=160)
    result = trade.ask(erased_after_dispute.RULE, LONG)
    assert (result.truth, result.figures["entries"], result.kind) == (PROVED, 2, "note")
    assert [each.event for each in result.references] == ["opened", "erasure-6", "acceptance-1"]
    trade.drop("handover-2")
    assert trade.truth(erased_after_dispute.RULE, LONG) is UNKNOWN


@pytest.mark.parametrize(
    ("delivery", "truth"),
    [
        (None, PROVED),
        ({"method": "none"}, PROVED),
        ({"at": time(1)}, PROVED),
        ({"method": "page"}, NOT),
        ({"method": "print", "at": time(1)}, NOT),
    ],
)
def test_receipt_not_delivered(delivery: Any, truth: Truth) -> None:
    trade = settled(receipt_delivery=delivery)
    assert trade.truth(receipt_not_delivered.RULE, LONG) is truth
    trade.hide("quote-0", "receipt_delivery", "pricing")
    hidden = UNKNOWN if delivery is not None else PROVED
    assert trade.truth(receipt_not_delivered.RULE, LONG) is hidden


def test_the_receipt_of_the_accepted_quote_counts() -> None:
    trade = Trade()
    assert trade.truth(receipt_not_delivered.RULE, LONG) is NOT
    trade.quote(receipt_delivery={"method": "qr"})
    assert trade.truth(receipt_not_delivered.RULE, LONG) is NOT
    trade.revise()
    trade.accept()
    assert trade.ask(receipt_not_delivered.RULE, LONG).figures == {"event": "quote_revision-1"}
    trade.revise(at=15, receipt_delivery={"method": "qr"})
    assert trade.ask(receipt_not_delivered.RULE, LONG).figures == {"event": "quote_revision-1"}


def tariff(threshold: int | None, begin: float = -100, end: float | None = None, number: int = 0) -> Shown:
    trade = Trade(f"tariff:{number}")
    claims: Claims = {"brands": [{"brand": "沃嘉购物卡", "rate_bp": 9_200}], "from": time(begin)}
    if threshold is not None:
        claims["review_threshold"] = threshold
    if end is not None:
        claims["to"] = time(end)
    trade.say("tariff", claims, at=-200)
    return trade.entries[0]


def review(trade: Trade, end: float = 35, **changes: Any) -> str:
    claims: Claims = {
        "kind": "large_amount",
        "rule": "24h",
        "outcome": "pass",
        "started": time(30),
        "finished": time(end),
    }
    return trade.say("review", claims, at=50, **changes)


@pytest.mark.parametrize(
    ("context", "truth"),
    [
        ([], UNKNOWN),
        ([tariff(None)], UNKNOWN),
        ([tariff(10_001)], NOT),
        ([tariff(10_000)], PROVED),
        ([tariff(1, begin=1)], UNKNOWN),
        ([tariff(1, end=0)], UNKNOWN),
        ([tariff(1, begin=0, end=1)], PROVED),
        # Of several in force the highest threshold counts.
        ([tariff(1), tariff(10_001, number=1)], NOT),
    ],
)
def test_the_threshold_is_the_tariffs(context: list[Shown], truth: Truth) -> None:
    trade = settled()
    trade.context = tuple(context)
    result = trade.ask(review_missing.RULE, LONG)
    assert (result.truth, result.audience) == (truth, "restricted")


@pytest.mark.parametrize(
    ("end", "changes", "truth"),
    [
        (35, {}, NOT),
        (160, {}, NOT),
        (160.001, {}, PROVED),
        (35, {"outcome": "hold"}, PROVED),
        (35, {"kind": "anomaly"}, PROVED),
        (35, {"finished": None}, NOT),
    ],
)
def test_the_review_is_over_by_the_first_payment(end: float, changes: Any, truth: Truth) -> None:
    trade = settled()
    trade.context = (tariff(10_000),)
    event = review(trade, end, **changes)
    assert trade.truth(review_missing.RULE, LONG) is truth
    trade.hide(event, "outcome")
    assert trade.truth(review_missing.RULE, LONG) is (PROVED if changes.get("kind") else UNKNOWN)


def test_what_others_count_together_is_measured_too() -> None:
    trade = settled()
    trade.context = (tariff(50_000),)
    assert trade.truth(review_missing.RULE, LONG) is NOT
    review(trade, kind="anomaly", cumulative={"amount": 50_000, "window_s": 86_400})
    assert trade.ask(review_missing.RULE, LONG).figures["measured"] == 50_000


def test_only_accepted_cards_count_and_nothing_paid_needs_no_review() -> None:
    trade = Trade()
    trade.quote(item(), item(2))
    trade.accept(items=[1], amount=NET)
    trade.context = (tariff(20_000),)
    trade.pay()
    assert trade.truth(review_missing.RULE, LONG) is NOT
    trade = settled()
    trade.context = (tariff(1),)
    trade.drop("payout-4")
    assert trade.truth(review_missing.RULE, LONG) is NOT


def test_a_sealed_entry_may_be_the_review() -> None:
    trade = settled()
    trade.context = (tariff(1),)
    trade.sealed = (Sealed(5, 900, b"\1" * 32),)
    assert trade.ask(review_missing.RULE, LONG).missing == ("review",)


def test_a_payment_reported_late_leaves_the_review_open() -> None:
    trade = settled()
    trade.context = (tariff(1),)
    payout = trade.entry("payout-4")
    trade.replace("payout-4", received=payout.received + 3_600_000)
    review(trade, 1_000)
    assert trade.truth(review_missing.RULE, LONG) is UNKNOWN
    trade.entries[-1] = replace(
        trade.entries[-1], claims={**trade.entries[-1].claims, "finished": time(9_000)}
    )
    assert trade.truth(review_missing.RULE, LONG) is PROVED


def test_a_time_that_is_none_is_a_missing_operand() -> None:
    trade = disputed()
    event = award(trade)
    trade.replace(event, claims={**trade.entry(event).claims, "pay_by": "soon"})
    assert trade.ask(award_unpaid.RULE, LONG).missing == (f"{event}#pay_by",)
