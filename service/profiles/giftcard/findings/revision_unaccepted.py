"""revision_unaccepted: the platform asked for less after the acceptance, nobody accepted that, and it paid no
more than the lower price all the same.

A revision recorded after A, referenced by no acceptance, a transfer succeeded, Paid ≤ the revision's net <
Due. With some lines accepted only, the revision's net is that of these lines. The amount is Due - Paid.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_clock import left_short
from service.profiles.giftcard.findings.terms_due import due, owed_currency, shortfall
from service.profiles.giftcard.findings.terms_payment import paid, succeeded
from service.profiles.giftcard.findings.terms_promise import acceptance, accepted_items, quote
from service.profiles.giftcard.findings.terms_revision import net_for


def evaluate(case: Case) -> Iterator[Outcome]:
    """An instance for each such revision."""
    accepted = acceptance(case)
    revisions = [each for each in case.all("quote_revision") if accepted and each.seq > accepted.seq]
    if not revisions or not succeeded(case):
        return
    taken_up = {case.need(each, "quote", Ref).event for each in case.all("acceptance")}
    lines = frozenset(item.line for item in accepted_items(case))
    for revision in revisions:
        if revision.event in taken_up:
            continue
        net = net_for(case, revision, lines)
        if paid(case) <= net < due(case) and left_short(case):
            yield proved(
                quote(case),
                accepted,
                revision,
                *(each.entry for each in succeeded(case)),
                amount=shortfall(case),
                currency=owed_currency(case),
                revised=net,
                due=due(case),
                paid=paid(case),
                gap=shortfall(case),
            )


RULE = Rule("revision_unaccepted", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
