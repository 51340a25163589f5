"""deduction_unsupported and fee_undisclosed."""

from __future__ import annotations

from typing import Any

import pytest

from service.profiles.giftcard.findings import deduction_unsupported, fee_undisclosed
from service.profiles.giftcard.findings.model import Truth
from tests.unit.profiles.findings.builder import HOUR, NET, PHOTO, READING, Trade

DEDUCTION, FEE = deduction_unsupported.RULE, fee_undisclosed.RULE
LATER = 9 * HOUR


def inspected(line: dict[str, Any], paid: int | None, *, final: bool = True, **quote: Any) -> Trade:
    trade = Trade()
    trade.quote(**quote)
    trade.accept()
    trade.hand_over()
    trade.inspect({"line": 1, "outcome": "pass", "reading": READING} | line)
    if paid is not None:
        trade.pay(paid, final=final)
    return trade


def less(code: str, amount: int, evidence: str | None = PHOTO) -> dict[str, Any]:
    taken = {"code": code, "amount": amount} | ({"evidence": evidence} if evidence else {})
    return {"deductions": [taken]}


@pytest.mark.parametrize(
    ("line", "paid", "amount"),
    [
        (less("damaged", 300), NET - 300, None),
        (less("damaged", 301), NET - 301, 1),
        (less("damaged", 200, None), NET - 200, 200),
        (less("frozen", 200), NET - 200, 200),
        (less("frozen", 200), NET, None),  # recorded, but paid in full all the same
        (less("frozen", 200), NET - 1, 200),
        ({"outcome": "used"}, 0, None),
        ({"outcome": "balance_short", "balance_found": 5_000}, 4_600, None),
    ],
)
def test_what_is_taken_needs_a_ground_and_its_evidence(
    line: dict[str, Any], paid: int, amount: int | None
) -> None:
    finding = inspected(line, paid).ask(DEDUCTION, LATER)
    assert finding.amount == amount
    assert finding.truth is (Truth.NOT_PROVED if amount is None else Truth.PROVED)


@pytest.mark.parametrize(
    ("outcome", "amount"), [("used", NET), ("frozen", NET), ("balance_short", NET - 4_600)]
)
def test_turned_down_or_cut_without_a_reading(outcome: str, amount: int) -> None:
    trade = inspected({"outcome": outcome, "balance_found": 5_000}, NET - amount)
    entry = trade.entry("inspection-3")
    [line] = entry.claims["items"]  # type: ignore[misc]
    del line["reading"]
    finding = trade.ask(DEDUCTION, LATER)
    assert finding.amount == amount
    assert finding.references[1].event == "inspection-3"


def test_no_more_is_taken_than_time_allows() -> None:
    """Until the deadline, and without a final payout, the rest may still come."""
    for paid in (None, NET - 200):
        trade = inspected(less("frozen", 200), paid, final=False)
        assert trade.truth(DEDUCTION, 20 + HOUR + 120) is Truth.NOT_PROVED
        assert trade.truth(DEDUCTION, 20 + HOUR + 120.001) is Truth.PROVED


def test_without_a_clock_a_payment_is_what_there_is() -> None:
    clockless: dict[str, Any] = {"terms": {"payout_clock": None}}
    assert inspected(less("frozen", 200), NET - 200, final=False, **clockless).truth(DEDUCTION, 60) is (
        Truth.PROVED
    )
    assert inspected(less("frozen", 200), None, **clockless).truth(DEDUCTION, LATER) is Truth.INSUFFICIENT


@pytest.mark.parametrize("hidden", ["quote-0", "acceptance-1", "inspection-3", "payout-4"])
def test_withheld(hidden: str) -> None:
    trade = inspected(less("frozen", 200), NET - 200)
    trade.hide(hidden)
    assert trade.truth(DEDUCTION, LATER) is Truth.INSUFFICIENT


def test_an_open_transfer_leaves_it_open() -> None:
    trade = inspected(less("frozen", 200), NET - 200)
    trade.pay(200, at=60, payout="p2", state="processing")
    assert trade.truth(DEDUCTION, LATER) is Truth.INSUFFICIENT


# fee_undisclosed


@pytest.mark.parametrize(
    ("code", "amount", "listed", "excess"),
    [
        ("x-handling_fee", 100, None, 100),
        ("x-handling_fee", 100, {"code": "x-handling_fee", "amount": 100, "payer": "user"}, None),
        ("x-handling_fee", 101, {"code": "x-handling_fee", "amount": 100, "payer": "user"}, 1),
        ("x-handling_fee", 99, {"code": "x-handling_fee", "amount": 100, "payer": "user"}, None),
        ("x-handling_fee", 100, {"code": "x-handling_fee", "amount": 100, "payer": "platform"}, 100),
        ("transfer", 100, {"code": "transfer", "amount": 60}, 40),
        ("damaged", 100, None, None),  # a condition, not a fee
        ("x-scratched", 100, None, None),  # neither: a deduction without support
    ],
)
def test_a_fee_among_the_deductions(
    code: str, amount: int, listed: dict[str, Any] | None, excess: int | None
) -> None:
    trade = inspected(less(code, amount), NET - 500, offer={"fees": [listed] if listed else []})
    assert trade.ask(FEE, LATER).amount == excess


@pytest.mark.parametrize(
    ("fee", "excess"),
    [
        ({"code": "channel", "amount": 30}, 30),
        ({"code": "channel", "amount": 30, "payer": "user"}, 30),
        ({"code": "channel", "amount": 30, "payer": "platform"}, None),
        ({"amount": 30}, 30),
    ],
)
@pytest.mark.parametrize("where", ["payout-4", "inspection-3"])
def test_a_fee_that_an_event_tells_of(fee: dict[str, Any], excess: int | None, where: str) -> None:
    trade = inspected({}, NET - 30)
    trade.put(where, fees=[fee])
    assert trade.ask(FEE, LATER).amount == excess


def test_one_fee_told_twice_is_one_fee() -> None:
    trade = inspected(less("x-handling_fee", 30), NET - 30)
    trade.put("payout-4", fees=[{"code": "h", "amount": 30}])
    assert trade.ask(FEE, LATER).amount == 30


def test_a_fee_that_cost_the_user_nothing_is_none() -> None:
    assert inspected(less("x-handling_fee", 30), NET).truth(FEE, LATER) is Truth.NOT_PROVED


def test_a_listed_condition_is_no_fee() -> None:
    listed = [{"code": "x-handling_fee", "cap": 100, "evidence": "none"}]
    assert inspected(less("x-handling_fee", 30), NET - 40, conditions=listed).truth(FEE, LATER) is (
        Truth.NOT_PROVED
    )


def test_a_fee_without_amount_or_withheld_leaves_it_open() -> None:
    trade = inspected({}, NET - 30)
    trade.put("payout-4", fees=[{"code": "channel"}])
    assert trade.ask(FEE, LATER).missing == ("payout-4#fees",)
    trade = inspected({}, NET - 30)
    trade.hide("inspection-3", "fees")
    assert trade.truth(FEE, LATER) is Truth.NOT_PROVED
    trade.replace("inspection-3", withheld=1)
    assert trade.ask(FEE, LATER).missing == ("inspection-3#fees",)
