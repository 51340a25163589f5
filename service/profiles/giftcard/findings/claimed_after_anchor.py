"""claimed_after_anchor: an event is said to have happened after it was already anchored.

The first anchor covering an entry shows that it existed by then; a claimed time later than that block (whole
seconds, so the block's second is over) cannot be right, mostly because a clock ran ahead. Insufficient as
long as no proven slot in a block known to be final says when that was.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.anchoring import covering, existed_by, require_final
from service.profiles.giftcard.findings.case import Case, Insufficient
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved


def _evaluate(case: Case) -> Iterator[Outcome]:
    for entry in case.view.entries:
        try:
            yield _judge(entry)
        except Insufficient as lack:
            yield insufficient(*lack.missing)


def _judge(entry: Shown) -> Outcome:
    slot = covering(entry)
    block = existed_by(entry, slot)
    if entry.occurred // 1000 <= block:
        return not_proved()
    require_final(entry, slot)
    return proved(entry, occurred=entry.occurred, block=block * 1000)


RULE = Rule("claimed_after_anchor", Kind.NOTE, "platform", "parties", 1, 1, _evaluate)
