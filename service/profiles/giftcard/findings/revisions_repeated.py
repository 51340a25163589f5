"""revisions_repeated (note): the price was lowered at least twice in one trade.

The amount is the sum; of several revisions of one quote the lowest counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_revision import lowered_by
from service.profiles.giftcard.quote import Offer


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    lowered: list[tuple[Shown, int]] = []
    unknown: list[Missing] = []
    for revision in case.all("quote_revision"):
        try:
            if (loss := lowered_by(case, revision)) > 0:
                lowered.append((revision, loss))
        except Insufficient as lack:
            unknown.extend(lack.missing)
    if len(lowered) + len(unknown) < 2:
        return
    if unknown:
        raise Insufficient(*unknown)
    steps: dict[str, int] = {}
    for revision, loss in lowered:
        revised = case.need(revision, "revises", Ref).event
        steps[revised] = max(loss, steps.get(revised, 0))
    total = sum(steps.values())
    yield proved(
        *(revision for revision, _ in lowered),
        amount=total,
        currency=case.need(lowered[0][0], "offer", Offer).currency,
        count=len(lowered),
        total=total,
    )


RULE = Rule("revisions_repeated", Kind.NOTE, "platform", "parties", 1, 1, evaluate)
