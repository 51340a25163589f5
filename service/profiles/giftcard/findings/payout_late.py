"""payout_late: a transfer that succeeded began after D, put off by the time in which its earlier attempts
waited for the payee.

A transfer begins when the channel took the order, if the channel's time comes with the channel's evidence
(of several such times the first); else when the first step of the successful attempt happened. One instance
for each transfer.

Where the rule is silent: an earlier attempt may have been a payout of its own, which failed or was cancelled
before this one began. When transfers that are not late cover what is owed, a later one is no late payment
of it. `cured`: part was paid in time (or may have been), and with the late transfer everything owed has
arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.core.times import parse_time
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, proved
from service.profiles.giftcard.findings.terms_clock import deadline, started_by, waited, waits
from service.profiles.giftcard.findings.terms_due import due, owed_currency, shortfall
from service.profiles.giftcard.findings.terms_payment import (
    ENDED_STATES,
    Step,
    Transfer,
    succeeded,
    transfers,
    worth,
)
from service.profiles.giftcard.findings.terms_promise import acceptance, quote
from service.profiles.giftcard.findings.terms_time import Deadline, Interval, after, exactly, interval


def evaluate(case: Case) -> Iterator[Outcome]:
    """An instance for each transfer that is late."""
    arrived = succeeded(case)
    owed = due(case) if arrived else 0
    limit = deadline(case) if owed else None
    if limit is None:
        return
    verdicts = [(each, *_judged(case, each, limit)) for each in arrived]
    if worth(case, tuple(each for each, _, _, late in verdicts if late is False)) >= owed:
        return
    if worth(case, tuple(each for each, _, _, late in verdicts if late is not True)) >= owed:
        raise Insufficient(*(Missing("time", each.entry) for each, _, _, late in verdicts if late is None))
    cured = shortfall(case) <= 0 and any(late is not True for *_, late in verdicts)
    for each, began, by, late in verdicts:
        if late is None:
            yield insufficient(Missing("time", each.entry))
        elif late:
            yield _late(case, each, began, by, cured=cured)


def _late(case: Case, transfer: Transfer, began: Interval, by: Deadline, *, cured: bool) -> Outcome:
    points = transfer.kind == "points"
    variant = "_".join(filter(None, ("points" if points else "", "cured" if cured else "")))
    moved: dict[str, Any] = {"units" if points else "leg": transfer.leg.amount}
    return proved(
        quote(case),
        acceptance(case),
        *started_by(case),
        transfer.steps[0].entry,
        transfer.entry,
        cured=cured,
        currency=owed_currency(case),
        variant=variant,
        **moved,
        by=by.latest,
        began=began.lo,
        late=began.lo - by.latest,
    )


def _judged(case: Case, transfer: Transfer, limit: Deadline) -> tuple[Interval, Deadline, Kleene]:
    """When the transfer began, its own deadline, and whether it is late."""
    tried, run = _last_run(transfer)
    earlier = tuple(each for each in transfers(case) if _earlier(each, transfer))
    by = limit.later(*waits(case, earlier)).later(*waited(case, tried))
    began = _began(case, run)
    return began, by, after(began, by)


def _earlier(other: Transfer, transfer: Transfer) -> bool:
    """Whether the other transfer was an attempt before this one."""
    if other.payout == transfer.payout:
        return other.attempt < transfer.attempt
    given_up = other.state in ("failed", "cancelled")
    return given_up and other.entry.seq < transfer.steps[0].entry.seq


def _last_run(transfer: Transfer) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps up to the last failure (of attempts that were not numbered), and those of the success."""
    steps = transfer.steps
    end = max((place for place, step in enumerate(steps) if step.state in ENDED_STATES), default=-1) + 1
    return steps[:end], steps[end:]


def _began(case: Case, run: tuple[Step, ...]) -> Interval:
    times = [
        min(parse_time(step.leg.channel_time), step.entry.received)
        for step in run
        if isinstance(step.leg.channel_time, str) and isinstance(step.leg.channel_evidence, str)
    ]
    return exactly(min(times)) if times else interval(case, run[0].entry)


RULE = Rule("payout_late", Kind.BREACH, "platform", "parties", 2, 1, evaluate)
