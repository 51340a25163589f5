"""payout_short: less arrived than is owed.

g = Due - Paid. Not proved if g ≤ 0; insufficient while a transfer is open; proved if a final payout
succeeded, or transfers exist and now > D + τ. The amount is g.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, distinct
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, not_proved, proved
from service.profiles.giftcard.findings.terms_clock import settled, started_by
from service.profiles.giftcard.findings.terms_due import due, grounds, owed_currency, shortfall
from service.profiles.giftcard.findings.terms_payment import paid, transfers


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    made = transfers(case)
    if not made or shortfall(case) <= 0:
        return
    if pending := [each.entry for each in made if each.open]:
        raise Insufficient(*(Missing("legs.succeeded", each) for each in distinct(pending)))
    gap, currency = shortfall(case), owed_currency(case)
    figures: dict[str, Any] = {"due": due(case), "paid": paid(case), "gap": gap}
    if settled(case):
        yield proved(*grounds(case), *started_by(case), amount=gap, currency=currency, **figures)
    else:
        yield not_proved(*grounds(case), variant="in_time", currency=currency, **figures)


RULE = Rule("payout_short", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
