"""Corrections: what they withdraw, when they count, and what a withheld one leaves open."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import payout_short, quote_arithmetic
from service.profiles.giftcard.findings.model import Truth
from tests.unit.profiles.findings.builder import HOUR, NET, READING, Trade, settled

SHORT = payout_short.RULE
LATER = 9 * HOUR
CONSENT = {"method": "sms_otp"}


def correct(trade: Trade, target: str, *, at: float = 100, **more: Any) -> str:
    claims = {"target": {"event": target}, "reason": "incorrect_data"} | more
    return trade.say("correction", claims, at=at)


def test_before_the_acceptance_it_counts() -> None:
    trade = Trade()
    trade.quote()
    wrong = trade.revise(offer={"net": 1})
    assert trade.truth(quote_arithmetic.RULE, LATER) is Truth.PROVED
    correct(trade, wrong, at=7)
    assert trade.truth(quote_arithmetic.RULE, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize(
    ("consent", "truth"),
    [
        (None, Truth.PROVED),
        ({"method": "none"}, Truth.PROVED),
        (CONSENT, Truth.NOT_PROVED),
        ("withheld", Truth.INSUFFICIENT),
    ],
)
def test_after_it_the_platform_needs_consent_for_its_own_benefit(consent: Any, truth: Truth) -> None:
    """Without its acceptance the trade would owe nothing."""
    trade = settled(NET - 1)
    given = CONSENT if consent == "withheld" else consent
    more: dict[str, Any] = {"consent": given} if given else {}
    correction = correct(trade, "acceptance-1", **more)
    if consent == "withheld":
        trade.hide(correction, "consent")
    finding = trade.ask(SHORT, LATER)
    assert finding.truth is truth
    if truth is Truth.INSUFFICIENT:
        assert finding.missing == ("correction-5#consent",)


def test_against_its_own_interest_it_counts_without() -> None:
    trade = settled(NET)
    correct(trade, "payout-4", reason="did_not_occur")
    trade.pay(NET - 5, at=110, final=True)
    assert trade.ask(SHORT, LATER).amount == 5


def test_an_inspection_can_be_withdrawn_if_no_less_is_owed() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    wrong = trade.inspect({"line": 1, "outcome": "used", "reading": READING})
    correct(trade, wrong, at=35)
    trade.pay(NET - 5, final=True)
    assert trade.ask(SHORT, LATER).amount == 5


def test_but_not_replaced_by_a_worse_one() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    first = trade.inspect()
    worse = trade.inspect({"line": 1, "outcome": "used", "reading": READING}, at=32)
    correct(trade, first, at=35, replacement={"event": worse})
    trade.pay(1, final=True)
    assert trade.ask(SHORT, LATER).amount == NET - 1


def test_a_duplicate_changes_nothing() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    first = trade.inspect()
    twin = trade.inspect(at=31)
    correct(trade, twin, at=35, reason="duplicate", replacement={"event": first})
    trade.pay(NET - 1, final=True)
    assert trade.ask(SHORT, LATER).amount == 1


def test_a_correction_can_be_corrected_and_cannot_look_ahead() -> None:
    trade = settled(NET)
    first = correct(trade, "payout-4", reason="did_not_occur")
    correct(trade, first)
    assert trade.truth(SHORT, LATER) is Truth.NOT_PROVED
    trade = settled(NET - 1)
    correct(trade, "payout-6")
    trade.pay(1, at=200, payout="p2")
    assert trade.truth(SHORT, LATER) is Truth.NOT_PROVED


def test_a_withheld_target_leaves_everything_open() -> None:
    trade = settled(NET - 1)
    trade.hide(correct(trade, "acceptance-1", consent=CONSENT), "target")
    finding = trade.ask(SHORT, LATER)
    assert finding.truth is Truth.INSUFFICIENT
    assert finding.missing == ("correction-5#target",)
