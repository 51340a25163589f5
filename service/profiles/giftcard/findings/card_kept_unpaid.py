"""card_kept_unpaid: the card was handed over, the time to pay is over, and it was neither paid nor returned.

Counted are accepted lines for which something is owed: a card that was rightly rejected, or whose trade was
cancelled, has a time of its own to come back (refund_due). Any payment that arrived makes it a matter of
amounts (payout_short); a transfer under way leaves the rule open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.returns import handed_over, returned
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_clock import due_by, overdue
from service.profiles.giftcard.findings.terms_due import due, lines_due
from service.profiles.giftcard.findings.terms_payment import transfers
from service.profiles.giftcard.findings.terms_promise import acceptance, offer


def _evaluate(case: Case) -> Iterator[Outcome]:
    handovers = case.all("handover")
    if not handovers or acceptance(case) is None or any(each.succeeded for each in transfers(case)):
        return
    if not due(case):
        return
    handed = frozenset[int | str]().union(*(lines for _, lines in handed_over(case)))
    back = frozenset[int | str]().union(*(lines for _, lines in returned(case)))
    kept = [line for line in lines_due(case) if line.due and line.line in handed and line.line not in back]
    if not kept:
        yield not_proved(*handovers)
        return
    over = overdue(case)
    if over is None:
        yield insufficient(Missing("time", handovers[-1]))
    elif not over:
        yield not_proved(*handovers)
    elif any(each.open for each in transfers(case)):
        yield insufficient(Missing("legs.succeeded"))
    else:
        limit = due_by(case)
        assert limit is not None  # or it would not be over
        owed = sum(line.due for line in kept)
        figures: dict[str, Any] = {"cards": len(kept), "owed": owed, "due": limit.latest, "now": case.now}
        yield proved(*handovers, amount=owed, currency=offer(case).currency, **figures)


RULE = Rule("card_kept_unpaid", Kind.BREACH, "platform", "parties", 3, 1, _evaluate)
