"""By when the platform has to pay: D, what puts it off, and whether the payment is settled.

Where the rules are silent:

- The clock runs from the first moment at which all accepted lines were handed over (or inspected); a later
  handover or inspection starts it anew only while it still runs.
- A review puts D off by its duration, 72 h at most, wherever in the trade it lies. While it has no end, and
  for a sealed entry that may be one, anything up to 72 h is possible.
- Time in which an attempt that failed or was cancelled waited for the payee puts D off as well: in that time
  the platform could not pay.
"""

from __future__ import annotations

from typing import Final

from service.core.times import parse_time
from service.profiles.giftcard.common import LineItem, LineItems
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, term
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_payment import Transfer, transfers
from service.profiles.giftcard.findings.terms_promise import acceptance, accepted_items, quote, quoted
from service.profiles.giftcard.findings.terms_time import (
    TAU_MS,
    Deadline,
    end_of,
    interval,
    passed,
)
from service.profiles.giftcard.handover import InspectionItem
from service.profiles.giftcard.quote import PayoutClock, Terms

REVIEW_MS: Final = 72 * 3_600_000
"""Longest time that one review puts a deadline off."""


@term
def deadline(case: Case) -> Deadline | None:
    """D without what earlier attempts add; None while its clock has not started (or there is no A).

    Raises Insufficient when the quote names no clock.
    """
    entry = quote(case)
    if entry is None:
        return None
    terms = quoted(case, entry, "terms", Terms)
    clock = terms[0].payout_clock if terms else None
    if not isinstance(clock, PayoutClock) or not isinstance(clock.seconds, int):
        raise Insufficient(Missing("terms.payout_clock", entry))
    if not isinstance(clock.start, str):
        raise Insufficient(Missing("terms.payout_clock", entry))
    started = _started(case, clock.start, clock.seconds * 1000)
    tolling = terms[0].tolled_by if terms else ()
    return started and _tolled(case, started, frozenset(tolling or ()))


@term
def due_by(case: Case) -> Deadline | None:
    """D with the time in which ended attempts waited for the payee."""
    limit = deadline(case)
    if limit is None:
        return None
    for each in transfers(case):
        if each.state in ("failed", "cancelled"):
            limit = limit.later(*waited(case, each))
    return limit


@term
def overdue(case: Case) -> Kleene:
    """Whether now > D + τ; false while the clock has not started."""
    limit = due_by(case)
    return False if limit is None else passed(case.now, limit)


@term
def final_succeeded(case: Case) -> bool:
    """Whether a payout that was called final succeeded."""
    return any(each.succeeded and case.want(each.entry, "final", bool) is True for each in transfers(case))


@term
def may_still_pay(case: Case) -> bool:
    """Whether what is open may yet be paid in time: no payout was final, and D is known not to have passed.

    Without a known D it is not held that there was time left.
    """
    if final_succeeded(case):
        return False
    try:
        return overdue(case) is not True
    except Insufficient:
        return False


def waited(case: Case, transfer: Transfer) -> tuple[int, int]:
    """The shortest and longest time (ms) for which this transfer may have waited for the payee."""
    shortest = longest = 0
    for step, following in zip(transfer.steps, (*transfer.steps[1:], None), strict=True):
        if step.state != "awaiting_payee":
            continue
        begin = interval(case, step.entry)
        if following is None:
            longest += max(0, case.now - begin.lo)
            continue
        end = interval(case, following.entry)
        shortest += max(0, end.lo - begin.hi)
        longest += max(0, end.hi - begin.lo)
    return shortest, longest


def _started(case: Case, start: str, allowed_ms: int) -> Deadline | None:
    if start == "acceptance":
        entry = acceptance(case)
        assert entry is not None  # or there would be no quote
        return end_of(interval(case, entry)).later(allowed_ms, allowed_ms)
    wanted = {item.line for item in accepted_items(case)}
    limit: Deadline | None = None
    for entry in case.all(start):
        wanted -= _lines(case, entry, wanted)
        if wanted:
            continue
        moment = interval(case, entry)
        if limit is None or moment.lo <= limit.latest + TAU_MS:
            ends = end_of(moment).later(allowed_ms, allowed_ms)
            limit = ends if limit is None else _later(limit, ends)
    return limit


def _later(first: Deadline, second: Deadline) -> Deadline:
    return Deadline(max(first.earliest, second.earliest), max(first.latest, second.latest))


def _lines(case: Case, entry: Shown, wanted: set[int | str]) -> set[int | str]:
    """The lines that a handover or inspection is about; without items all."""
    if entry.type == "inspection":
        return {item.line for item in case.need(entry, "items", list[InspectionItem])}
    items = case.want(entry, "items", LineItems)
    if items is None:
        return set(wanted)
    return {item.line if isinstance(item, LineItem) else item for item in items}


def _tolled(case: Case, limit: Deadline, tolling: frozenset[str]) -> Deadline:
    kinds = tolling & {"large_amount", "identity"}
    if not kinds:
        return limit
    reviews: dict[tuple[str, str, str], tuple[int, int]] = {}
    for entry in case.all("review"):
        try:
            kind, rule = case.need(entry, "kind", str), case.need(entry, "rule", str)
            started = case.need(entry, "started", str)
        except Insufficient:
            limit = limit.later(0, REVIEW_MS)
            continue
        if kind in kinds:
            known = reviews.get((kind, rule, started), (0, REVIEW_MS))
            this = _duration(case, entry, started)
            # A later entry of the same review tells its end; each only narrows what is possible.
            reviews[kind, rule, started] = (max(known[0], this[0]), min(known[1], this[1]))
    for shortest, longest in reviews.values():
        limit = limit.later(min(shortest, longest), longest)
    return limit.later(0, REVIEW_MS * len(case.view.sealed))


def _duration(case: Case, entry: Shown, started: str) -> tuple[int, int]:
    try:
        finished = case.want(entry, "finished", str)
    except Insufficient:
        finished = None
    if finished is None:
        return 0, REVIEW_MS
    length = min(REVIEW_MS, max(0, parse_time(finished) - parse_time(started)))
    return length, length
