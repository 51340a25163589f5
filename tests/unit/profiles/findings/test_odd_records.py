"""Records as they really come: callbacks delivered again, queues that empty late, retries under a new id,
several reports with different times, other currencies. None of it makes an honest platform a cheat, nor a
cheat an honest one.
"""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import (
    ack_differs,
    answer_late,
    award_unpaid,
    card_kept_unpaid,
    card_twice,
    consent_invalid,
    cover_missing,
    handover_before_acceptance,
    headline_gap,
    late_recorded,
    late_signature,
    lineage_unbalanced,
    payout_late,
    payout_missing,
    payout_short,
    quote_arithmetic,
    refund_due,
    revisions_repeated,
)
from service.profiles.giftcard.findings.model import Kind, Truth
from service.profiles.giftcard.findings.rule import Rule
from tests.unit.profiles.findings.builder import CARD, HOUR, NET, READING, Trade, item, settled, time

PROVED, NOT, UNKNOWN = Truth.PROVED, Truth.NOT_PROVED, Truth.INSUFFICIENT
LONG = 10**6
DEADLINE = 20 + HOUR
PROOF = "0x" + "99" * 32
OTHER_CARD = "0x" + "22" * 32


def taken(*items: Any, **quote: Any) -> Trade:
    trade = Trade()
    trade.quote(*items, **quote)
    trade.accept()
    trade.hand_over()
    trade.inspect()
    return trade


def award(trade: Trade, at: float) -> None:
    claims = {"dispute": "d", "body": {"name": "某仲裁委员会"}, "outcome": "for_user", "binding": True}
    trade.say("dispute_award", claims | {"amount": NET, "pay_by": time(9_000)}, at=at)


def cover(trade: Trade, state: str, at: float) -> None:
    claims = {"coverage": "c", "kind": "insurance", "state": state, "limit": NET}
    trade.say("coverage", claims, at=at)


def test_a_callback_delivered_again_after_an_award_does_not_pay_it() -> None:
    trade = taken()
    trade.pay(at=40)
    award(trade, 200)
    trade.pay(at=300)
    assert trade.ask(award_unpaid.RULE, LONG).amount == NET
    trade.pay(at=400, payout="p2")
    assert trade.truth(award_unpaid.RULE, LONG) is NOT


def test_what_was_reversed_and_paid_again_after_an_award_pays_it() -> None:
    trade = taken()
    trade.pay(at=40)
    award(trade, 200)
    trade.pay(at=300, state="reversed")
    trade.pay(at=400)
    assert trade.truth(award_unpaid.RULE, LONG) is NOT


def test_a_callback_delivered_again_does_not_prolong_the_need_for_cover() -> None:
    trade = Trade()
    trade.quote(coverage_offered=[{"kind": "insurance", "limit": NET}])
    trade.accept()
    cover(trade, "bound", 15)
    trade.hand_over()
    trade.pay(at=40)
    cover(trade, "lapsed", 50)
    assert trade.truth(cover_missing.RULE, LONG) is NOT
    trade.pay(at=60)
    assert trade.truth(cover_missing.RULE, LONG) is NOT


def test_a_callback_delivered_again_leaves_what_was_acknowledged_before_it() -> None:
    trade = taken()
    first = trade.pay(5_000, at=40)
    trade.pay(1_000, at=41, payout="p2")
    claims = {"payout": {"event": first}, "result": "received", "amount": 6_000, "currency": "CNY"}
    trade.say("payout_ack", claims, at=42)
    trade.pay(5_000, at=43)
    trade.pay(NET - 6_000, at=50, payout="p3")
    assert trade.truth(ack_differs.RULE, LONG) is NOT


def test_a_callback_without_the_word_final_takes_it_not_back() -> None:
    trade = settled(NET - 1)
    trade.pay(NET - 1, at=50)
    assert trade.ask(payout_short.RULE, 60).amount == 1


def test_a_retry_may_be_a_payout_of_its_own() -> None:
    trade = taken()
    trade.pay(at=100, state="awaiting_payee")
    trade.pay(at=100 + 2 * HOUR, state="failed")
    trade.pay(at=DEADLINE + 2 * HOUR, payout="p2")
    assert trade.truth(payout_late.RULE, LONG) is NOT
    trade.replace("payout-6", occurred=trade.entry("payout-6").occurred + 121_000)
    trade.replace("payout-6", received=trade.entry("payout-6").occurred)
    assert trade.truth(payout_late.RULE, LONG) is PROVED


def test_a_payout_that_fails_later_is_no_earlier_attempt() -> None:
    trade = taken()
    trade.pay(at=100, state="awaiting_payee", payout="p2")
    trade.pay(at=DEADLINE + 300)
    trade.pay(at=100 + 2 * HOUR, state="failed", payout="p2")
    assert trade.truth(payout_late.RULE, LONG) is PROVED


def test_of_several_times_of_the_channel_the_first_is_the_start() -> None:
    trade = taken()
    proof = {"channel_evidence": PROOF}
    trade.pay(at=60, state="initiated", leg={"channel_time": time(60)} | proof)
    trade.pay(at=3 * HOUR, leg={"channel_time": time(3 * HOUR)} | proof)
    assert trade.truth(payout_late.RULE, LONG) is NOT


@pytest.mark.parametrize("open_first", [True, False])
def test_a_late_transfer_is_proved_beside_one_that_is_open(open_first: bool) -> None:
    trade = taken()
    for unclear in (open_first, not open_first):
        payout = "unclear" if unclear else "late"
        trade.pay(100, at=60 if unclear else DEADLINE + 300, received=DEADLINE + 1_000, payout=payout)
    late = [each for each in trade.entries if each.claims.get("payout") == "late"]
    trade.replace(late[0].event, received=late[0].occurred)
    [finding] = trade.ask_all(payout_late.RULE, LONG)
    assert (finding.truth, finding.figures.get("leg")) == (PROVED, 100)


def test_the_last_payout_corrected_and_that_correction_corrected_stands_again() -> None:
    trade = settled()
    claims = {"target": {"event": "payout-4"}, "reason": "did_not_occur"}
    first = trade.say("correction", claims, at=100)
    assert trade.truth(payout_missing.RULE, LONG) is PROVED
    trade.say("correction", claims | {"target": {"event": first}}, at=110)
    assert trade.truth(payout_missing.RULE, LONG) is NOT
    assert trade.truth(payout_short.RULE, LONG) is NOT


@pytest.mark.parametrize(
    ("consent", "truth"), [(None, PROVED), ({"method": "wechat"}, UNKNOWN), ("withheld", UNKNOWN)]
)
def test_the_accepted_revision_is_not_withdrawn_by_the_platform_alone(consent: Any, truth: Truth) -> None:
    """Without it there would be no price, and nothing could be said of the payment."""
    trade = Trade()
    trade.quote()
    better = trade.revise(item(net=9_500))
    trade.accept()
    trade.hand_over()
    trade.pay(NET, final=True)
    given = {"method": "wechat"} if consent == "withheld" else consent
    claims = {"target": {"event": better}, "reason": "did_not_occur"} | ({"consent": given} if given else {})
    event = trade.say("correction", claims, at=100)
    if consent == "withheld":
        trade.hide(event, "consent")
    finding = trade.ask(payout_short.RULE, LONG)
    assert (finding.truth, finding.amount) == (truth, 300 if truth is PROVED else None)


def test_a_revision_that_nobody_accepted_is() -> None:
    trade = settled()
    revision = trade.revise(offer={"net": 1}, at=50)
    trade.say("correction", {"target": {"event": revision}, "reason": "did_not_occur"}, at=100)
    assert len(trade.ask_all(quote_arithmetic.RULE, LONG)) == 1
    assert trade.truth(payout_short.RULE, LONG) is NOT


def test_a_bad_inspection_that_was_withdrawn_does_not_come_back_without_consent() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    wrong = trade.inspect({"line": 1, "outcome": "used", "reading": READING})
    claims = {"target": {"event": wrong}, "reason": "incorrect_data"}
    first = trade.say("correction", claims, at=35)
    assert trade.ask(payout_missing.RULE, LONG).amount == NET
    trade.say("correction", claims | {"target": {"event": first}}, at=36)
    assert trade.ask(payout_missing.RULE, LONG).amount == NET


@pytest.mark.parametrize(("at", "truth"), [(60, UNKNOWN), (5, NOT)])
def test_a_correction_that_overtook_the_acceptance_is_open(at: float, truth: Truth) -> None:
    """At 5 s before it happened; at 60 s after it, though it arrived before."""
    trade = Trade()
    trade.quote()
    better = trade.revise(item(net=9_500), at=2)
    trade.say("correction", {"target": {"event": better}, "reason": "incorrect_data"}, at=at)
    trade.accept(at=10, received=9_000, quote="quote-0")
    trade.hand_over(at=20, received=9_001)
    trade.pay(NET, at=9_002, final=True)
    assert trade.truth(payout_short.RULE, LONG) is NOT
    trade.replace("acceptance-3", claims={**trade.entry("acceptance-3").claims, "quote": {"event": better}})
    finding = trade.ask(payout_short.RULE, LONG)
    assert finding.truth is UNKNOWN
    assert (finding.missing == ("correction-2#time",)) is (truth is UNKNOWN)


@pytest.mark.parametrize(("cancelled", "truth"), [(5, PROVED), (60, UNKNOWN)])
def test_a_cancellation_that_overtook_the_acceptance(cancelled: float, truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.say("cancellation", {"by": "user", "reason": "不卖了"}, at=cancelled)
    trade.accept(at=10, received=9_000)
    trade.hand_over(at=20, received=9_001)
    assert trade.truth(payout_missing.RULE, LONG) is truth
    assert trade.truth(card_kept_unpaid.RULE, LONG) is truth


def test_an_empty_card_priced_by_what_is_found_is_paid_with_nothing() -> None:
    trade = taken()
    empty = {"line": 1, "outcome": "balance_short", "balance_found": 0, "reading": READING}
    trade.inspect(empty, at=35)
    assert trade.truth(payout_missing.RULE, LONG) is NOT
    assert trade.truth(card_kept_unpaid.RULE, LONG) is NOT
    trade.inspect(empty | {"balance_found": 100}, at=36)
    assert trade.ask(card_kept_unpaid.RULE, LONG).amount == 92


def test_a_withheld_consent_to_a_correction_may_be_a_bad_one() -> None:
    trade = settled()
    trade.say("dispute_opened", opening(), at=60)
    claims = {"target": {"event": "inspection-3"}, "reason": "duplicate", "consent": {"method": "wechat"}}
    event = trade.say("correction", claims, at=70)
    assert trade.truth(consent_invalid.RULE, LONG) is NOT
    assert trade.truth(late_signature.RULE, LONG) is PROVED
    trade.hide(event, "consent")
    assert trade.truth(consent_invalid.RULE, LONG) is UNKNOWN
    assert trade.truth(late_signature.RULE, LONG) is UNKNOWN


def opening() -> dict[str, Any]:
    return {"dispute": "d", "by": "user", "claim": {"code": "price", "text": "少付了"}, "contested": []}


def test_figures_without_a_currency_are_in_the_quotes() -> None:
    trade = taken(offer={"currency": "HKD"})
    award(trade, 200)
    balance = {"op": "split", "inputs": [{"value": 500}], "outputs": [], "fee": 0, "residue": 0}
    trade.say("lineage", balance, at=201)
    refund = {"refund": "r", "direction": "to_user", "kind": "money", "state": "due", "due_at": time(300)}
    trade.say("refund", refund | {"amount": 700, "currency": "USD"}, at=202)
    for rule, currency, text in (
        (award_unpaid.RULE, "HKD", "92.00 港元"),
        (lineage_unbalanced.RULE, "HKD", "5.00 港元"),
        (refund_due.RULE, "USD", None),
    ):
        finding = trade.ask(rule, LONG)
        assert (finding.truth, finding.currency) == (PROVED, currency), rule.code
        assert text is None or text in finding.zh


def test_what_does_not_add_up_in_a_quote_is_a_note() -> None:
    assert settled(offer={"gross": 1}).ask(quote_arithmetic.RULE, LONG).kind is Kind.NOTE


LINES = [f"card-{number}" for number in range(8)]
"""Names, whose order in a set differs from run to run."""


def test_lines_are_told_in_the_order_of_the_handover_and_returns_in_one_order() -> None:
    cards = [
        item(name, fingerprint={"scope": "platform", "value": f"0x{place:064x}"})  # type: ignore[arg-type]
        for place, name in enumerate(LINES)
    ]
    trade = Trade()
    trade.quote(*cards, on_reject={"return_within": 60})
    trade.accept()
    trade.hand_over(items=LINES)
    trade.inspect(*({"line": each, "outcome": "used", "reading": READING} for each in LINES))
    twin = Trade("t-2")
    twin.quote(*cards)
    twin.accept()
    for place, name in enumerate(LINES):
        twin.hand_over(at=100 + place, items=[name])
    trade.context = tuple(twin.entries)
    second = [each.figures["second"] for each in trade.ask_all(card_twice.RULE, LONG)]
    assert second == sorted(second, key=str)
    assert len(second) == len(LINES)
    for place, name in enumerate(LINES):
        claims = {"refund": name, "direction": "to_user", "kind": "card", "state": "succeeded"}
        trade.say("refund", claims | {"items": [name]}, at=500 + place)
    told = [each.event for each in trade.ask(refund_due.RULE, LONG).references]
    assert told[1:] == [f"refund-{4 + place}" for place in range(len(LINES))]


def test_a_line_with_two_fingerprints_is_two_cards_in_one_order() -> None:
    def with_card(name: str, value: str) -> Trade:
        trade = Trade(name)
        trade.quote(item(fingerprint={"scope": "platform", "value": value}))
        return trade

    trade = with_card("t-1", OTHER_CARD)
    trade.revise(item(fingerprint={"scope": "platform", "value": CARD}), at=5)
    trade.accept()
    trade.hand_over()
    others = []
    for place, value in enumerate((OTHER_CARD, CARD)):
        twin = with_card(f"t-{2 + place}", value)
        twin.accept()
        twin.hand_over(at=100 + place)
        others += twin.entries
    trade.context = tuple(others)
    told = [each.figures["second"] for each in trade.ask_all(card_twice.RULE, LONG)]
    assert told == sorted(told, key=str)
    assert len(told) == 2


def test_a_later_award_whose_dispute_is_withheld_may_have_replaced_the_first() -> None:
    trade = taken()
    award(trade, 200)
    assert trade.ask(award_unpaid.RULE, LONG).amount == NET
    award(trade, 300)
    trade.hide("dispute_award-5", "dispute", "amount")
    assert trade.truth(award_unpaid.RULE, LONG) is UNKNOWN


def test_what_a_correction_of_unknown_target_may_have_withdrawn_is_open() -> None:
    trade = taken()
    entry = {"op": "split", "inputs": [{"value": 500}], "outputs": [], "fee": 0, "residue": 0}
    trade.say("lineage", entry, at=100)
    assert trade.truth(lineage_unbalanced.RULE, LONG) is PROVED
    claims = {"target": {"event": "lineage-4"}, "reason": "incorrect_data", "consent": {"method": "wechat"}}
    correction = trade.say("correction", claims, at=110)
    assert trade.truth(lineage_unbalanced.RULE, LONG) is NOT
    trade.hide(correction, "target")
    assert trade.truth(lineage_unbalanced.RULE, LONG) is UNKNOWN


@pytest.mark.parametrize("rule", [lineage_unbalanced.RULE, consent_invalid.RULE, late_recorded.RULE])
def test_an_entry_that_is_left_out_may_be_what_a_rule_looks_for(rule: Rule) -> None:
    trade = settled()
    assert trade.truth(rule, LONG) is NOT
    trade.drop("inspection-3")
    assert trade.ask(rule, LONG).missing == ("entries",)


def test_a_handover_at_an_unknown_time_is_told_by_its_arrival() -> None:
    trade = Trade()
    trade.quote()
    trade.hand_over(at=20, place="0x" + "01" * 32)
    trade.accept(at=900)
    trade.hide("handover-1", "place")
    finding = trade.ask(handover_before_acceptance.RULE, LONG)
    assert finding.truth is PROVED
    assert "22:13:40" in finding.zh


def test_a_cure_of_which_a_part_may_have_been_in_time_is_one() -> None:
    trade = taken()
    trade.pay(9_000, at=60, received=DEADLINE + 1_000)
    trade.pay(200, at=9 * HOUR, payout="p2")
    [finding] = trade.ask_all(payout_late.RULE, LONG)
    assert (finding.truth, finding.cured) == (PROVED, True)


def test_an_award_whose_dispute_is_withheld_may_be_of_another() -> None:
    trade = settled()
    trade.say("dispute_opened", opening(), at=60)
    award(trade, 100)
    trade.put("dispute_award-6", dispute="another")
    assert trade.truth(answer_late.RULE, LONG) is PROVED
    trade.hide("dispute_award-6", "dispute")
    assert trade.truth(answer_late.RULE, LONG) is UNKNOWN


@pytest.mark.parametrize(
    ("event", "claim"), [("quote-0", "items"), ("inspection-3", "items"), ("payout-4", "legs")]
)
def test_a_line_that_is_told_twice_leaves_it_open(event: str, claim: str) -> None:
    """The service refuses such an event; another log may hold it."""
    trade = settled(NET - 1)
    assert trade.truth(payout_short.RULE, LONG) is PROVED
    rows = trade.entry(event).claims[claim]
    assert isinstance(rows, list)
    trade.put(event, **{claim: rows * 2})
    assert trade.ask(payout_short.RULE, LONG).missing == (f"{event}#{claim}",)


@pytest.mark.parametrize(
    ("start", "named"),
    [
        ("acceptance", ["acceptance-1"]),
        ("handover", ["acceptance-1", "handover-2", "handover-3", "handover-5"]),
        ("inspection", ["acceptance-1", "inspection-4"]),
    ],
)
def test_what_started_the_clock_is_referred_to(start: str, named: list[str]) -> None:
    trade = Trade()
    trade.quote(item(1), item(2), terms={"payout_clock": {"start": start, "seconds": HOUR}})
    trade.accept()
    trade.hand_over(items=[1])
    trade.hand_over(at=25, items=[2])
    trade.inspect({"line": 1, "outcome": "pass"}, {"line": 2, "outcome": "pass"})
    trade.hand_over(at=HOUR if start == "handover" else 9 * HOUR)  # in time to start it anew, or not
    missing = trade.ask(payout_missing.RULE, LONG)
    assert [each.event for each in missing.references] == ["quote-0", *named]
    trade.pay(NET, at=10 * HOUR)
    for rule in (payout_late.RULE, payout_short.RULE):
        told = [each.event for each in trade.ask(rule, LONG).references]
        assert sorted(told) == sorted(["quote-0", *named, "payout-6"]), rule.code


@pytest.mark.parametrize("amount", [NET, NET - 1])
def test_what_was_acknowledged_before_a_reversal_was_right_then(amount: int) -> None:
    trade = taken()
    event = trade.pay(at=40)
    claims = {"payout": {"event": event}, "result": "received", "amount": amount, "currency": "CNY"}
    trade.say("payout_ack", claims, at=50)
    trade.pay(at=60, state="reversed")
    assert trade.truth(ack_differs.RULE, LONG) is (NOT if amount == NET else PROVED)


@pytest.mark.parametrize(("currency", "truth"), [("CNY", NOT), ("JPY", UNKNOWN), (None, NOT)])
def test_money_of_another_currency_is_not_added_up(currency: str | None, truth: Truth) -> None:
    trade = Trade()
    trade.quote(coverage_offered=[{"kind": "escrow", "limit": NET}])
    trade.accept()
    held = {"escrow": "e", "state": "funded", "amount": NET, "currency": currency or "CNY"}
    trade.say("escrow", held, at=15)
    trade.hand_over()
    assert trade.truth(cover_missing.RULE, LONG) is truth
    award(trade, 200)
    refund = {"refund": "r", "direction": "to_user", "kind": "money", "state": "succeeded", "amount": NET}
    trade.say("refund", refund | ({"currency": currency} if currency else {}), at=300)
    assert trade.truth(award_unpaid.RULE, LONG) is truth


def test_what_makes_no_difference_leaves_nothing_open() -> None:
    trade = Trade()
    trade.quote(capture={"mode": "offline"})  # nobody can say when; but there is no tariff to compare with
    trade.say("cancellation", {"by": "user", "reason": "不卖了"}, at=60)
    trade.accept(at=10, received=9_000)  # before or after the cancellation
    trade.hand_over(at=9_100)
    assert trade.truth(headline_gap.RULE, LONG) is NOT
    assert trade.truth(card_kept_unpaid.RULE, 9_200) is NOT  # the time to pay is not over


def test_two_revisions_of_one_quote_lower_it_to_the_lowest() -> None:
    trade = Trade()
    trade.quote()
    trade.revise(item(net=9_000), at=5)
    trade.revise(item(net=9_100), at=6)
    finding = trade.ask(revisions_repeated.RULE, LONG)
    assert (finding.amount, finding.figures["count"]) == (200, 2)
    trade.revise(item(net=8_900), at=7, revises={"event": "quote_revision-1"})
    assert trade.ask(revisions_repeated.RULE, LONG).amount == 300


@pytest.mark.parametrize(
    ("at", "received", "truth"),
    [
        (60, 101, NOT),  # the try before, whose failure was reported last
        (60, 9_000, UNKNOWN),  # or perhaps not
        (100, 101, PROVED),
        (200, 201, PROVED),
    ],
)
@pytest.mark.parametrize("then", [None, "initiated"])
def test_a_failure_that_is_told_after_the_success(
    at: float, received: float, truth: Truth, then: str | None
) -> None:
    trade = taken()
    trade.pay(at=50, state="initiated")
    trade.pay(at=100)
    trade.pay(at=at, received=received, state="failed")
    if then:
        trade.pay(at=9_500, state=then)
    assert trade.truth(payout_missing.RULE, LONG) is truth
    trade.pay(at=9_600)
    assert trade.truth(payout_missing.RULE, LONG) is NOT
