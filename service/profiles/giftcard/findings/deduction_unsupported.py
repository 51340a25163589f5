"""deduction_unsupported: something was taken off without a listed ground, above its cap, without its
evidence, or a line was turned down (or cut for a low balance) without a reading; and less than Due
arrived.

The amount is Σ(taken - allowed) plus the net of lines turned down without a reading. As long as the payment
may still be made in time nothing is held to be taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_clock import left_short
from service.profiles.giftcard.findings.terms_due import due, lines_due, owed_currency, shortfall
from service.profiles.giftcard.findings.terms_promise import quote


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    entry = quote(case)
    if entry is None or not due(case):
        return
    cut = [each for each in lines_due(case) if each.unsupported]
    taken = sum(each.unsupported for each in cut)
    if taken and left_short(case):
        yield proved(
            entry,
            *(each.inspection for each in cut),
            amount=taken,
            currency=owed_currency(case),
            taken=taken,
            gap=shortfall(case),
            lines=", ".join(str(each.line) for each in cut),
        )


RULE = Rule("deduction_unsupported", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
