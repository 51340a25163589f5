"""handover_before_acceptance (note): a card was handed over before anything was accepted, by the intervals of
both. Of several acceptances the earliest counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import all_of, any_of
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_time import Deadline, after, interval


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    handovers, acceptances = case.all("handover"), case.all("acceptance")
    if not handovers:
        return
    if not acceptances:
        raise Insufficient(Missing("acceptance"))
    moments = [interval(case, each) for each in acceptances]
    verdicts = []
    for handover in handovers:
        given = interval(case, handover)
        verdicts.append(all_of(after(each, Deadline(given.lo, given.hi)) for each in moments))
    verdict = any_of(verdicts)
    if verdict is None:
        raise Insufficient(Missing("time", handovers[verdicts.index(None)]))
    if verdict:
        handover = handovers[verdicts.index(True)]
        given = interval(case, handover)
        first = min(moments, key=lambda each: each.lo)
        yield proved(handover, acceptances[0], handover=given.hi, acceptance=first.lo)


RULE = Rule("handover_before_acceptance", Kind.NOTE, "platform", "parties", 1, 1, evaluate)
