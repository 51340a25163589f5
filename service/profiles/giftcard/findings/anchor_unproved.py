"""anchor_unproved: an anchor is named whose record is not proven, or whose block is not final.

One instance for each anchor named. While an entry has no anchor yet there is nothing to prove, and when
nobody said which blocks are final that is what is missing: both are insufficient. Anchors through a directory
log (`via`) are passed over: their proof is the directory's.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.model import Anchored, Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved


def _evaluate(case: Case) -> Iterator[Outcome]:
    named: dict[tuple[int, bytes], list[Shown]] = {}
    for entry in case.view.entries:
        if entry.promise.via:
            continue
        if entry.anchor is None:
            yield insufficient(Missing("anchor", entry))
        else:
            named.setdefault((entry.anchor.size, entry.anchor.root), []).append(entry)
    for entries in named.values():
        anchors = [entry.anchor for entry in entries if entry.anchor is not None]
        yield _judge(entries, anchors)


def _judge(entries: list[Shown], anchors: list[Anchored]) -> Outcome:
    """Receipts gathered at different times may show the same anchor differently: the best of them counts."""
    size = anchors[0].size
    if not any(anchor.proved for anchor in anchors):
        return proved(*entries, variant="proof", size=size)
    final = [anchor.final for anchor in anchors if anchor.proved]
    if True in final:
        return not_proved()
    if False in final:
        return proved(*entries, variant="final", size=size)
    return insufficient(Missing("anchor.final", entries[0]))


RULE = Rule("anchor_unproved", Kind.NOTE, "operator", "parties", 1, 1, _evaluate)
