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

from itertools import zip_longest
from typing import Final

from service.core.times import parse_time
from service.profiles.giftcard.common import LineItem, LineItems
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, distinct, known, term
from service.profiles.giftcard.findings.kleene import Kleene, any_of
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_due import shortfall
from service.profiles.giftcard.findings.terms_payment import Step, Transfer, transfers
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
from service.profiles.giftcard.scalars import Time

REVIEW_MS: Final = 72 * 3_600_000
"""Longest time that one review puts a deadline off."""


@term
def clock(case: Case) -> PayoutClock | None:
    """The payout clock of Q; None where no quote names one."""
    entry = quote(case)
    terms = entry and quoted(case, entry, "terms", Terms)
    found = terms[0].payout_clock if terms else None
    return found if isinstance(found, PayoutClock) else None


@term
def deadline(case: Case) -> Deadline | None:
    """D without what earlier attempts add; None while its clock has not started (or there is no A).

    Raises Insufficient when the quote names no clock.
    """
    entry, agreed = quote(case), clock(case)
    if entry is None:
        return None
    if agreed is None or not isinstance(agreed.start, str) or not isinstance(agreed.seconds, int):
        raise Insufficient(Missing("terms.payout_clock", entry))
    started, _ = _started(case, agreed.start, agreed.seconds * 1000)
    if started is None:
        return None
    terms = quoted(case, entry, "terms", Terms)
    assert terms is not None  # the clock is part of them
    return _tolled(case, started, frozenset(terms[0].tolled_by or ()))


@term
def started_by(case: Case) -> tuple[Shown, ...]:
    """The entries that started the clock of D; none while it has not started."""
    agreed = clock(case)
    if agreed is None or not isinstance(agreed.start, str) or not isinstance(agreed.seconds, int):
        return ()
    return _started(case, agreed.start, agreed.seconds * 1000)[1]


@term
def due_by(case: Case) -> Deadline | None:
    """D with the time in which ended attempts waited for the payee."""
    limit = deadline(case)
    if limit is None:
        return None
    ended = tuple(each for each in transfers(case) if each.state in ("failed", "cancelled"))
    return limit.later(*waits(case, ended))


@term
def overdue(case: Case) -> Kleene:
    """Whether now > D + τ; false while the clock has not started."""
    limit = due_by(case)
    return False if limit is None else passed(case.now, limit)


@term
def final_succeeded(case: Case) -> bool:
    """Whether a payout that was called final succeeded."""
    told = [(each.arrival, each.entry) for each in transfers(case) if each.succeeded]
    arrived = distinct(entry for pair in told for entry in pair)
    for entry in arrived:
        if entry.claims.get("final") is True:
            return True
    for entry in arrived:
        case.want(entry, "final", bool)
    return False


@term
def settled(case: Case) -> bool:
    """Whether the platform has paid what it is going to pay in time: a payout was final, or D has passed.

    Raises Insufficient where neither is known.
    """
    final, no_final = known(final_succeeded, case)
    late, no_late = known(overdue, case)
    verdict = any_of((final, late))
    if verdict is None:
        raise Insufficient(*(no_final or no_late or _unclear(case)))
    return verdict


@term
def left_short(case: Case) -> bool:
    """Whether less than Due has arrived, and nothing says that the rest is still to come in time.

    Where something has arrived and no quote names a payout clock, no time is held to be left. Raises
    Insufficient while a transfer is open.
    """
    if shortfall(case) <= 0:
        return False
    pending = [each for each in transfers(case) if each.open]
    if pending:
        raise Insufficient(*(Missing("legs.succeeded", each.entry) for each in pending))
    if any(each.succeeded for each in transfers(case)) and clock(case) is None:
        return True
    return settled(case)


def waits(case: Case, ended: tuple[Transfer, ...]) -> tuple[int, int]:
    """The shortest and longest time (ms) for which these transfers may have waited for the payee, legs of
    one attempt side by side.
    """
    attempts: dict[tuple[str, int], tuple[int, int]] = {}
    for each in ended:
        known_wait = attempts.get((each.payout, each.attempt), (0, 0))
        this = waited(case, each.steps)
        attempts[each.payout, each.attempt] = max(known_wait[0], this[0]), max(known_wait[1], this[1])
    return sum(each[0] for each in attempts.values()), sum(each[1] for each in attempts.values())


def waited(case: Case, steps: tuple[Step, ...]) -> tuple[int, int]:
    """The shortest and longest time (ms) for which these steps of one transfer may have waited."""
    shortest = longest = 0
    for step, following in zip_longest(steps, steps[1:]):
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


def _unclear(case: Case) -> tuple[Missing, ...]:
    """What leaves it open whether D has passed, though all claims are there: the time of the start event."""
    agreed, accepted = clock(case), acceptance(case)
    start = agreed.start if agreed and isinstance(agreed.start, str) else "acceptance"
    entries = (accepted,) if start == "acceptance" else case.some(start)
    return tuple(Missing("time", each) for each in entries[-1:])


def _started(case: Case, start: str, allowed_ms: int) -> tuple[Deadline | None, tuple[Shown, ...]]:
    """When the clock runs out, and the entries that started it."""
    if start == "acceptance":
        entry = acceptance(case)
        assert entry is not None  # or there would be no quote
        return end_of(interval(case, entry)).later(allowed_ms, allowed_ms), (entry,)
    wanted = {item.line for item in accepted_items(case)}
    limit: Deadline | None = None
    starting: list[Shown] = []
    for entry in case.all(start):
        wanted -= _lines(case, entry, wanted)
        moment = interval(case, entry)
        if limit is None or moment.lo <= limit.latest + TAU_MS:
            starting.append(entry)
            if not wanted:
                ends = end_of(moment).later(allowed_ms, allowed_ms)
                limit = ends if limit is None else _later(limit, ends)
    return limit, tuple(starting) if limit else ()


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
            started = case.need(entry, "started", Time)
        except Insufficient:
            limit = limit.later(0, REVIEW_MS)
            continue
        if kind in kinds:
            before = reviews.get((kind, rule, started), (0, REVIEW_MS))
            this = _duration(case, entry, started)
            # A later entry of the same review tells its end; each only narrows what is possible.
            reviews[kind, rule, started] = (max(before[0], this[0]), min(before[1], this[1]))
    for shortest, longest in reviews.values():
        limit = limit.later(min(shortest, longest), longest)
    return limit.later(0, REVIEW_MS * len(case.view.sealed))


def _duration(case: Case, entry: Shown, started: str) -> tuple[int, int]:
    try:
        finished = case.want(entry, "finished", Time)
    except Insufficient:
        finished = None
    if finished is None:
        return 0, REVIEW_MS
    length = min(REVIEW_MS, max(0, parse_time(finished) - parse_time(started)))
    return length, length
