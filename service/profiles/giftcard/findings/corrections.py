"""Which entries stand: a correction withdraws its target, but deletes nothing.

Before the acceptance a correction counts; where the acceptance arrived later, but may have come first (it
waited in a queue), that is open. After it, it counts with consent, or when it is against its author's
interest. The author is the platform: whoever is named as actor, it is the platform that posts. It is against
its interest to withdraw what speaks for it: a payout or refund that succeeded, a revision that nobody
accepted, a cancellation, cover that was bound, an inspection without which no less is owed, or a correction
of anything but an inspection. Where a correction does not count, an inspection recorded to replace its target
does not stand either.

Where a withheld claim leaves it open whether a correction counts, both cases are possible worlds, and only
what holds in all of them holds. Of one whose target is withheld nobody can say what it withdraws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from service.profiles.giftcard.common import Consent, Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Shown, TradeView
from service.profiles.giftcard.findings.terms_due import due
from service.profiles.giftcard.findings.terms_time import interval

_AGAINST_PLATFORM: Final = frozenset({"cancellation", "review"})
_AGAINST_PLATFORM_IN: Final = {
    ("payout", "succeeded"),
    ("refund", "succeeded"),
    ("coverage", "bound"),
    ("coverage", "paid"),
    ("escrow", "funded"),
}
_MOST_OPEN: Final = 3
"""Open corrections of one trade that are told apart; of more, all count or none does."""


def worlds(view: TradeView, now: int) -> tuple[Case, ...]:
    """The case, once for every way in which open corrections may turn out; nearly always just one."""
    corrections = [each for each in view.entries if each.type == "correction"]
    if not corrections:
        return (Case(view, now, view.entries),)
    aimless = tuple(Missing("target", each) for each in corrections if _hidden_target(view, now, each))
    plain = Case(view, now, view.entries, aimless)
    if aimless:
        return (plain,)
    open_ones = [each for each in corrections if _by_claims(plain, each) is None]
    choices: Sequence[tuple[bool, ...]]
    if len(open_ones) > _MOST_OPEN:
        choices = [(answer,) * len(open_ones) for answer in (False, True)]
    else:
        choices = list(product((False, True), repeat=len(open_ones)))
    return tuple(
        _standing(view, now, corrections, dict(zip((each.leaf for each in open_ones), answers, strict=True)))
        for answers in choices
    )


def doubts(case: Case) -> tuple[Missing, ...]:
    """The claims that would tell whether the trade's corrections count."""
    found: list[Missing] = []
    for each in case.view.entries:
        if each.type == "correction":
            try:
                case.need(each, "target", Ref)
                case.want(each, "consent", Consent)
            except Insufficient as lack:
                found.extend(lack.missing)
            else:
                found.extend([Missing("time", each)] if _before_acceptance(case, each) is None else [])
    return tuple(found) or (Missing("entries"),)


def _standing(view: TradeView, now: int, corrections: Sequence[Shown], answers: dict[bytes, bool]) -> Case:
    case = Case(view, now, view.entries)
    for correction in _in_turn(case, corrections):
        if case.event(correction.event) is None:
            continue  # withdrawn itself
        target = _target(case, correction)
        if target is None:
            continue
        known = answers.get(correction.leaf, _by_claims(case, correction))
        better = _replacement(case, correction, target)
        counts = bool(known) or _owes_no_less(case, target, better)
        gone = target if counts else better
        if gone is not None:
            case = _without(case, gone)
    return case


def _in_turn(case: Case, corrections: Sequence[Shown]) -> Iterator[Shown]:
    """First those of other corrections, the last one first, so that what a withdrawn correction had withdrawn
    stands again; then the rest in order.
    """
    of_corrections = [each for each in corrections if _type_of_target(case, each) == "correction"]
    yield from reversed(of_corrections)
    yield from (each for each in corrections if each not in of_corrections)


def _type_of_target(case: Case, correction: Shown) -> str | None:
    target = _target(case, correction)
    return None if target is None else target.type


def _by_claims(case: Case, correction: Shown) -> Kleene:
    """Whether the correction counts whatever is owed: made before the acceptance, with consent, or of an
    entry that speaks for the platform. Unknown while a claim that would tell is withheld.
    """
    target = _target(case, correction)
    if target is None:
        return False
    early = _before_acceptance(case, correction)
    against = early or _against_platform(case, target)
    if early or against:
        return True
    try:
        consent = case.want(correction, "consent", Consent)
        if consent is not None and consent.method != "none":
            return True
    except Insufficient:
        return None
    return None if early is None or against is None else False


def _before_acceptance(case: Case, correction: Shown) -> Kleene:
    """Whether the correction came before every acceptance."""
    acceptances = case.some("acceptance")
    if any(each.seq < correction.seq for each in acceptances):
        return False
    if case.holes:
        return None
    corrected_by = interval(case, correction).hi
    return True if all(corrected_by <= interval(case, each).lo for each in acceptances) else None


def _against_platform(case: Case, target: Shown) -> Kleene:
    """Whether withdrawing the target is against the platform's interest, whatever is owed."""
    if target.type in _AGAINST_PLATFORM:
        return True
    try:
        if target.type == "quote_revision":
            quotes = (case.need(each, "quote", Ref).event for each in case.some("acceptance"))
            return target.event not in tuple(quotes)
        if target.type == "correction":
            restored = _target(case, target)
            return restored is None or restored.type != "inspection"
        return (target.type, case.want(target, "state", str)) in _AGAINST_PLATFORM_IN
    except Insufficient:
        return None


def _target(case: Case, correction: Shown) -> Shown | None:
    try:
        found = case.event(case.need(correction, "target", Ref).event)
    except Insufficient:
        return None
    return None if found is None or found.seq >= correction.seq else found


def _replacement(case: Case, correction: Shown, target: Shown) -> Shown | None:
    """The inspection that was to take the target's place."""
    if target.type != "inspection":
        return None
    try:
        ref = case.want(correction, "replacement", Ref)
    except Insufficient:
        return None
    found = ref and case.event(ref.event)
    return found if found and found.type == "inspection" and found.seq > target.seq else None


def _owes_no_less(case: Case, target: Shown, replacement: Shown | None) -> bool:
    """Whether the platform owes no less without an inspection (and with what replaces it) than with it."""
    if target.type != "inspection":
        return False
    before = case if replacement is None else _without(case, replacement)
    try:
        return due(_without(case, target)) >= due(before)
    except Insufficient:
        return False


def _hidden_target(view: TradeView, now: int, correction: Shown) -> bool:
    try:
        Case(view, now, view.entries).need(correction, "target", Ref)
    except Insufficient:
        return True
    return False


def _without(case: Case, entry: Shown) -> Case:
    kept = tuple(each for each in case.entries if each.leaf != entry.leaf)
    return Case(case.view, case.now, kept)
