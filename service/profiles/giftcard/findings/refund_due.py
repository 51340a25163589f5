"""refund_due: a card was rejected or the trade cancelled, and card or money did not come back in time.

Two promises: the time that a refund itself names first (`due_at`), and the quote's `return_within`, which
runs from the rejection or cancellation of what was handed over. Either one not kept is proved; a return that
came late is `cured`. A gesture after a dispute is no refund of this kind. Who was paid the accepted amount in
full gets no card back. Where a rejected card did not come back and no time was ever named, the rule is
insufficient.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.core.times import parse_time
from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.returns import (
    Back,
    Lines,
    due_back,
    refunds,
    return_by,
    returned,
)
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_payment import paid
from service.profiles.giftcard.findings.terms_promise import acceptance, likely_currency, quote
from service.profiles.giftcard.findings.terms_time import Deadline, after, at, interval, passed
from service.profiles.giftcard.scalars import Time

_DISPUTE = ("dispute_opened", "dispute_answer", "dispute_award", "dispute_evidence")


def _evaluate(case: Case) -> Iterator[Outcome]:
    named: set[str] = set()
    for each in refunds(case):
        try:
            outcome = _as_named(case, each)
        except Insufficient as lack:
            outcome = insufficient(*lack.missing)
        if outcome is not None:
            named.add(each.kind)
            yield outcome
    yield from _as_quoted(case, named)


def _as_named(case: Case, back: Back) -> Outcome | None:
    """Against the refund's own `due_at`; None when it names none, or belongs to a dispute."""
    causes = [ref for each in back.steps if (ref := case.want(each, "cause", Ref)) is not None]
    if any((found := case.event(ref.event)) and found.type in _DISPUTE for ref in causes):
        return None
    times = [text for each in back.steps if (text := case.want(each, "due_at", Time)) is not None]
    if not times:
        return None
    due = parse_time(times[0])
    late, done = _late(case, at(due), back.succeeded)
    if late is None:
        return insufficient(Missing("time", back.succeeded[0] if back.succeeded else back.steps[0]))
    if not late:
        return not_proved(*back.steps)
    variant = f"{back.kind}.{'late' if done else 'open'}"
    amount = case.want(back.steps[0], "amount", int) if back.kind == "money" else None
    currency = case.want(back.steps[0], "currency", str) if amount is not None else None
    when = interval(case, done).lo if done else case.now
    return proved(
        *back.steps,
        amount=amount,
        currency=currency or likely_currency(case),
        cured=done is not None,
        variant=variant,
        due=due,
        when=when,
    )


def _as_quoted(case: Case, named: set[str]) -> Iterator[Outcome]:
    """Against the quote's `return_within`, for each event that made cards due back."""
    accepted, entry = acceptance(case), quote(case)
    if accepted is None or entry is None:
        return
    owed = due_back(case)
    if not owed or paid(case) >= case.need(accepted, "amount", int):
        return
    for cause, lines in owed:
        limit = return_by(case, cause)
        if limit is None:
            back = frozenset[int | str]().union(*(each for _, each in returned(case)))
            if not lines <= back and "card" not in named:
                yield insufficient(Missing("on_reject", entry))
            continue
        yield _against(case, cause, lines, limit)


def _against(case: Case, cause: Shown, lines: Lines, limit: Deadline) -> Outcome:
    """One outcome for cards due back together: the line that came back last decides."""
    verdicts = [
        _late(case, limit, tuple(entry for entry, back in returned(case) if line in back))
        for line in sorted(lines, key=str)  # a set has no order of its own
    ]
    late = [(verdict, done) for verdict, done in verdicts if verdict]
    if late:
        done = [entry for _, entry in late if entry is not None]
        cured = len(done) == len(late)
        when = max(interval(case, each).lo for each in done) if cured else case.now
        variant = f"card.{'late' if cured else 'open'}"
        return proved(cause, *done, cured=cured, variant=variant, due=limit.latest, when=when)
    if any(verdict is None for verdict, _ in verdicts):
        return insufficient(Missing("time", cause))
    return not_proved(cause)


def _late(case: Case, limit: Deadline, succeeded: tuple[Shown, ...]) -> tuple[Kleene, Shown | None]:
    """Whether the return came after the deadline, or has not come though it has passed; and the return."""
    if not succeeded:
        return passed(case.now, limit), None
    verdicts = [after(interval(case, each), limit) for each in succeeded]
    if False in verdicts:
        return False, succeeded[verdicts.index(False)]
    return (None if None in verdicts else True), succeeded[0]


RULE = Rule("refund_due", Kind.BREACH, "platform", "parties", 2, 1, _evaluate)
