"""All rules over one trade at one time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.corrections import doubts, worlds
from service.profiles.giftcard.findings.model import Finding, TradeView, Truth
from service.profiles.giftcard.findings.rule import Outcome, Rule, finding, insufficient, outcomes
from service.profiles.giftcard.findings.rules import RULES


def evaluate(view: TradeView, now: int) -> tuple[Finding, ...]:
    """The findings of a trade at `now` (ms since 1970), in the fixed order of the rules.

    Every rule gives at least one result: each instance that is proved, else one that says insufficient or not
    proved. Total on any view; the same view and time give the same findings.
    """
    cases = worlds(view, now)
    return tuple(each for rule in RULES for each in findings_of(rule, cases))


def findings_of(rule: Rule, cases: Sequence[Case]) -> tuple[Finding, ...]:
    """One rule's findings in the given worlds (see `corrections.worlds`)."""
    return tuple(finding(rule, cases[0], outcome) for outcome in _in_all_worlds(rule, cases))


def proved(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that are proved, most severe first, else in their order."""
    chosen = [each for each in findings if each.truth is Truth.PROVED]
    return tuple(sorted(chosen, key=lambda each: -each.severity))


def for_audience(findings: Iterable[Finding], sees: Callable[[str], bool]) -> tuple[Finding, ...]:
    """Those that a reader may see, who sees what is for the audiences that `sees` names."""
    return tuple(each for each in findings if sees(each.audience))


def _in_all_worlds(rule: Rule, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """A rule's outcomes; insufficient where they depend on how an open correction turns out."""
    told = outcomes(rule, cases[0])
    others = [outcomes(rule, case) for case in cases[1:]]
    if all(other == told for other in others):
        return told
    if all(each.truth is Truth.INSUFFICIENT for other in (told, *others) for each in other):
        return told
    return (insufficient(*doubts(cases[0])),)
