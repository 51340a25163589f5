"""late_recorded: entries that arrived more than five minutes after they are said to have happened.

A late arrival alone is a circumstance (an outage, an import, a shop without network), no fault: of such an
entry it is only known that it lies between the two times. One instance for the whole trade. An entry whose
recording clock is not shown may or may not be one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, proved
from service.profiles.giftcard.findings.terms_time import UNKNOWN_PAST, interval


def _evaluate(case: Case) -> Iterator[Outcome]:
    late: list[Shown] = []
    longest = 0
    for entry in case.view.entries:
        moment = interval(case, entry)
        if moment.lo == UNKNOWN_PAST:
            yield insufficient(Missing("capture", entry))
        elif moment.hi > moment.lo:
            late.append(entry)
            longest = max(longest, moment.hi - moment.lo)
    if late:
        yield proved(*late, entries=len(late), longest=longest)
    case.require_whole()


RULE = Rule("late_recorded", Kind.NOTE, "platform", "parties", 1, 1, _evaluate)
