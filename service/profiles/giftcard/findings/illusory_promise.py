"""illusory_promise (note): the quote's conditions leave little of its price certain.

A cap is null, a code is `other`, or Σ caps except balance_short > 10 % of net. Looked at is the accepted
quote; while nothing is accepted, the last one. The figure is what the conditions may take, where it is
limited.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_promise import quote_at_issue, quoted
from service.profiles.giftcard.quote import Condition, Offer


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    entry = quote_at_issue(case)
    if entry is None or (agreed := quoted(case, entry, "conditions", list[Condition])) is None:
        return
    conditions, source = agreed
    if any(each.cap is None for each in conditions):
        yield proved(entry, source, variant="uncapped")
        return
    if any(each.code == "other" for each in conditions):
        yield proved(entry, source, variant="other")
        return
    counted = [each.cap for each in conditions if each.code != "balance_short"]
    price, total = case.need(entry, "offer", Offer), sum(cap for cap in counted if isinstance(cap, int))
    if total * 10 > price.net:
        yield proved(entry, source, currency=price.currency, caps=total, net=price.net)
    elif not all(isinstance(cap, int) for cap in counted):
        raise Insufficient(Missing("conditions.cap", source))


RULE = Rule("illusory_promise", Kind.NOTE, "platform", "parties", 1, 1, evaluate)
