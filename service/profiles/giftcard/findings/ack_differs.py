"""ack_differs: the user acknowledged another amount than the platform says it paid. Without acknowledgement
there is no finding. The amount is the difference.

Where the rule is silent: of several acknowledgements of one payout event the last counts. One may speak of
all that was paid, of what had been paid when it was recorded, or of the payout that it refers to; all of
them together of all that was paid; points may be left out. It differs only if it fits none of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_due import owed_currency
from service.profiles.giftcard.findings.terms_payment import (
    Transfer,
    as_of,
    money,
    paid,
    succeeded,
    transfers,
    worth,
)
from service.profiles.giftcard.findings.terms_promise import acceptance


def evaluate(case: Case) -> Iterator[Outcome]:
    """An instance for each acknowledgement that counts."""
    last = {case.need(each, "payout", Ref).event: each for each in case.all("payout_ack")}
    if not last or acceptance(case) is None:
        return
    amounts = {ref: case.need(each, "amount", int) for ref, each in last.items()}
    for each in last.values():
        if case.need(each, "currency", str) != owed_currency(case):
            raise Insufficient(Missing("currency", each))
    together = sum(amounts.values())
    if together in _readings(case, succeeded(case)):
        return
    for ref, entry in last.items():
        if amounts[ref] in _candidates(case, ref, entry):
            continue
        if pending := [each.entry for each in transfers(case) if each.open]:
            raise Insufficient(Missing("legs.succeeded", pending[0]))
        yield proved(
            entry,
            *(each.entry for each in succeeded(case)),
            amount=abs(paid(case) - amounts[ref]),
            currency=owed_currency(case),
            acknowledged=amounts[ref],
            paid=paid(case),
        )


def _candidates(case: Case, ref: str, entry: Shown) -> set[int]:
    """Every amount that the acknowledgement may rightly speak of."""
    named = case.event(ref)
    payout = named.claims.get("payout") if named else None
    arrived = succeeded(case)
    return (
        _readings(case, arrived)
        | _readings(case, as_of(case, entry.seq))
        | _readings(case, tuple(each for each in as_of(case, entry.seq) if each.payout == payout))
        | _readings(case, tuple(each for each in arrived if each.payout == payout))
        | _readings(case, tuple(each for each in arrived if _reports(each, ref)))
    )


def _reports(transfer: Transfer, event: str) -> bool:
    """Whether that event is one of those by which the transfer's success was reported."""
    return any(step.state == "succeeded" and step.entry.event == event for step in transfer.steps)


def _readings(case: Case, arrived: tuple[Transfer, ...]) -> set[int]:
    """What transfers are worth, with and without their points."""
    return {worth(case, arrived), money(case, arrived)}


RULE = Rule("ack_differs", Kind.BREACH, "platform", "parties", 2, 1, evaluate)
