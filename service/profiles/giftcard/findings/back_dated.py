"""back_dated: the log says that it received an entry at a time that its own anchors exclude.

An anchor bounds an entry's arrival from both sides: it was in the log by the block time of the first anchor
covering it, and where the anchor before did not cover it, it was not there yet when the log signed that one.
Only a slot that is proven, in a block known to be final, can convict the log; until then the rule is
insufficient if the slot would contradict it, and not proved if it does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.anchoring import covering, existed_by, require_final
from service.profiles.giftcard.findings.case import Case, Insufficient
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_time import TAU_MS


def _evaluate(case: Case) -> Iterator[Outcome]:
    for entry in case.view.entries:
        try:
            yield _judge(entry)
        except Insufficient as lack:
            yield insufficient(*lack.missing)


def _judge(entry: Shown) -> Outcome:
    slot = covering(entry)
    block = existed_by(entry, slot) * 1000
    signed = slot.prev_signed_at * 1000
    if entry.received > block + TAU_MS:
        require_final(entry, slot)
        return proved(entry, variant="after", received=entry.received, block=block)
    if slot.prev_size <= entry.index and entry.received < signed - TAU_MS:
        require_final(entry, slot)
        return proved(entry, variant="before", received=entry.received, signed=signed)
    return not_proved()


RULE = Rule("back_dated", Kind.BREACH, "operator", "parties", 3, 1, _evaluate)
