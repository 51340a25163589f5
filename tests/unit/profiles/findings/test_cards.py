"""Cards and safeguards: custody twice, lineage, escrow, cover, returns."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import (
    card_kept_unpaid,
    card_twice,
    cover_missing,
    escrow_early,
    lineage_unbalanced,
    refund_due,
)
from service.profiles.giftcard.findings.model import Truth
from tests.unit.profiles.findings.builder import (
    CARD,
    HOUR,
    NET,
    READING,
    Claims,
    Trade,
    item,
    ms,
    settled,
    time,
)

PROVED, NOT, UNKNOWN = Truth.PROVED, Truth.NOT_PROVED, Truth.INSUFFICIENT
LONG = 10**6
FINGERPRINT = {"scope": "platform", "value": CARD}
REJECTED = {"line": 1, "outcome": "used", "balance_found": 0, "reading": READING}


def held(trade: str = "t-1", start: float = 20, **fingerprint: Any) -> Trade:
    """A trade that takes the card over at `start`."""
    made = Trade(trade)
    made.quote(item(fingerprint={**FINGERPRINT, **fingerprint}))
    made.accept()
    made.hand_over(at=start)
    return made


def give_back(trade: Trade, at: float, kind: str = "card", state: str = "succeeded", **changes: Any) -> str:
    claims: Claims = {"refund": f"back-{kind}", "direction": "to_user", "kind": kind, "state": state}
    return trade.say("refund", claims, at=at, **changes)


def pass_on(trade: Trade, at: float, *, value: str = CARD, **changes: Any) -> str:
    claims: Claims = {
        "op": "resale",
        "inputs": [{"fingerprint": {"scope": "platform", "value": value}, "value": 100}],
        "outputs": [{"value": 100}],
        "fee": 0,
        "residue": 0,
    }
    return trade.say("lineage", claims, at=at, **changes)


def beside(trade: Trade, *others: Trade) -> Trade:
    trade.context = tuple(entry for other in others for entry in other.entries)
    return trade


@pytest.mark.parametrize(
    ("end", "start", "truth"),
    [
        (1_000, 1_000, NOT),
        (1_000, 880, NOT),
        (1_000, 879.999, PROVED),
        (1_000, 20, PROVED),
        (None, 900, PROVED),
    ],
)
@pytest.mark.parametrize("how", [give_back, pass_on])
def test_one_card_in_two_trades(how: Any, end: float | None, start: float, truth: Truth) -> None:
    mine, other = held(), held("t-2", start)
    if end is not None:
        how(mine, end)
    assert beside(mine, other).truth(card_twice.RULE, LONG) is truth
    assert beside(other, mine).truth(card_twice.RULE, LONG) is truth


def test_what_is_another_card() -> None:
    for fingerprint in ({"value": "0x" + "22" * 32}, {"scope": "operator"}):
        assert beside(held(), held("t-2", 20, **fingerprint)).truth(card_twice.RULE, LONG) is NOT
    assert held().truth(card_twice.RULE, LONG) is NOT
    never = Trade("t-2")
    never.quote(item(fingerprint=FINGERPRINT))
    assert beside(held(), never).truth(card_twice.RULE, LONG) is NOT


def test_ways_that_do_not_end_custody() -> None:
    for end in (
        {"state": "initiated"},
        {"direction": "to_platform"},
        {"kind": "money"},
        {"items": [2]},
    ):
        mine = held()
        give_back(mine, 500, **end)
        assert beside(mine, held("t-2", 900)).truth(card_twice.RULE, LONG) is PROVED
    mine = held()
    pass_on(mine, 500, value="0x" + "22" * 32)
    assert beside(mine, held("t-2", 900)).truth(card_twice.RULE, LONG) is PROVED


def test_times_that_are_not_exact_leave_it_open() -> None:
    mine = held()
    give_back(mine, 500, received=2_000)
    assert beside(mine, held("t-2", 1_000)).truth(card_twice.RULE, LONG) is UNKNOWN
    assert beside(mine, held("t-2", 2_000)).truth(card_twice.RULE, LONG) is NOT
    assert beside(mine, held("t-2", 100)).truth(card_twice.RULE, LONG) is PROVED


def test_a_return_that_arrived_before_its_handover() -> None:
    mine = Trade()
    mine.quote(item(fingerprint=FINGERPRINT))
    mine.accept()
    give_back(mine, 500)
    mine.hand_over(at=20, received=600)
    assert beside(mine, held("t-2", 900)).truth(card_twice.RULE, LONG) is NOT


def test_a_handover_that_did_not_take_place() -> None:
    other = held("t-2", 30)
    target = {"event": "handover-2"}
    other.say("correction", {"target": target, "reason": "did_not_occur"}, at=40)
    assert beside(held(), other).truth(card_twice.RULE, LONG) is NOT


def test_one_card_on_two_lines() -> None:
    trade = Trade()
    trade.quote(item(fingerprint=FINGERPRINT), item(2, fingerprint=FINGERPRINT))
    trade.accept()
    trade.hand_over(at=20, items=[1])
    assert trade.truth(card_twice.RULE, LONG) is NOT
    trade.hand_over(at=100, items=[2])
    result = trade.ask(card_twice.RULE, LONG)
    assert (result.truth, result.against) == (PROVED, "unknown")
    assert "本笔交易中交付了两次" in result.zh


def test_a_card_that_came_back_and_was_handed_over_again() -> None:
    trade = held()
    give_back(trade, 100, received=5_000)
    trade.hand_over(at=1_000)
    assert trade.truth(card_twice.RULE, LONG) is NOT


def test_claims_of_custody_that_are_not_shown() -> None:
    for event, claim in (("quote-0", "items"), ("handover-2", "mode")):
        mine, other = held(), held("t-2", 30)
        other.hide(event, claim)
        assert beside(mine, other).truth(card_twice.RULE, LONG) is UNKNOWN
        assert beside(other, mine).truth(card_twice.RULE, LONG) is UNKNOWN
    mine = held()
    mine.say(
        "lineage", {"op": "void", "inputs": [{"value": 1}], "outputs": [], "fee": 0, "residue": 1}, at=50
    )
    assert mine.truth(card_twice.RULE, LONG) is UNKNOWN


@pytest.mark.parametrize(
    ("changes", "truth", "amount"),
    [
        ({}, NOT, None),
        ({"fee": 1}, PROVED, 1),
        ({"residue": 5}, PROVED, 5),
        ({"outputs": [{"value": 60}], "fee": 30, "residue": 10}, NOT, None),
        ({"outputs": [{"value": 60}, {"value": 41}]}, PROVED, 1),
        ({"outputs": [{"value": 99}]}, PROVED, 1),
        ({"outputs": [{}]}, UNKNOWN, None),
        ({"inputs": [{"trade": "t"}]}, UNKNOWN, None),
        ({"op": "void", "outputs": [], "residue": 100}, NOT, None),
        ({"op": "void", "outputs": []}, PROVED, 100),
    ],
)
def test_lineage(changes: Any, truth: Truth, amount: int | None) -> None:
    trade = Trade()
    event = pass_on(trade, 10, **changes)
    result = trade.ask(lineage_unbalanced.RULE, LONG)
    assert (result.truth, result.amount) == (truth, amount)
    trade.hide(event, "fee")
    assert trade.truth(lineage_unbalanced.RULE, LONG) is UNKNOWN


def escrowed(code: str | None = "inspection_pass", released: float = 100, **changes: Any) -> Trade:
    """A trade whose escrow was released at `released`."""
    trade = Trade()
    trade.quote()
    trade.accept()
    held_: Claims = {"escrow": "e", "amount": NET, "currency": "CNY"}
    condition = {"condition": {"code": code}} if code else {}
    funded = held_ | condition | {"state": "funded", "expires_at": time(1_000)}
    trade.say("escrow", funded, at=15, event="funded", **changes)
    trade.hand_over()
    trade.say("escrow", held_ | {"state": "released"}, at=released, event="released")
    return trade


@pytest.mark.parametrize(
    ("passed", "outcome", "truth"),
    [
        (90, "pass", NOT),
        (220, "pass", NOT),
        (220.001, "pass", PROVED),
        (90, "used", UNKNOWN),
        (None, "", UNKNOWN),
    ],
)
def test_escrow_waits_for_the_inspection(passed: float | None, outcome: str, truth: Truth) -> None:
    trade = escrowed()
    if passed is not None:
        trade.inspect({"line": 1, "outcome": outcome}, at=passed)
    assert trade.truth(escrow_early.RULE, LONG) is truth


@pytest.mark.parametrize(("at", "truth"), [(100, NOT), (300, PROVED)])
def test_escrow_waits_for_the_acknowledgement_or_the_award(at: float, truth: Truth) -> None:
    ack: Claims = {"payout": {"event": "p"}, "result": "received", "amount": NET, "currency": "CNY"}
    trade = escrowed("ack")
    trade.say("payout_ack", ack, at=at)
    assert trade.truth(escrow_early.RULE, LONG) is truth
    trade.replace("payout_ack-5", claims=ack | {"result": "not_received"})
    assert trade.truth(escrow_early.RULE, LONG) is UNKNOWN
    trade = escrowed("award")
    trade.say("dispute_award", {"dispute": "d", "body": {"name": "x"}, "outcome": "settled"}, at=at)
    assert trade.truth(escrow_early.RULE, LONG) is truth


@pytest.mark.parametrize(("released", "truth"), [(879.999, PROVED), (880, NOT), (1_000, NOT)])
def test_escrow_waits_until_it_runs_out(released: float, truth: Truth) -> None:
    result = escrowed("timeout", released).ask(escrow_early.RULE, LONG)
    assert (result.truth, result.amount) == (truth, NET if truth is PROVED else None)


def test_the_first_condition_counts() -> None:
    trade = escrowed()
    trade.inspect(at=500)
    claims = dict(trade.entry("released").claims) | {"condition": {"code": "ack"}}
    trade.replace("released", claims=claims)
    assert trade.truth(escrow_early.RULE, LONG) is PROVED
    trade.hide("funded", "condition")
    assert trade.ask(escrow_early.RULE, LONG).missing == ("funded#condition",)
    assert escrowed(None).ask(escrow_early.RULE, LONG).missing == ("released#condition",)
    assert escrowed("timeout", expires_at=None).truth(escrow_early.RULE, LONG) is UNKNOWN


def test_an_escrow_that_goes_back_or_is_reported_late() -> None:
    trade = escrowed()
    trade.inspect(at=500)
    trade.replace("released", claims=dict(trade.entry("released").claims) | {"state": "refunded"})
    assert trade.truth(escrow_early.RULE, LONG) is NOT
    trade = escrowed()
    trade.inspect(at=500)
    trade.replace("released", received=ms(5_000))
    assert trade.truth(escrow_early.RULE, LONG) is UNKNOWN


def covered(bound: float | None = 15, limit: int = NET, kind: str = "insurance", **quote: Any) -> Trade:
    trade = Trade()
    trade.quote(**{"coverage_offered": [{"kind": "insurance", "limit": limit}], **quote})
    trade.accept()
    trade.hand_over(at=20)
    if bound is not None:
        trade.say("coverage", {"coverage": "c", "kind": kind, "state": "bound", "limit": limit}, at=bound)
    return trade


@pytest.mark.parametrize(
    ("trade", "truth"),
    [
        (covered(), NOT),
        (covered(140), NOT),
        (covered(140.001), PROVED),
        (covered(limit=NET - 1), PROVED),
        (covered(limit=NET), NOT),
        (covered(kind="guarantor"), PROVED),
        (covered(None), PROVED),
        (covered(None, coverage_offered=[]), NOT),
        (covered(None, coverage_offered=None), NOT),
        (covered(None, coverage_offered=[{"limit": 5}]), NOT),
    ],
)
def test_cover(trade: Trade, truth: Truth) -> None:
    assert trade.truth(cover_missing.RULE, LONG) is truth


def test_cover_is_asked_for_when_the_card_was_handed_over() -> None:
    trade = covered(None)
    assert trade.truth(cover_missing.RULE, 140) is UNKNOWN
    assert trade.truth(cover_missing.RULE, 140.001) is PROVED
    trade.pay(at=30)
    assert trade.truth(cover_missing.RULE, 40) is PROVED
    trade.drop("payout-3")
    trade.drop("handover-2")
    assert trade.truth(cover_missing.RULE, LONG) is NOT
    trade = covered(15)
    trade.replace("coverage-3", received=ms(5_000), occurred=ms(100))
    assert trade.truth(cover_missing.RULE, LONG) is UNKNOWN
    trade.hide("quote-0", "coverage_offered")
    assert trade.ask(cover_missing.RULE, LONG).missing == ("quote-0#coverage_offered",)


def test_too_little_cover_is_told_with_the_difference_and_covers_add_up() -> None:
    trade = covered(limit=NET - 200)
    assert trade.ask(cover_missing.RULE, LONG).amount == 200
    more = {"coverage": "c-2", "kind": "insurance", "state": "bound", "limit": 200}
    trade.say("coverage", more, at=18)
    assert trade.truth(cover_missing.RULE, LONG) is NOT


def lapse(trade: Trade, at: float) -> None:
    trade.say("coverage", {"coverage": "c", "kind": "insurance", "state": "lapsed", "limit": NET}, at=at)


def test_cover_that_lapsed() -> None:
    trade = covered()
    lapse(trade, 25)
    assert trade.truth(cover_missing.RULE, LONG) is PROVED
    trade.pay(at=30)
    assert trade.truth(cover_missing.RULE, LONG) is PROVED
    trade = covered()
    trade.pay(at=30)
    lapse(trade, 40)
    assert trade.truth(cover_missing.RULE, LONG) is NOT
    trade = covered()
    trade.pay(NET - 1, at=30)
    lapse(trade, 40)
    assert trade.truth(cover_missing.RULE, LONG) is PROVED


def test_an_escrow_that_was_offered() -> None:
    trade = covered(None, coverage_offered=[{"kind": "escrow"}])
    assert trade.truth(cover_missing.RULE, LONG) is PROVED
    funded: Claims = {"escrow": "e", "state": "funded", "amount": NET, "currency": "CNY"}
    trade.say("escrow", funded, at=20)
    assert trade.truth(cover_missing.RULE, LONG) is NOT


def rejecting(within: int | None = HOUR, **accept: Any) -> Trade:
    """A card handed over at 20, rejected at 30."""
    trade = Trade()
    trade.quote(on_reject={"return_within": within} if within is not None else None)
    trade.accept(**accept)
    trade.hand_over()
    trade.inspect(REJECTED, at=30)
    return trade


@pytest.mark.parametrize(
    ("back", "now", "truth"),
    [
        (3_000, LONG, NOT),
        (3_750, LONG, NOT),
        (3_750.001, LONG, PROVED),
        (None, 3_750, NOT),
        (None, 3_750.001, PROVED),
    ],
)
def test_a_rejected_card_comes_back_in_time(back: float | None, now: float, truth: Truth) -> None:
    trade = rejecting()
    if back is not None:
        give_back(trade, back)
    result = trade.ask(refund_due.RULE, now)
    assert (result.truth, result.cured) == (truth, truth is PROVED and back is not None)


def test_no_time_was_named() -> None:
    trade = rejecting(None)
    assert trade.ask(refund_due.RULE, LONG).missing == ("quote-0#on_reject",)
    give_back(trade, 5_000)
    assert trade.truth(refund_due.RULE, LONG) is NOT


def test_what_is_not_due_back() -> None:
    assert settled(on_reject={"return_within": 1}).truth(refund_due.RULE, LONG) is NOT
    kept_and_paid = rejecting()
    kept_and_paid.pay()
    assert kept_and_paid.truth(refund_due.RULE, LONG) is NOT
    short = rejecting()
    short.replace("inspection-3", claims={"items": [REJECTED | {"outcome": "balance_short"}]})
    assert short.truth(refund_due.RULE, LONG) is NOT
    quote = short.entry("quote-0")
    short.replace("quote-0", claims={**quote.claims, "on_balance_mismatch": "reject"})
    assert short.truth(refund_due.RULE, LONG) is PROVED


def test_only_the_rejected_lines_are_due_back() -> None:
    trade = Trade()
    trade.quote(item(), item(2), on_reject={"return_within": HOUR})
    trade.accept()
    trade.hand_over()
    trade.inspect(REJECTED, {"line": 2, "outcome": "pass"})
    give_back(trade, 100, items=[2])
    assert trade.truth(refund_due.RULE, LONG) is PROVED
    give_back(trade, 200, items=[1], refund="other")
    assert trade.truth(refund_due.RULE, LONG) is NOT


def cancel(trade: Trade, at: float) -> None:
    trade.say("cancellation", {"by": "user", "reason": "不卖了"}, at=at)


def test_a_cancelled_trade_gives_the_card_back() -> None:
    trade = Trade()
    trade.quote(on_reject={"return_within": HOUR})
    trade.accept()
    cancel(trade, 15)
    assert trade.truth(refund_due.RULE, LONG) is NOT
    trade.hand_over()
    assert trade.truth(refund_due.RULE, 3_740) is NOT
    assert trade.truth(refund_due.RULE, 3_740.001) is PROVED
    give_back(trade, 100)
    assert trade.truth(refund_due.RULE, LONG) is NOT


@pytest.mark.parametrize("kind", ["card", "money"])
@pytest.mark.parametrize(
    ("back", "now", "truth"),
    [(620, LONG, NOT), (620.001, LONG, PROVED), (None, 620, NOT), (None, 620.001, PROVED)],
)
def test_a_refund_names_its_own_time(kind: str, back: float | None, now: float, truth: Truth) -> None:
    trade = settled()
    give_back(trade, 50, kind, "due", due_at=time(500), amount=300)
    if back is not None:
        give_back(trade, back, kind, amount=300, due_at=time(9_000))
    result = trade.ask(refund_due.RULE, now)
    amount = 300 if truth is PROVED and kind == "money" else None
    assert (result.truth, result.cured, result.amount) == (truth, bool(truth is PROVED and back), amount)


def test_a_gesture_after_a_dispute_is_no_refund_of_this_kind() -> None:
    trade = settled()
    answer: Claims = {"dispute": "d", "kind": "substantive"}
    cause = trade.say("dispute_answer", answer, at=45)
    give_back(trade, 50, "money", "due", due_at=time(60), cause={"event": cause})
    assert trade.truth(refund_due.RULE, LONG) is NOT


def test_returns_that_are_not_fully_shown() -> None:
    trade = rejecting()
    event = give_back(trade, 100)
    trade.hide(event, "state")
    assert trade.truth(refund_due.RULE, LONG) is UNKNOWN
    trade = rejecting()
    give_back(trade, 3_000, received=9_000)
    assert trade.truth(refund_due.RULE, LONG) is UNKNOWN


def kept(**quote: Any) -> Trade:
    trade = Trade()
    trade.quote(**quote)
    trade.accept()
    trade.hand_over(at=20)
    return trade


@pytest.mark.parametrize(("now", "truth"), [(3_740, NOT), (3_740.001, PROVED)])
def test_a_card_kept_without_payment(now: float, truth: Truth) -> None:
    result = kept().ask(card_kept_unpaid.RULE, now)
    assert (result.truth, result.amount) == (truth, NET if truth is PROVED else None)


def test_paid_or_returned_is_not_kept() -> None:
    trade = kept()
    trade.pay(1, at=9_000)
    assert trade.truth(card_kept_unpaid.RULE, LONG) is NOT
    trade = kept()
    give_back(trade, 9_000)
    assert trade.truth(card_kept_unpaid.RULE, LONG) is NOT
    trade = Trade()
    trade.quote()
    trade.accept()
    assert trade.truth(card_kept_unpaid.RULE, LONG) is NOT


@pytest.mark.parametrize("within", [None, 60, 2 * HOUR])
@pytest.mark.parametrize("how", ["rejected", "cancelled"])
def test_a_card_that_should_come_back_is_kept_when_both_times_are_over(how: str, within: int | None) -> None:
    trade = kept(on_reject=None if within is None else {"return_within": within})
    if how == "rejected":
        trade.inspect(REJECTED, at=50)
    else:
        cancel(trade, 50)
    over = max(20 + HOUR, 50 + (within or 0)) + 120
    assert trade.truth(card_kept_unpaid.RULE, over) is NOT
    result = trade.ask(card_kept_unpaid.RULE, over + 0.001)
    assert (result.truth, result.amount, result.figures["cards"]) == (PROVED, None, 1)
    give_back(trade, 60, state="due", due_at=time(9_000))
    assert trade.truth(card_kept_unpaid.RULE, 9_120) is NOT
    assert trade.truth(card_kept_unpaid.RULE, 9_120.001) is PROVED
    give_back(trade, 9_500)
    assert trade.truth(card_kept_unpaid.RULE, LONG) is NOT


def test_a_transfer_under_way_or_a_clock_not_named_leaves_it_open() -> None:
    trade = kept()
    trade.pay(state="awaiting_payee", at=50)
    assert trade.truth(card_kept_unpaid.RULE, LONG) is UNKNOWN
    trade = kept()
    trade.pay(state="failed", at=50)
    assert trade.truth(card_kept_unpaid.RULE, LONG) is PROVED
    assert kept(terms={"payout_clock": None}).truth(card_kept_unpaid.RULE, LONG) is UNKNOWN
    trade = kept(terms={"payout_clock": {"start": "inspection", "seconds": 60}})
    assert trade.truth(card_kept_unpaid.RULE, LONG) is NOT


def test_one_of_two_cards_came_back() -> None:
    trade = Trade()
    trade.quote(item(), item(2, net=8_000))
    trade.accept()
    trade.hand_over()
    give_back(trade, 100, items=[1])
    result = trade.ask(card_kept_unpaid.RULE, LONG)
    assert (result.amount, result.figures["cards"]) == (8_000, 1)
