"""Fees of the first attempt and of its replacement, at the edges."""

from __future__ import annotations

import pytest

from service.anchoring.fees import FeePolicy, Fees, FeesUnusable, bump, ceiling, first

POLICY = FeePolicy(max_fee=1000, max_priority=100, min_priority=1, bump_percent=10, budget=10**9)
GAS = 100_000


def test_the_first_attempt_leaves_room_for_the_base_fee_to_double() -> None:
    assert first(200, 30, POLICY, GAS) == Fees(430, 30)


def test_the_tip_stays_in_the_policy() -> None:
    assert first(200, 5000, POLICY, GAS) == Fees(500, 100)
    assert first(200, 0, POLICY, GAS) == Fees(401, 1)


def test_the_fee_cap_holds() -> None:
    assert first(5000, 30, POLICY, GAS) == Fees(1000, 30)


def test_the_budget_holds_too() -> None:
    assert ceiling(POLICY, 10_000_000) == 100
    assert first(200, 500, POLICY, 10_000_000) == Fees(100, 100)


def test_nothing_is_sent_below_the_least_tip() -> None:
    assert first(200, 5, FeePolicy(1000, 100, 50, 10, 4_900_000), GAS) is None


def test_both_fees_rise_by_a_tenth() -> None:
    assert bump(Fees(430, 30), 200, 30, POLICY, GAS) == Fees(473, 33)


def test_fractions_of_a_wei_are_paid() -> None:
    assert bump(Fees(431, 15), 0, 0, POLICY, GAS) == Fees(475, 17)


def test_small_fees_rise_by_a_wei() -> None:
    assert bump(Fees(1, 1), 0, 0, POLICY, GAS) == Fees(2, 2)


def test_a_market_that_rose_more_is_followed() -> None:
    assert bump(Fees(430, 30), 400, 90, POLICY, GAS) == Fees(890, 90)


@pytest.mark.parametrize("previous", [Fees(950, 30), Fees(430, 95)])
def test_no_bump_breaks_a_cap(previous: Fees) -> None:
    assert bump(previous, 200, 30, POLICY, GAS) is None


def test_no_bump_breaks_the_budget() -> None:
    assert bump(Fees(95, 5), 200, 30, POLICY, 10_000_000) is None


@pytest.mark.parametrize(
    "values",
    [(1000, 100, 1, 9, 10**9), (1000, 100, 0, 10, 10**9), (50, 100, 1, 10, 10**9), (2**63, 1, 1, 10, 1)],
)
def test_a_policy_that_contradicts_itself_is_refused(values: tuple[int, int, int, int, int]) -> None:
    with pytest.raises(FeesUnusable):
        FeePolicy(*values)
