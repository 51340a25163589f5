"""acceptance_invalid, handover_before_acceptance, terms_differ, wrong_payee, ack_differs."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import (
    acceptance_invalid,
    ack_differs,
    handover_before_acceptance,
    payout_missing,
    terms_differ,
    wrong_payee,
)
from service.profiles.giftcard.findings.model import Truth
from tests.unit.profiles.findings.builder import (
    CARD,
    HOUR,
    NET,
    OTHER_PAYEE,
    PAGE,
    Trade,
    item,
    settled,
    time,
)

INVALID, BEFORE = acceptance_invalid.RULE, handover_before_acceptance.RULE
TERMS, PAYEES, ACK = terms_differ.RULE, wrong_payee.RULE, ack_differs.RULE
LATER = 9 * HOUR


@pytest.mark.parametrize(
    ("late", "truth"),
    [(0, Truth.NOT_PROVED), (120, Truth.NOT_PROVED), (120.001, Truth.PROVED)],
)
def test_accepted_after_the_quote_had_run_out(late: float, truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.accept(at=HOUR + late)
    assert trade.truth(INVALID, LATER) is truth


@pytest.mark.parametrize("what", ["hand_over", "pay"])
def test_what_is_done_upon_it_ratifies_an_acceptance(what: str) -> None:
    trade = Trade()
    trade.quote()
    trade.accept(at=2 * HOUR)
    getattr(trade, what)(at=3 * HOUR)
    assert trade.truth(INVALID, LATER) is Truth.NOT_PROVED


def test_a_handover_before_the_acceptance_ratifies_nothing() -> None:
    trade = Trade()
    trade.quote()
    trade.hand_over(at=HOUR)
    trade.accept(at=2 * HOUR)
    assert trade.truth(INVALID, LATER) is Truth.PROVED


def test_one_whose_record_came_late_may_have() -> None:
    trade = Trade()
    trade.quote()
    trade.hand_over(at=HOUR, received=3 * HOUR)
    trade.accept(at=2 * HOUR, received=3 * HOUR)
    assert trade.truth(INVALID, LATER) is Truth.INSUFFICIENT


@pytest.mark.parametrize(
    ("cause", "at", "received", "truth"),
    [
        ("market", 20, 20, Truth.PROVED),
        ("market", 15, 15, Truth.PROVED),
        ("inspection", 20, 20, Truth.NOT_PROVED),
        ("market", 14.999, 15, Truth.INSUFFICIENT),  # waited in a queue while the revision was recorded
        ("market", 10, 400, Truth.INSUFFICIENT),
    ],
)
def test_accepted_after_the_quote_was_replaced(cause: str, at: float, received: float, truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.revise(item(net=9_000), at=15, cause=cause)
    trade.accept(at=at, received=received, quote="quote-0")
    assert trade.truth(INVALID, LATER) is truth


def test_a_revision_recorded_afterwards_takes_nothing_back() -> None:
    trade = Trade()
    trade.quote()
    trade.accept(at=10)
    trade.revise(item(net=9_000), at=15)
    assert trade.truth(INVALID, LATER) is Truth.NOT_PROVED


def test_only_if_all_are_invalid_and_the_last_valid_one_binds() -> None:
    trade = Trade()
    trade.quote(terms={"payout_clock": {"start": "acceptance", "seconds": HOUR}})
    trade.accept(at=10)
    trade.accept(at=3 * HOUR)
    assert trade.truth(INVALID, LATER) is Truth.NOT_PROVED
    missing = trade.ask(payout_missing.RULE, LATER)
    assert missing.truth is Truth.PROVED
    assert [each.event for each in missing.references] == ["quote-0", "acceptance-1"]


def test_what_an_invalid_acceptance_accepts_is_not_owed() -> None:
    trade = Trade()
    trade.quote(terms={"payout_clock": {"start": "acceptance", "seconds": HOUR}})
    trade.accept(at=3 * HOUR)
    assert trade.truth(payout_missing.RULE, LATER) is Truth.NOT_PROVED
    trade.hide("quote-0", "terms")
    assert trade.truth(payout_missing.RULE, LATER) is Truth.INSUFFICIENT


@pytest.mark.parametrize("hidden", [("quote-0", "terms"), ("acceptance-1", "quote")])
def test_an_acceptance_whose_validity_is_withheld(hidden: tuple[str, str]) -> None:
    trade = Trade()
    trade.quote()
    trade.accept(at=2 * HOUR)
    trade.hide(*hidden)
    finding = trade.ask(INVALID, LATER)
    assert finding.truth is Truth.INSUFFICIENT
    assert finding.missing == ("#".join(hidden),)


# handover_before_acceptance


@pytest.mark.parametrize(
    ("accepted", "received", "truth"),
    [
        (20, 20, Truth.NOT_PROVED),
        (140, 140, Truth.NOT_PROVED),
        (140.001, 140.001, Truth.PROVED),
        (10, 900, Truth.INSUFFICIENT),
        (900, 9_000, Truth.PROVED),
    ],
)
def test_by_the_intervals_of_both(accepted: float, received: float, truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.hand_over(at=20)
    trade.accept(at=accepted, received=received)
    assert trade.truth(BEFORE, LATER) is truth


def test_a_second_acceptance_may_follow_the_handover() -> None:
    trade = settled()
    trade.accept(at=2_000)
    assert trade.truth(BEFORE, LATER) is Truth.NOT_PROVED


def test_a_handover_without_acceptance_leaves_it_open() -> None:
    trade = Trade()
    trade.quote()
    trade.hand_over()
    assert trade.ask(BEFORE, LATER).missing == ("acceptance",)


# terms_differ


@pytest.mark.parametrize(
    ("quote", "acceptance", "truth"),
    [
        ({}, {}, Truth.NOT_PROVED),
        ({}, {"presented": {"digest": CARD}}, Truth.PROVED),
        ({}, {"presented": None}, Truth.INSUFFICIENT),
        ({}, {"presented": None, "terms": {"text": "0x" + "01" * 32}}, Truth.NOT_PROVED),
        ({}, {"presented": None, "terms": {"text": "0x" + "03" * 32}}, Truth.PROVED),
        ({}, {"terms": {"text": "0x" + "03" * 32}}, Truth.PROVED),
        ({"presented": {"digest": CARD}}, {"presented": {"digest": PAGE}}, Truth.PROVED),
    ],
)
def test_what_was_shown(quote: dict[str, Any], acceptance: dict[str, Any], truth: Truth) -> None:
    trade = Trade()
    trade.quote(**quote)
    trade.accept(**acceptance)
    assert trade.truth(TERMS, LATER) is truth


@pytest.mark.parametrize("hidden", ["quote-0", "acceptance-1"])
def test_what_was_shown_is_withheld(hidden: str) -> None:
    trade = settled()
    trade.hide(hidden, "presented")
    assert trade.truth(TERMS, LATER) is Truth.INSUFFICIENT


# wrong_payee


@pytest.mark.parametrize(
    ("leg", "truth"),
    [
        ({}, Truth.NOT_PROVED),
        ({"payee": OTHER_PAYEE}, Truth.PROVED),
        ({"channel": "bank"}, Truth.PROVED),
        ({"payee": None}, Truth.INSUFFICIENT),
        ({"kind": "points", "channel": "points", "payee": OTHER_PAYEE}, Truth.NOT_PROVED),
    ],
)
def test_money_goes_where_the_user_said(leg: dict[str, Any], truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    trade.pay(leg=leg)
    finding = trade.ask(PAYEES, LATER)
    assert finding.truth is truth
    assert finding.amount == (NET if truth is Truth.PROVED else None)


@pytest.mark.parametrize(
    ("consent", "truth"),
    [
        ({"method": "sms_otp"}, Truth.NOT_PROVED),
        ({"method": "none"}, Truth.PROVED),
        (None, Truth.PROVED),
        ("withheld", Truth.INSUFFICIENT),
    ],
)
def test_or_where_a_change_with_consent_says(consent: Any, truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    claims = {"channel": "bank", "payee": OTHER_PAYEE, "requested_by": "user"}
    given = {"method": "sms_otp"} if consent == "withheld" else consent
    change = trade.say("channel_change", claims | ({"consent": given} if given else {}), at=30)
    if consent == "withheld":
        trade.hide(change, "consent")
    trade.pay(leg={"channel": "bank", "payee": OTHER_PAYEE})
    assert trade.truth(PAYEES, LATER) is truth


def test_cash_needs_no_account() -> None:
    trade = Trade()
    trade.quote()
    trade.accept(settlement=[{"channel": "cash"}])
    trade.hand_over()
    trade.pay(leg={"channel": "cash", "payee": None})
    assert trade.truth(PAYEES, LATER) is Truth.NOT_PROVED


def test_what_did_not_arrive_went_nowhere() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.pay(state="failed", leg={"payee": OTHER_PAYEE})
    assert trade.truth(PAYEES, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize("settlement", [None, []])
def test_an_acceptance_without_accounts_leaves_it_open(settlement: Any) -> None:
    trade = Trade()
    trade.quote()
    trade.accept(settlement=settlement)
    trade.pay()
    assert trade.ask(PAYEES, LATER).missing == ("acceptance-1#settlement",)


def test_or_the_earlier_ones_stand() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.accept(at=12, settlement=None)
    trade.pay(leg={"payee": OTHER_PAYEE})
    assert trade.truth(PAYEES, LATER) is Truth.PROVED


def test_each_transfer_is_an_instance() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.pay(5_000, leg={"payee": OTHER_PAYEE})
    trade.pay(4_200, payout="p2", leg={"payee": OTHER_PAYEE})
    assert [each.amount for each in trade.ask_all(PAYEES, LATER)] == [5_000, 4_200]


# ack_differs


def acknowledged(*amounts: int, paid: int = NET, **changes: Any) -> Trade:
    trade = settled(paid)
    for place, amount in enumerate(amounts):
        claims = {
            "payout": {"event": "payout-4"},
            "result": "received",
            "amount": amount,
            "currency": "CNY",
            "received_at": time(50),
        }
        trade.say("payout_ack", claims, at=60 + place, **changes)
    return trade


@pytest.mark.parametrize(
    ("amounts", "difference"),
    [((NET,), None), ((NET - 1,), 1), ((NET + 1,), 1), ((), None), ((0, NET), None), ((NET, 0), NET)],
)
def test_what_the_user_acknowledged(amounts: tuple[int, ...], difference: int | None) -> None:
    finding = acknowledged(*amounts).ask(ACK, LATER)
    assert finding.amount == difference
    assert finding.truth is (Truth.PROVED if difference else Truth.NOT_PROVED)


def test_an_acknowledgement_may_be_of_one_payout_or_of_all() -> None:
    trade = acknowledged(9_000, paid=9_000)
    trade.pay(200, at=70, payout="p2")
    assert trade.truth(ACK, LATER) is Truth.NOT_PROVED
    claims = {"payout": {"event": "payout-6"}, "result": "received", "currency": "CNY"}
    for amount, truth in ((200, Truth.NOT_PROVED), (NET, Truth.NOT_PROVED), (300, Truth.PROVED)):
        trade.entries = [each for each in trade.entries if each.event != "ack"]
        trade.say("payout_ack", claims | {"amount": amount}, at=80, event="ack")
        assert trade.truth(ACK, LATER) is truth, amount


def test_an_acknowledgement_may_name_any_step_of_its_payout() -> None:
    trade = settled(9_000)
    named = trade.pay(200, at=70, payout="p2", state="initiated")
    trade.pay(200, at=71, payout="p2")
    claims = {"payout": {"event": named}, "result": "received", "currency": "CNY", "amount": 200}
    trade.say("payout_ack", claims, at=80)
    assert trade.truth(ACK, LATER) is Truth.NOT_PROVED


def test_another_currency_or_something_open_leaves_it_open() -> None:
    assert acknowledged(100, currency="HKD").ask(ACK, LATER).missing == ("payout_ack-5#currency",)
    trade = acknowledged(NET + 50)
    trade.pay(50, at=90, payout="p2", state="processing")
    assert trade.truth(ACK, LATER) is Truth.INSUFFICIENT


@pytest.mark.parametrize("hidden", [("payout_ack-5", "amount"), ("payout-4", "legs"), ("quote-0", "offer")])
def test_an_acknowledgement_that_is_withheld(hidden: tuple[str, str]) -> None:
    trade = acknowledged(NET - 1)
    trade.hide(*hidden)
    assert trade.truth(ACK, LATER) is Truth.INSUFFICIENT
