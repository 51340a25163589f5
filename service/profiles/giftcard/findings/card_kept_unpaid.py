"""card_kept_unpaid: the card was handed over, the time to pay is over, and it was neither paid nor returned.

A card that was rejected or whose trade was cancelled is kept, too, but has a time of its own to come back:
where the quote or a refund names one, that has to be over as well. Cards for which nothing is owed (found
empty, and priced by what is found) are paid with that. Any payment that arrived makes it a matter of amounts
(payout_short); a transfer under way leaves the rule open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.core.times import parse_time
from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.kleene import Kleene, all_of
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.returns import (
    Lines,
    due_back,
    handed_over,
    refunds,
    return_by,
    returned,
)
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_clock import due_by, overdue
from service.profiles.giftcard.findings.terms_due import lines_due
from service.profiles.giftcard.findings.terms_payment import transfers
from service.profiles.giftcard.findings.terms_promise import acceptance, offer
from service.profiles.giftcard.findings.terms_time import at, passed
from service.profiles.giftcard.scalars import Time


def _evaluate(case: Case) -> Iterator[Outcome]:
    handovers = case.all("handover")
    if not handovers or acceptance(case) is None or any(each.succeeded for each in transfers(case)):
        return
    over = overdue(case)
    if over is False:
        yield not_proved(*handovers)
        return
    kept = _lines(handed_over(case)) - _lines(returned(case))
    going_back = _lines(due_back(case))
    to_pay = kept - going_back
    if to_pay and _owed(case, to_pay) <= 0:
        to_pay = frozenset()
    verdicts = dict.fromkeys(to_pay, over)
    for cause, lines in due_back(case):
        verdicts |= {line: all_of((over, _return_over(case, cause))) for line in lines & kept}
    late = frozenset(line for line, verdict in verdicts.items() if verdict)
    if not late and None in verdicts.values():
        yield insufficient(Missing("time", handovers[-1]))
    elif not late:
        yield not_proved(*handovers)
    elif any(each.open for each in transfers(case)):
        yield insufficient(Missing("legs.succeeded"))
    else:
        yield _kept(case, handovers, late, late - going_back)


def _kept(case: Case, handovers: tuple[Shown, ...], late: Lines, payable: Lines) -> Outcome:
    limit = due_by(case)
    assert limit is not None  # or nothing would be over
    figures: dict[str, Any] = {"cards": len(late), "due": limit.latest, "now": case.now}
    if not payable:
        return proved(*handovers, variant="back", **figures)
    owed = _owed(case, payable)
    return proved(*handovers, amount=owed, currency=offer(case).currency, owed=owed, **figures)


def _owed(case: Case, lines: Lines) -> int:
    return sum(each.due for each in lines_due(case) if each.line in lines)


def _return_over(case: Case, cause: Shown) -> Kleene:
    """Whether every time named for the return has passed; true where none was."""
    limit = return_by(case, cause)
    named = [
        at(parse_time(text))
        for each in refunds(case)
        if each.kind == "card"
        for step in each.steps
        if (text := case.want(step, "due_at", Time)) is not None
    ]
    return all_of(passed(case.now, each) for each in (*named, *([limit] if limit else [])))


def _lines(events: tuple[tuple[Shown, Lines], ...]) -> Lines:
    return frozenset[int | str]().union(*(lines for _, lines in events))


RULE = Rule("card_kept_unpaid", Kind.BREACH, "platform", "parties", 3, 1, _evaluate)
