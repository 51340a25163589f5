"""revision_unaccepted, revision_after_handover, revisions_repeated."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import (
    revision_after_handover,
    revision_unaccepted,
    revisions_repeated,
)
from service.profiles.giftcard.findings.model import Kind, Truth
from tests.unit.profiles.findings.builder import HOUR, NET, READING, Trade, item

UNACCEPTED, AFTER, REPEATED = revision_unaccepted.RULE, revision_after_handover.RULE, revisions_repeated.RULE
LATER = 9 * HOUR


def revised(paid: int | None, net: int = 9_000, at: float = 15, **changes: Any) -> Trade:
    """A quote, its acceptance, a lower revision, and a final payout."""
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.revise(item(net=net), at=at, **changes)
    trade.hand_over()
    trade.inspect()
    if paid is not None:
        trade.pay(paid, final=True)
    return trade


@pytest.mark.parametrize(
    ("paid", "net", "amount"),
    [
        (9_000, 9_000, 200),
        (8_999, 9_000, 201),
        (9_001, 9_000, None),
        (NET, 9_000, None),
        (9_000, NET - 1, 200),
        (9_000, NET, None),
        (None, 9_000, None),
    ],
)
def test_paid_by_a_price_that_nobody_accepted(paid: int | None, net: int, amount: int | None) -> None:
    finding = revised(paid, net).ask(UNACCEPTED, LATER)
    assert finding.amount == amount
    assert finding.truth is (Truth.PROVED if amount else Truth.NOT_PROVED)


def test_an_accepted_revision_binds() -> None:
    trade = revised(None)
    trade.accept(at=35)
    trade.pay(9_000, final=True)
    assert trade.truth(UNACCEPTED, LATER) is Truth.NOT_PROVED


def test_a_revision_before_the_acceptance_is_another_matter() -> None:
    trade = Trade()
    trade.quote()
    trade.revise(item(net=9_000))
    trade.accept(quote="quote-0")
    trade.hand_over()
    trade.pay(9_000, final=True)
    assert trade.truth(UNACCEPTED, LATER) is Truth.NOT_PROVED


def test_of_some_accepted_lines_their_share_of_the_revision_counts() -> None:
    trade = Trade()
    trade.quote(item(1), item(2))
    trade.accept(items=[1], amount=NET)
    trade.revise(item(1, net=9_000), item(2, net=9_000), at=15)
    trade.hand_over()
    trade.pay(9_000, final=True)
    assert trade.ask(UNACCEPTED, LATER).amount == 200


def test_the_rest_may_still_come_in_time() -> None:
    trade = revised(None)
    trade.pay(9_000)
    assert trade.truth(UNACCEPTED, 20 + HOUR + 120) is Truth.NOT_PROVED
    assert trade.truth(UNACCEPTED, 20 + HOUR + 120.001) is Truth.PROVED


@pytest.mark.parametrize("hidden", ["quote-0", "acceptance-1", "quote_revision-2", "payout-5"])
def test_withheld(hidden: str) -> None:
    trade = revised(9_000)
    trade.hide(hidden)
    assert trade.truth(UNACCEPTED, LATER) is Truth.INSUFFICIENT


# revision_after_handover


@pytest.mark.parametrize(
    ("cause", "net", "loss"),
    [("market", 9_000, 200), ("market", NET, None), ("market", NET + 1, None), ("error", NET - 1, 1)],
)
def test_lowered_when_the_card_was_gone(cause: str, net: int, loss: int | None) -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    trade.revise(item(net=net), at=25, cause=cause)
    finding = trade.ask(AFTER, LATER)
    assert finding.amount == loss
    assert finding.kind is Kind.NOTE


def test_lowered_before_is_not() -> None:
    assert revised(9_000).truth(AFTER, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize("reading", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_an_inspection_is_a_cause_with_its_reading(reading: bool, named: bool) -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    line: dict[str, Any] = {"line": 1, "outcome": "balance_short", "balance_found": 9_000}
    found = trade.inspect(line | ({"reading": READING} if reading else {}))
    more = {"inspection": {"event": found}} if named else {}
    trade.revise(item(net=9_000), at=35, cause="inspection", **more)
    assert trade.truth(AFTER, LATER) is (Truth.NOT_PROVED if reading else Truth.INSUFFICIENT)


@pytest.mark.parametrize(
    ("handed", "truth"),
    [(0, Truth.PROVED), (179, Truth.PROVED), (180, Truth.INSUFFICIENT), (300, Truth.NOT_PROVED)],
)
def test_a_handover_that_was_recorded_later(handed: float, truth: Truth) -> None:
    """The revision arrived at 300; the handover's record after it."""
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.revise(item(net=9_000), at=300)
    trade.hand_over(at=handed, received=min(handed + 300, 600) if handed > 0 else 300)
    assert trade.truth(AFTER, LATER) is truth


def test_fewer_cards_are_no_lower_price() -> None:
    trade = Trade()
    trade.quote(item(1), item(2))
    trade.accept()
    trade.hand_over()
    trade.revise(item(1), at=25)
    assert trade.truth(AFTER, LATER) is Truth.NOT_PROVED


def test_a_withheld_price_leaves_it_open() -> None:
    trade = Trade()
    trade.quote()
    trade.accept()
    trade.hand_over()
    trade.hide(trade.revise(item(net=9_000), at=25), "offer")
    assert trade.truth(AFTER, LATER) is Truth.INSUFFICIENT


# revisions_repeated


@pytest.mark.parametrize(
    ("nets", "amount"),
    [((9_000,), None), ((9_000, 8_900), 300), ((9_000, 9_100), None), ((9_000, 9_300, 8_000), 1_500)],
)
def test_two_lower_prices(nets: tuple[int, ...], amount: int | None) -> None:
    trade = Trade()
    before = trade.quote()
    for place, net in enumerate(nets):
        before = trade.revise(item(net=net), at=5 + place, revises={"event": before})
    finding = trade.ask(REPEATED, LATER)
    assert finding.amount == amount
    assert finding.truth is (Truth.PROVED if amount else Truth.NOT_PROVED)


def test_one_known_and_one_withheld_leave_it_open() -> None:
    trade = Trade()
    first = trade.quote()
    second = trade.revise(item(net=9_000), revises={"event": first})
    third = trade.revise(item(net=8_000), at=6, revises={"event": second})
    trade.hide(third, "offer")
    assert trade.truth(REPEATED, LATER) is Truth.INSUFFICIENT
    trade.hide(second, "offer")
    assert trade.truth(REPEATED, LATER) is Truth.INSUFFICIENT
