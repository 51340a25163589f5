"""answer_late: the first answer to the point came after 72 hours and the rests of the clock, or is overdue.

The clock is that of `answer_clock`. No answer owed: where the platform itself disputes the trade, and where
the dispute was decided, settled or withdrawn before the answer was due. Steps whose claims are not shown are
read both ways: only if the result is the same is there one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from service.profiles.giftcard import answer_clock
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved

_ANY_ANSWER = {"kind": "substantive", "position": "part", "attachments": [{}]}


def _evaluate(case: Case) -> Iterator[Outcome]:
    for opened in case.all("dispute_opened"):
        try:
            yield _judge(case, opened)
        except Insufficient as lack:
            yield insufficient(*lack.missing)


def _judge(case: Case, opened: Shown) -> Outcome:
    dispute = case.need(opened, "dispute", str)
    if case.need(opened, "by", str) == "platform":
        return not_proved(variant="own")
    steps = [
        step
        for step in case.all("dispute_answer", "dispute_evidence", "dispute_award")
        if step.claims.get("dispute", dispute) == dispute
    ]
    clock = answer_clock.answer_clock(opened, list(_read(steps, kindly=True)))
    strict = answer_clock.answer_clock(opened, list(_read(steps, kindly=False)))
    awards = [step for step in steps if step.type == "dispute_award"]
    late = _late(case, clock, awards)
    certain = _late(case, strict, [award for award in awards if _plain(award)])
    if late != certain:
        raise Insufficient(*(Missing("dispute_step", step) for step in steps if not _plain(step)))
    references = [opened, *(step for step in steps if step.received == clock.answered_at)]
    figures: dict[str, Any] = {"opened": opened.received, "due": clock.due, "rested": clock.paused_ms}
    if not late:
        return not_proved(*references)
    if clock.answered_at is None:
        return proved(opened, variant="none", now=case.now, **figures)
    answered = clock.answered_at
    return proved(*references, answered=answered, late=answered - clock.due, **figures)


def _late(case: Case, clock: answer_clock.AnswerClock, awards: Sequence[Shown]) -> bool:
    return clock.late(case.now) and not any(award.received <= clock.due for award in awards)


def _plain(step: Shown) -> bool:
    """Whether everything that decides what the step means is shown."""
    if step.withheld and "dispute" not in step.claims:
        return False
    if step.type == "dispute_answer":
        known = step.claims.get("kind") in ("info_request", "acknowledgement")
        return known or answer_clock.substantive(step) is not None
    return step.type != "dispute_evidence" or "by" in step.claims or not step.withheld


def _read(steps: Sequence[Shown], *, kindly: bool) -> Iterator[Shown]:
    """The steps, those not plain read in the platform's favour (an answer, no evidence that ends a rest) or
    against it.
    """
    for step in steps:
        if _plain(step):
            yield step
        elif step.type == "dispute_answer" and kindly:
            yield replace(step, claims={**step.claims, **_ANY_ANSWER})
        elif step.type == "dispute_evidence" and not kindly:
            yield replace(step, claims={**step.claims, "by": "user"})


RULE = Rule("answer_late", Kind.BREACH, "platform", "parties", 2, 1, _evaluate)
