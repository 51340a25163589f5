"""payout_missing: something is owed, its time has passed, and no transfer succeeded, is processing or waits
for the payee. The amount is Due.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, not_proved, proved
from service.profiles.giftcard.findings.terms_clock import due_by, overdue, started_by
from service.profiles.giftcard.findings.terms_due import due, grounds, owed_currency
from service.profiles.giftcard.findings.terms_payment import transfers

_UNDER_WAY = frozenset({"succeeded", "processing", "awaiting_payee"})


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    if any(each.state in _UNDER_WAY for each in transfers(case)):
        return
    owed = due(case)
    if not owed:
        return
    late, limit = overdue(case), due_by(case)
    if limit is None:
        return
    if late is None:
        raise Insufficient(Missing("time"))
    currency = owed_currency(case)
    if late:
        yield proved(
            *grounds(case), *started_by(case), amount=owed, currency=currency, due=owed, by=limit.latest
        )
    else:
        yield not_proved(*grounds(case), variant="in_time", currency=currency, due=owed, by=limit.latest)


RULE = Rule("payout_missing", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
