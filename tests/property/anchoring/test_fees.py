"""Fee rules against what any node demands, for all fees."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from service.anchoring.fees import FeePolicy, Fees, bump, ceiling, first

WEI = st.integers(0, 2**50)
GAS = st.integers(21_000, 30_000_000)


@st.composite
def policies(draw: st.DrawFn) -> FeePolicy:
    low, middle, high = sorted(draw(st.lists(st.integers(1, 2**50), min_size=3, max_size=3)))
    budget = min(2**63 - 1, high * draw(st.integers(10_000, 60_000_000)))
    return FeePolicy(high, middle, low, draw(st.integers(10, 100)), budget)


def geth_takes(old: Fees, new: Fees) -> bool:
    """The rule of geth's pool, transcribed: both strictly larger, and at least (100 + PriceBump) % of the
    old.
    """
    larger = new.max_fee > old.max_fee and new.max_priority > old.max_priority
    enough = new.max_fee >= old.max_fee * 110 // 100 and new.max_priority >= old.max_priority * 110 // 100
    return larger and enough


def allowed(fees: Fees, policy: FeePolicy, gas: int) -> bool:
    return (
        policy.min_priority <= fees.max_priority <= min(policy.max_priority, fees.max_fee)
        and fees.max_fee <= policy.max_fee
        and fees.max_fee * gas <= policy.budget
    )


@given(WEI, WEI, policies(), GAS)
def test_a_first_attempt_is_within_every_cap(base: int, tip: int, policy: FeePolicy, gas: int) -> None:
    fees = first(base, tip, policy, gas)
    if fees is None:
        assert policy.min_priority * gas > policy.budget
    else:
        assert allowed(fees, policy, gas)


@given(WEI, WEI, policies(), GAS)
def test_every_bump_is_taken_by_geth_and_within_every_cap(
    base: int, tip: int, policy: FeePolicy, gas: int
) -> None:
    fees = first(base, tip, policy, gas)
    assume(fees is not None)
    assert fees is not None
    for _ in range(20):
        raised = bump(fees, base, tip, policy, gas)
        if raised is None:
            return
        assert geth_takes(fees, raised)
        assert allowed(raised, policy, gas)
        fees = raised


@given(WEI, WEI, policies(), GAS)
def test_a_bump_is_only_refused_over_a_cap(base: int, tip: int, policy: FeePolicy, gas: int) -> None:
    fees = first(base, tip, policy, gas)
    assume(fees is not None)
    assert fees is not None
    if bump(fees, base, tip, policy, gas) is None:
        percent = 100 + policy.bump_percent
        assert (
            max(fees.max_fee * percent, 100 * (fees.max_fee + 1)) > 100 * ceiling(policy, gas)
            or max(fees.max_priority * percent, 100 * (fees.max_priority + 1)) > 100 * policy.max_priority
        )
