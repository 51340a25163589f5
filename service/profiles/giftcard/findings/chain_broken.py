"""chain_broken: the entries of the trade do not form one chain.

Every entry names its place (`seq`) and the leaf of the one before (`prev`). A place with two different
entries, a place that is left out though a later one exists, or a `prev` that is not the leaf before it: each
is proved by the entries alone. A sealed entry, of which only place and leaf are shown, fills its place, and
the next entry must name its leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved


def _evaluate(case: Case) -> Iterator[Outcome]:
    leaves: dict[int, set[bytes]] = {}
    shown: dict[int, list[Shown]] = {}
    for entry in case.view.entries:
        leaves.setdefault(entry.seq, set()).add(entry.leaf)
        shown.setdefault(entry.seq, []).append(entry)
    for place in case.view.sealed:
        leaves.setdefault(place.seq, set()).add(place.leaf)
    for seq, at_place in sorted(leaves.items()):
        if len(at_place) > 1:
            yield proved(*_once(shown.get(seq, [])), variant="twice", place=seq + 1)
    for before, after in pairwise(sorted({-1, *leaves})):
        if after - before == 2:
            yield proved(*_once(shown.get(after, [])), variant="missing", place=before + 2)
        elif after - before > 2:
            yield proved(*_once(shown.get(after, [])), variant="hole", first=before + 2, last=after)
    for entry in _once(case.view.entries):
        if entry.seq - 1 in leaves and entry.prev not in leaves[entry.seq - 1]:
            yield proved(entry, variant="prev", place=entry.seq + 1)


def _once(entries: list[Shown] | tuple[Shown, ...]) -> list[Shown]:
    """Each entry once: two receipts of it are no contradiction."""
    return list({entry.leaf: entry for entry in entries}.values())


RULE = Rule("chain_broken", Kind.BREACH, "operator", "parties", 3, 1, _evaluate)
