"""lineage_unbalanced: what went into a split, merge, resale or exchange is not what came out.

The sum of the values that go in equals the sum of those that come out, plus fee and residue, to the fen. A
card without a stated value makes the sum unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_promise import likely_currency
from service.profiles.giftcard.oversight import LineageInput, LineageOutput


def _evaluate(case: Case) -> Iterator[Outcome]:
    for entry in case.some("lineage"):
        try:
            yield _judge(case, entry)
        except Insufficient as lack:
            yield insufficient(*lack.missing)
    case.require_whole()


def _judge(case: Case, entry: Shown) -> Outcome:
    went_in = _sum(entry, "inputs", case.need(entry, "inputs", list[LineageInput]))
    came_out = _sum(entry, "outputs", case.need(entry, "outputs", list[LineageOutput]))
    accounted = came_out + case.need(entry, "fee", int) + case.need(entry, "residue", int)
    if went_in == accounted:
        return not_proved()
    if case.unclear:
        return insufficient(*case.unclear)  # it may have been withdrawn
    difference = abs(went_in - accounted)
    variant = "less" if accounted < went_in else "more"
    return proved(
        entry,
        amount=difference,
        currency=likely_currency(case),
        variant=variant,
        went_in=went_in,
        accounted=accounted,
        difference=difference,
    )


def _sum(entry: Shown, name: str, cards: Sequence[LineageInput | LineageOutput]) -> int:
    total = 0
    for card in cards:
        if card.value is UNSET:
            raise Insufficient(Missing(f"{name}.value", entry))
        total += card.value
    return total


RULE = Rule("lineage_unbalanced", Kind.BREACH, "platform", "parties", 2, 1, _evaluate)
