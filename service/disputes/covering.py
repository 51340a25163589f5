"""How long a dispute keeps the content of its trade from being erased.

Whoever owes the next step must gain nothing by silence, and a word about the end of a dispute must not open
the way to erasing what it was about: a platform may post an award, a settlement or a payment itself. So a
dispute covers its trade for a time after its last step, however it stands. It lets go at once only when the
claimant ended it here, with a link of his own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from service.disputes.case_entries import PAYMENT_TYPES, STEP_TYPES
from service.disputes.cases import Case, Step, actor_of
from service.disputes.states import AWAITING_ANSWER, Action, State
from service.log.ports import StoredEntry

_DAY_MS: Final = 86_400_000
AFTER_LAST_STEP_MS: Final = 180 * _DAY_MS
"""A dispute in which nobody does anything more, answered or decided."""
WHILE_OWED_MS: Final = 1096 * _DAY_MS
"""A dispute in which an answer or a payment is owed: three years, the general period of limitation (Civil
Code, art. 188)."""

OwnStep = Callable[[str, int], bool]
"""Whether the service recorded the event of this id itself, as a step of the trade, which had so many steps
before it. What a platform posts is never that."""


def nobodys(event: str, before: int) -> bool:
    """The `OwnStep` of whoever cannot tell: a dispute then covers for as long as it might."""
    return False


def covered_until(case: Case, trade: Sequence[StoredEntry], own_step: OwnStep) -> int | None:
    """Until when (ms) the case keeps the content of its trade, of which these are all entries by seq; None:
    its claimant has ended it.
    """
    if _ended_by_claimant(case, trade, own_step):
        return None
    owed = (case.clock is not None and case.state in AWAITING_ANSWER) or (
        case.open and case.award is not None
    )
    return max(_times(case, trade)) + (WHILE_OWED_MS if owed else AFTER_LAST_STEP_MS)


def _times(case: Case, trade: Sequence[StoredEntry]) -> Iterator[int]:
    """When the case was opened, when each step was taken that counts, and when it was paid."""
    yield case.opened.received
    yield from (step.entry.received for step in case.steps if step.ignored is None)
    if case.state is State.PAID:
        yield from (each.received for each in trade if each.type in PAYMENT_TYPES)


def _ended_by_claimant(case: Case, trade: Sequence[StoredEntry], own_step: OwnStep) -> bool:
    if case.open or case.state not in (State.WITHDRAWN, State.SETTLED):
        return False
    last = _last_that_counts(case)
    if last is None or last.action not in (Action.WITHDRAW, Action.SETTLE):
        return False
    before = sum(each.type in STEP_TYPES and each.seq < last.entry.seq for each in trade)
    return actor_of(last.entry) == case.by != "platform" and own_step(last.entry.event, before)


def _last_that_counts(case: Case) -> Step | None:
    return next((step for step in reversed(case.steps) if step.ignored is None), None)
