"""How long a dispute keeps the content of its trade from being erased.

Whoever owes the next step must gain nothing by silence, and no word about the end of a dispute may open the
way to erasing what it was about: a platform can post an award, a withdrawal or a payment itself, and can make
itself a link by which its user acts here. So a dispute covers its trade for a time after its last step,
however it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.disputes.case_entries import PAYMENT_TYPES
from service.disputes.cases import Case
from service.disputes.states import AWAITING_ANSWER, State
from service.log.ports import StoredEntry
from service.profiles.giftcard.retention import Period


def covered_until(case: Case, trade: Sequence[StoredEntry], period: Period) -> int | None:
    """Until when (ms) the case keeps the content of its trade, of which these are all entries; None: nobody
    can say yet. `period`: the rule `disputes`.
    """
    owed = (case.clock is not None and case.state in AWAITING_ANSWER) or (
        case.open and case.award is not None
    )
    seconds = period.most if owed else period.least
    return None if seconds is None else max(_times(case, trade)) + seconds * 1000


def _times(case: Case, trade: Sequence[StoredEntry]) -> Iterator[int]:
    """When the case was opened, when each step was taken that counts, and when it was paid."""
    yield case.opened.received
    yield from (step.entry.received for step in case.steps if step.ignored is None)
    if case.state is State.PAID:
        yield from (each.received for each in trade if each.type in PAYMENT_TYPES)
