"""revision_after_handover (note): the price was lowered when the card was already out of the user's hands.

A revision to the user's loss that was received after the handover. With cause inspection it is insufficient
without a reading of that inspection, and not proved with one. The amount is the loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene, any_of
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, proved
from service.profiles.giftcard.findings.terms_revision import lowered_by
from service.profiles.giftcard.findings.terms_time import TAU_MS, interval
from service.profiles.giftcard.handover import InspectionItem
from service.profiles.giftcard.quote import Offer


def evaluate(case: Case) -> Iterator[Outcome]:
    """An instance for each such revision."""
    handovers = case.all("handover")
    for revision in case.all("quote_revision"):
        if not handovers:
            return
        try:
            yield from _judged(case, revision, handovers)
        except Insufficient as lack:
            yield insufficient(*lack.missing)


def _judged(case: Case, revision: Shown, handovers: tuple[Shown, ...]) -> Iterator[Outcome]:
    late = any_of(_received_after(case, revision, each) for each in handovers)
    if late is False or (loss := lowered_by(case, revision)) <= 0:
        return
    if late is None:
        raise Insufficient(Missing("time", handovers[0]))
    if case.need(revision, "cause", str) == "inspection":
        _require_reading(case, revision)
        return
    currency = case.need(revision, "offer", Offer).currency
    yield proved(handovers[0], revision, amount=loss, currency=currency, loss=loss, at=revision.received)


def _received_after(case: Case, revision: Shown, handover: Shown) -> Kleene:
    """Whether the card was handed over before the revision arrived; by order where the handover arrived
    first.
    """
    if handover.seq < revision.seq:
        return True
    moment = interval(case, handover)
    if moment.hi + TAU_MS < revision.received:
        return True
    return False if moment.lo >= revision.received else None


def _require_reading(case: Case, revision: Shown) -> None:
    """Raises Insufficient unless the inspection that caused the revision has a reading."""
    ref = case.want(revision, "inspection", Ref)
    named = ref and case.event(ref.event)
    inspections = [each for each in case.some("inspection") if each.seq < revision.seq]
    inspection = named or next(reversed(inspections), None)
    if inspection is None:
        raise Insufficient(Missing("inspection"))
    items = case.need(inspection, "items", list[InspectionItem])
    if not any(isinstance(item.reading, str) for item in items):
        raise Insufficient(Missing("items.reading", inspection))


RULE = Rule("revision_after_handover", Kind.NOTE, "platform", "parties", 2, 1, evaluate)
