"""headline_gap: the amount accepted is below what the largest number shown (or the published tariff)
promises.

r = max(headline, tariff in force at lo(Q)), for each card its own tariff; gap = ⌊Σ base · r / 10⁴⌋ -
A.amount. Proved if the gap is more than one fen a line, which is what rounding may cost. The amount is the
gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, known
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, not_proved, proved
from service.profiles.giftcard.findings.terms_promise import (
    acceptance,
    accepted_items,
    base,
    offer,
    quote,
)
from service.profiles.giftcard.findings.terms_tariff import rate_of, tariffs_in_force
from service.profiles.giftcard.findings.terms_time import UNKNOWN_PAST, interval


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    accepted, entry = acceptance(case), quote(case)
    if accepted is None or entry is None:
        return
    amount, currency = case.need(accepted, "amount", int), case.need(accepted, "currency", str)
    if currency != offer(case).currency:
        raise Insufficient(Missing("currency", accepted))
    # Tariffs only raise what is promised, so that the headline alone is a lower bound.
    tariffs, lacking = known(_tariffs, case)
    recorded = tuple(each for each in tariffs or () if each.received <= entry.received)
    both = _promised(case, entry, recorded), _promised(case, entry, tariffs or ())
    least, most = sorted(both, key=lambda each: each.total)
    lines, gap = len(accepted_items(case)), least.total - amount
    figures: dict[str, Any] = {"promised": least.total, "accepted": amount, "gap": gap}
    if gap > lines:
        yield proved(entry, accepted, *least.tariffs, amount=gap, currency=currency, **figures)
    elif lacking or most.total - amount > lines:
        raise Insufficient(*(lacking or (Missing("tariff"),)))
    else:
        variant = "above" if gap < 0 else "figures"
        yield not_proved(entry, accepted, variant=variant, currency=currency, **figures)


@dataclass(frozen=True, slots=True)
class _Promised:
    """What the accepted cards come to at the promised rates, and the tariffs that raised a rate."""

    total: int
    tariffs: tuple[Shown, ...]


def _promised(case: Case, entry: Shown, tariffs: Sequence[Shown]) -> _Promised:
    price = offer(case)
    total, used = 0, []
    for item in accepted_items(case):
        published = rate_of(case, tariffs, item)
        headline = price.headline_rate_bp
        if not isinstance(headline, int) and published is None:
            raise Insufficient(Missing("offer.headline_rate_bp", entry))
        rate = headline if isinstance(headline, int) else 0
        if published is not None and published[0] > rate:
            rate = published[0]
            used.append(published[1])
        total += base(case, price, item, entry) * rate
    return _Promised(total // 10_000, tuple(used))


def _tariffs(case: Case) -> tuple[Shown, ...]:
    """The tariffs in force when the quote was given. Raises Insufficient where that cannot be told."""
    entry = quote(case)
    assert entry is not None  # the rule has one
    named = case.want(entry, "tariff", Ref)
    if named is not None and all(each.event != named.event for each in case.view.context):
        raise Insufficient(Missing("tariff"))
    if all(each.type != "tariff" for each in case.view.context):
        return ()  # whenever the quote was given
    begin = interval(case, entry).lo
    if begin == UNKNOWN_PAST:
        raise Insufficient(Missing("capture", entry))
    return tariffs_in_force(case, begin)


RULE = Rule("headline_gap", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
