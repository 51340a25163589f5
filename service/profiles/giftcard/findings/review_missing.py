"""review_missing: a trade at or above the tariff's threshold was paid without the review that asks for.

Measured is the larger of the face value of the accepted cards and what the trade's own reviews state as
cumulative. In force is a tariff at the earliest possible moment of the accepted quote; of several the highest
threshold counts. The review must have passed by the first payment that arrived; the time that it states
itself counts. Restricted: the user must not learn of it. While a sealed entry may be the review, the rule is
insufficient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.core.times import parse_time
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene, all_of
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_payment import transfers
from service.profiles.giftcard.findings.terms_promise import accepted_items, offer, quote
from service.profiles.giftcard.findings.terms_tariff import tariffs_in_force
from service.profiles.giftcard.findings.terms_time import (
    UNKNOWN_PAST,
    Deadline,
    Interval,
    after,
    exactly,
    interval,
)
from service.profiles.giftcard.oversight import Cumulative
from service.profiles.giftcard.scalars import Time


def _evaluate(case: Case) -> Iterator[Outcome]:
    entry = quote(case)
    arrived = [step.entry for each in transfers(case) for step in each.steps if step.state == "succeeded"]
    if entry is None or not arrived:
        return
    threshold = _threshold(case, entry)
    measured = _measured(case, threshold)
    if measured < threshold:
        yield not_proved(measured=measured, threshold=threshold)
        return
    first = min(arrived, key=lambda each: interval(case, each).lo)
    moment = interval(case, first)
    reviews = _passed(case)
    late = all_of(after(finished, Deadline(moment.lo, moment.hi)) for _, finished in reviews)
    yield _outcome(case, late, first, moment, reviews, measured, threshold)


def _outcome(
    case: Case,
    late: Kleene,
    first: Shown,
    moment: Interval,
    reviews: list[tuple[Shown, Interval]],
    measured: int,
    threshold: int,
) -> Outcome:
    if late is False:
        return not_proved(*(entry for entry, _ in reviews), measured=measured, threshold=threshold)
    if case.view.sealed:
        return insufficient(Missing("review"))
    if late is None:
        return insufficient(Missing("time", first))
    figures: dict[str, Any] = {"measured": measured, "threshold": threshold, "paid": moment.hi}
    entries = [entry for entry, _ in reviews]
    variant = "late" if reviews else "none"
    if reviews:
        figures["finished"] = min(finished.lo for _, finished in reviews)
    return proved(first, *entries, currency=offer(case).currency, variant=variant, **figures)


def _threshold(case: Case, quoted: Shown) -> int:
    moment = interval(case, quoted).lo
    if moment == UNKNOWN_PAST:
        raise Insufficient(Missing("capture", quoted))
    tariffs = tariffs_in_force(case, moment)
    stated = [case.want(each, "review_threshold", int) for each in tariffs]
    known = [each for each in stated if each is not None]
    if not known:
        raise Insufficient(Missing("tariff.review_threshold" if tariffs else "tariff"))
    return max(known)


def _measured(case: Case, threshold: int) -> int:
    """The trade's size; what reviews state as cumulative counts where the cards alone do not suffice."""
    measured = sum(item.face for item in accepted_items(case))
    if measured >= threshold:
        return measured
    for entry in case.all("review"):
        cumulative = case.want(entry, "cumulative", Cumulative)
        if cumulative is not None and isinstance(cumulative.amount, int):
            measured = max(measured, cumulative.amount)
    return measured


def _passed(case: Case) -> list[tuple[Shown, Interval]]:
    """The large-amount reviews that passed, and when: by their own statement, else by their entry."""
    found = []
    for entry in case.all("review"):
        if case.need(entry, "kind", str) == "large_amount" and case.need(entry, "outcome", str) == "pass":
            finished = case.want(entry, "finished", Time)
            moment = interval(case, entry) if finished is None else exactly(parse_time(finished))
            found.append((entry, moment))
    return found


RULE = Rule("review_missing", Kind.BREACH, "platform", "restricted", 2, 1, _evaluate)
