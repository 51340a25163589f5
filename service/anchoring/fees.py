"""EIP-1559 fees of an attempt, and of the one that replaces it. Pure.

A node takes a replacement only if *both* the fee cap and the tip are at least 10 % above those of the
transaction it holds (geth: `core/txpool/legacypool/list.go`, PriceBump), and larger by at least one wei.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.core.errors import TallyError

GEOMETRIC_LEAST = 10
"""Percent by which geth wants a replacement to pay more."""


@dataclass(frozen=True, slots=True)
class Fees:
    """`max_fee` and `max_priority` of a type-2 transaction, wei a gas; max_priority ≤ max_fee."""

    max_fee: int
    max_priority: int


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """What an operator is ready to pay.

    `max_fee`, `max_priority`: caps, wei a gas · `min_priority`: the least tip, wei a gas · `bump_percent`: of
    one bump, ≥ 10 · `budget`: the most one anchor may cost, wei (gas limit × max_fee of every attempt stays
    below; one nonce is paid once).
    """

    max_fee: int
    max_priority: int
    min_priority: int
    bump_percent: int
    budget: int

    def __post_init__(self) -> None:
        if self.bump_percent < GEOMETRIC_LEAST:
            raise FeesUnusable("bump_percent is below the 10 % that nodes demand")
        if not 0 < self.min_priority <= self.max_priority <= self.max_fee:
            raise FeesUnusable("fees must be 0 < min_priority <= max_priority <= max_fee")
        if self.max_fee >= 2**63 or not 0 < self.budget < 2**63:
            raise FeesUnusable("max_fee and budget must be below 2^63 wei")


class FeesUnusable(TallyError):
    """A fee policy contradicts itself."""


def ceiling(policy: FeePolicy, gas_limit: int) -> int:
    """The largest max_fee allowed for a transaction of this gas limit: the cap, or what the budget leaves."""
    return min(policy.max_fee, policy.budget // gas_limit)


def first(base_fee: int, tip: int, policy: FeePolicy, gas_limit: int) -> Fees | None:
    """Fees of a first attempt: the market's tip within the policy, and room for the base fee to double.

    None when the ceiling lies below the least tip, so that nothing could be sent.
    """
    limit = ceiling(policy, gas_limit)
    if limit < policy.min_priority:
        return None
    priority = min(max(tip, policy.min_priority), policy.max_priority, limit)
    return Fees(min(2 * base_fee + priority, limit), priority)


def bump(previous: Fees, base_fee: int, tip: int, policy: FeePolicy, gas_limit: int) -> Fees | None:
    """Fees that replace `previous` at any node, and follow the market when that is higher.

    None when they would break the caps: then the old attempt stays, for ever if need be.
    """
    limit = ceiling(policy, gas_limit)
    least_fee = _raised(previous.max_fee, policy.bump_percent)
    least_priority = _raised(previous.max_priority, policy.bump_percent)
    if least_fee > limit or least_priority > policy.max_priority:
        return None
    market = first(base_fee, tip, policy, gas_limit)
    assert market is not None  # the limit holds least_priority > min_priority
    priority = max(least_priority, market.max_priority)
    return Fees(max(least_fee, market.max_fee, priority), priority)


def affordable(previous: Fees, policy: FeePolicy, gas_limit: int) -> bool:
    """Whether one more bump fits below the caps."""
    return bump(previous, 0, 0, policy, gas_limit) is not None


def _raised(value: int, percent: int) -> int:
    return max(-(-value * (100 + percent) // 100), value + 1)


def ether(wei: int) -> str:
    """An amount as people write it: ether, without zeros at the end."""
    whole, rest = divmod(wei, 10**18)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".")
