"""payout_duplicate (note): one leg succeeded in two attempts, and more money arrived than is owed.

A callback that is delivered twice repeats a state of one attempt and is none. The amount is what arrived
beyond Due.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_due import due, owed_currency
from service.profiles.giftcard.findings.terms_payment import Transfer, money, succeeded


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    legs: dict[tuple[str, object], list[Transfer]] = {}
    for each in succeeded(case):
        if each.kind == "money":
            legs.setdefault((each.payout, each.leg.leg), []).append(each)
    repeated = [tries for tries in legs.values() if len(tries) > 1]
    if not repeated:
        return
    arrived, owed = money(case, succeeded(case)), due(case)
    if arrived > owed:
        yield proved(
            *(each.entry for tries in repeated for each in tries),
            amount=arrived - owed,
            currency=owed_currency(case),
            due=owed,
            paid=arrived,
            excess=arrived - owed,
        )


RULE = Rule("payout_duplicate", Kind.NOTE, "unknown", "parties", 1, 1, evaluate)
