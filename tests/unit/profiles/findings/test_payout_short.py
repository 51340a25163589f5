"""payout_short, and the common terms Due and Paid behind it."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import payout_short
from service.profiles.giftcard.findings.model import Truth
from tests.unit.profiles.findings.builder import (
    HOUR,
    NET,
    PHOTO,
    READING,
    Trade,
    item,
    settled,
    time,
)

RULE = payout_short.RULE
LATER = 9 * HOUR
DEADLINE = 20 + HOUR
TAU = 120


def inspected(amount: int, *found: dict[str, Any], **quote: Any) -> Trade:
    """A trade whose inspection finds something, and whose final payout is `amount`."""
    trade = Trade()
    trade.quote(**quote)
    trade.accept()
    trade.hand_over()
    trade.inspect(*found)
    trade.pay(amount, final=True)
    return trade


@pytest.mark.parametrize(("paid", "gap"), [(NET - 1, 1), (NET, None), (NET + 1, None), (1, NET - 1)])
def test_to_the_fen(paid: int, gap: int | None) -> None:
    finding = settled(paid).ask(RULE, LATER)
    assert finding.truth is (Truth.NOT_PROVED if gap is None else Truth.PROVED)
    assert finding.amount == gap
    if gap is not None:
        assert f"{gap / 100:.2f} 元" in finding.zh
        assert finding.currency == "CNY"


@pytest.mark.parametrize(
    ("late", "truth"),
    [(0, Truth.NOT_PROVED), (TAU, Truth.NOT_PROVED), (TAU + 0.001, Truth.PROVED)],
)
def test_what_is_not_final_may_be_completed_until_the_deadline(late: float, truth: Truth) -> None:
    trade = settled(5_000)
    trade.put(trade.last("payout"), final=False)
    assert trade.truth(RULE, DEADLINE + late) is truth


def test_a_final_payout_that_failed_is_not_final() -> None:
    trade = settled(5_000)
    trade.pay(4_200, at=50, payout="p2", state="failed", final=True)
    trade.put("payout-4", final=False)
    assert trade.truth(RULE, 60) is Truth.NOT_PROVED
    assert trade.ask(RULE, LATER).amount == 4_200


@pytest.mark.parametrize("state", ["initiated", "awaiting_payee", "processing"])
def test_an_open_transfer_leaves_it_open(state: str) -> None:
    trade = settled(5_000)
    trade.pay(4_200, at=50, payout="p2", state=state)
    finding = trade.ask(RULE, LATER)
    assert finding.truth is Truth.INSUFFICIENT
    assert finding.missing == ("payout-5#legs.succeeded",)


def test_without_payout_it_is_another_rules() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    assert trade.truth(RULE, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize(
    ("states", "paid"),
    [
        (["initiated", "processing", "succeeded"], NET),
        (["succeeded", "processing"], NET),  # a report that was stuck in a queue
        (["succeeded", "succeeded"], NET),  # the callback came twice
        (["initiated", "failed"], 0),
        (["succeeded", "reversed"], 0),
        (["succeeded", "failed"], 0),
        (["succeeded", "reversed", "initiated", "succeeded"], NET),
        (["initiated", "cancelled"], 0),
    ],
)
def test_the_last_state_of_a_transfer_counts(states: list[str], paid: int) -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    for place, state in enumerate(states):
        trade.pay(at=40 + place, state=state)
    finding = trade.ask(RULE, LATER)
    assert finding.truth is (Truth.NOT_PROVED if paid == NET else Truth.PROVED)
    assert finding.amount == (NET - paid or None)


def test_attempts_are_transfers_of_their_own() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    trade.pay(6_000, at=40, attempt=1)
    trade.pay(3_200, at=50, attempt=2)
    assert trade.truth(RULE, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize(
    ("mismatch", "reading", "found", "due"),
    [
        ("pro_rata", True, 5_001, 4_600),  # 9,200 · 5,001 / 10,000 = 4,600.92
        ("pro_rata", True, 20_000, NET),
        ("pro_rata", False, 5_000, NET),
        ("reject", True, 5_000, 0),
        ("reject", False, 5_000, NET),
    ],
)
def test_a_low_balance(mismatch: str, reading: bool, found: int, due: int) -> None:
    line: dict[str, Any] = {"line": 1, "outcome": "balance_short", "balance_found": found}
    if reading:
        line["reading"] = READING
    trade = inspected(0, line, on_balance_mismatch=mismatch)
    assert trade.ask(RULE, LATER).amount == (due or None)


def test_a_low_balance_goes_by_the_balance_where_there_is_one() -> None:
    line = {"line": 1, "outcome": "balance_short", "balance_found": 4_000, "reading": READING}
    trade = inspected(4_600, line, items=[item(balance=8_000)])
    assert trade.truth(RULE, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize("mismatch", ["requote", None])
def test_a_low_balance_without_a_price_leaves_it_open(mismatch: str | None) -> None:
    line = {"line": 1, "outcome": "balance_short", "balance_found": 4_000, "reading": READING}
    assert inspected(0, line, on_balance_mismatch=mismatch).truth(RULE, LATER) is Truth.INSUFFICIENT


@pytest.mark.parametrize("outcome", ["invalid", "used", "expired", "damaged", "duplicate", "frozen"])
@pytest.mark.parametrize("reading", [True, False])
def test_a_rejected_card_with_a_reading_is_owed_nothing(outcome: str, reading: bool) -> None:
    line: dict[str, Any] = {"line": 1, "outcome": outcome} | ({"reading": READING} if reading else {})
    assert inspected(0, line).ask(RULE, LATER).amount == (None if reading else NET)


@pytest.mark.parametrize(
    ("deductions", "due"),
    [
        ([("damaged", 300, PHOTO)], NET - 300),
        ([("damaged", 301, PHOTO)], NET - 300),
        ([("damaged", 299, PHOTO)], NET - 299),
        ([("damaged", 200, None)], NET),
        ([("expired", 200, None)], NET - 200),  # its evidence is the reading
        ([("damaged", 200, PHOTO), ("damaged", 200, PHOTO)], NET - 300),
        ([("frozen", 50, PHOTO)], NET),
        ([("damaged", 300, PHOTO), ("expired", 200, PHOTO)], NET - 500),
    ],
)
def test_deductions_within_cap_and_evidence(deductions: list[Any], due: int) -> None:
    taken = [
        {"code": code, "amount": amount} | ({"evidence": proof} if proof else {})
        for code, amount, proof in deductions
    ]
    line = {"line": 1, "outcome": "pass", "reading": READING, "deductions": taken}
    assert inspected(due, line).truth(RULE, LATER) is Truth.NOT_PROVED
    assert inspected(due - 1, line).ask(RULE, LATER).amount == 1


def test_a_cap_is_for_the_whole_trade_and_null_is_none() -> None:
    lines = [
        {"line": n, "outcome": "pass", "deductions": [{"code": "damaged", "amount": 200, "evidence": PHOTO}]}
        for n in (1, 2)
    ]
    two = {"items": [item(1), item(2)], "offer": {"net": 2 * NET}}
    assert inspected(2 * NET - 300, *lines, **two).truth(RULE, LATER) is Truth.NOT_PROVED
    assert inspected(2 * NET - 301, *lines, **two).ask(RULE, LATER).amount == 1
    open_cap = [{"code": "damaged", "cap": None, "evidence": "photo"}]
    assert inspected(2 * NET - 400, *lines, **two, conditions=open_cap).truth(RULE, LATER) is Truth.NOT_PROVED


def test_only_accepted_lines_are_owed() -> None:
    trade = Trade()
    trade.quote(item(1), item(2, net=5_000), item(3))
    trade.accept(items=[1, 3], amount=2 * NET)
    trade.hand_over()
    trade.pay(2 * NET - 1, final=True)
    assert trade.ask(RULE, LATER).amount == 1


def test_the_last_inspection_of_a_line_counts() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    trade.inspect({"line": 1, "outcome": "used", "reading": READING})
    trade.inspect(at=35)
    trade.pay(NET - 1, final=True)
    assert trade.ask(RULE, LATER).amount == 1


@pytest.mark.parametrize(("opted", "units", "worth"), [(True, 150, 150), (True, 900, 460), (False, 150, 0)])
def test_points_count_as_quoted_where_they_were_chosen(opted: bool, units: int, worth: int) -> None:
    trade = Trade()
    trade.quote(offer={"points": {"program": "积分", "units": 460, "fen_per_100": 100}})
    trade.accept(points_opt_in=opted)
    trade.hand_over()
    points = {"leg": 9, "channel": "points", "amount": units, "program": "积分"}
    money = {"leg": 1, "channel": "alipay", "amount": NET - 461}
    trade.pay(legs=[points, money], final=True)
    assert trade.ask(RULE, LATER).amount == 461 - worth


def test_money_of_another_currency_cannot_be_compared() -> None:
    trade = settled(NET)
    trade.pay(1, at=50, payout="p2", leg={"currency": "HKD"})
    assert trade.ask(RULE, LATER).missing == ("payout-5#currency",)


@pytest.mark.parametrize("event", ["quote", "acceptance", "payout"])
def test_what_is_withheld_leaves_it_open(event: str) -> None:
    trade = settled(NET - 1)
    trade.hide(trade.last(event))
    assert trade.truth(RULE, LATER) is Truth.INSUFFICIENT


def test_an_entry_that_is_not_there_leaves_it_open() -> None:
    trade = settled(NET - 1)
    trade.drop(trade.last("inspection"))
    assert trade.ask(RULE, LATER).missing == ("entries",)


def test_what_was_erased_says_by_whom_and_when() -> None:
    trade = settled(NET - 1)
    quote = trade.last("quote")
    leaf = "0x" + trade.entry(quote).leaf.hex()
    trade.hide(quote)
    trade.say("erasure", {"targets": [leaf], "ground": "request", "requested_by": "用户本人"}, at=HOUR)
    finding = trade.ask(RULE, LATER)
    assert finding.truth is Truth.INSUFFICIENT
    assert finding.missing == ("quote-0#items",)
    assert "已由用户本人于" in finding.zh
    assert "erased by 用户本人 on 2026-" in finding.en
    assert finding.figures["erased"] == [
        {"operand": "quote-0#items", "by": "用户本人", "ground": "request", "at": time(HOUR)}
    ]


def test_a_cancelled_trade_is_owed_nothing() -> None:
    trade = settled(NET - 1)
    trade.say("cancellation", {"by": "user", "reason": "改变主意"}, at=60)
    assert trade.truth(RULE, LATER) is Truth.NOT_PROVED


def test_a_revision_for_the_inspection_settles_what_it_found() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    found = trade.inspect({"line": 1, "outcome": "damaged", "reading": READING})
    trade.revise(item(net=6_000), at=32, cause="inspection", inspection={"event": found})
    trade.accept(at=34)
    trade.pay(5_999, final=True)
    assert trade.ask(RULE, LATER).amount == 1


def test_a_revision_that_says_nothing_of_conditions_keeps_them() -> None:
    trade = Trade()
    trade.quote()
    trade.revise(item(net=9_000), conditions=None, terms=None, on_balance_mismatch=None)
    trade.accept()
    trade.hand_over()
    taken = [{"code": "damaged", "amount": 300, "evidence": PHOTO}]
    trade.inspect({"line": 1, "outcome": "pass", "deductions": taken})
    trade.pay(8_700, final=True)
    assert trade.truth(RULE, LATER) is Truth.NOT_PROVED
