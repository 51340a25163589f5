"""card_twice: the same card was in custody twice at the same time.

Compared are fingerprints of one scope: with other trades of the same card (the view's context), and between
lines of this one. Custody lasts from the handover to the return or the lineage event that takes the card
further; without either until now. Who is at fault does not follow, so the finding is against nobody known.
Without other trades in the context nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.custody import Spell, spells, standing
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_time import TAU_MS


def _evaluate(case: Case) -> Iterator[Outcome]:
    own = list(spells(case, case.all(*_TYPES)))
    for first, second in combinations(own, 2):
        if first.card == second.card and first.line != second.line:
            yield _judge(case, first, second)
    trades: dict[str, list[Shown]] = {}
    for entry in case.view.context:
        if entry.type in _TYPES and entry.trade != case.view.trade:
            trades.setdefault(entry.trade, []).append(entry)
    for entries in trades.values():
        entries.sort(key=lambda each: each.seq)
        try:
            theirs = list(spells(case, standing(case, entries)))
        except Insufficient as lack:
            yield insufficient(*lack.missing)
            continue
        for mine in own:
            for other in theirs:
                if other.card == mine.card:
                    yield _judge(case, mine, other)


_TYPES = ("quote", "quote_revision", "acceptance", "handover", "refund", "lineage", "correction")


def _judge(case: Case, mine: Spell, other: Spell) -> Outcome:
    least, most = _overlap(case, mine, other)
    both: Kleene = True if least > TAU_MS else False if most <= TAU_MS else None
    if both is None:
        return insufficient(Missing("time", other.handover))
    if not both:
        return not_proved(mine.handover, other.handover)
    figures: dict[str, Any] = {"first": mine.start.hi, "second": other.start.hi, "overlap": least}
    variant = "within" if mine.trade == other.trade else ""
    references = {each.leaf: each for each in (mine.handover, other.handover)}
    return proved(*references.values(), variant=variant, **figures)


def _overlap(case: Case, mine: Spell, other: Spell) -> tuple[int, int]:
    """The shortest and longest time (ms) that the card can have been held twice."""
    ends_lo = [case.now if each.end is None else each.end.lo for each in (mine, other)]
    ends_hi = [case.now if each.end is None else each.end.hi for each in (mine, other)]
    least = min(ends_lo) - max(mine.start.hi, other.start.hi)
    most = min(ends_hi) - max(mine.start.lo, other.start.lo)
    return least, most


RULE = Rule("card_twice", Kind.BREACH, "unknown", "parties", 2, 1, _evaluate)
