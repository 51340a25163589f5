"""acceptance_invalid: every acceptance of the trade is invalid.

One is invalid if no later handover or payout ratified it, and it came after its quote's valid_until or
after a revision of that quote (for another cause than the inspection) was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Insufficient
from service.profiles.giftcard.findings.kleene import all_of
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_promise import doubts, invalid


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    entries = case.all("acceptance")
    if not entries:
        return
    verdicts = [invalid(case, each) for each in entries]
    verdict = all_of(verdicts)
    if verdict is None:
        open_ones = [each for each, known in zip(entries, verdicts, strict=True) if known is None]
        raise Insufficient(*(missing for each in open_ones for missing in doubts(case, each)))
    if verdict:
        yield proved(*entries, count=len(entries))


RULE = Rule("acceptance_invalid", Kind.BREACH, "platform", "parties", 1, 1, evaluate)
