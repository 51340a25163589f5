"""Who held which card when: spells of custody from the handover of a line to its return, or to the lineage
event that takes the card further.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.profiles.giftcard.common import LineItem, LineItems, Lines, Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_time import Interval, interval
from service.profiles.giftcard.oversight import LineageInput
from service.profiles.giftcard.quote import Fingerprint, QuoteItem

Card = tuple[str, str]
"""Scope and value of a fingerprint."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One card in the platform's hands; `end` None: until now, as far as the entries say."""

    card: Card
    trade: str
    line: int | str
    handover: Shown
    start: Interval
    end: Interval | None


def spells(case: Case, entries: Sequence[Shown]) -> Iterator[Spell]:
    """The spells of one trade, from its entries in order of seq. Raises Insufficient where a claim that tells
    them is not shown.
    """
    cards = _cards(case, entries)
    accepted = _accepted(case, entries)
    open_: dict[int | str, tuple[Shown, Interval]] = {}
    early: dict[int | str, Interval] = {}
    for entry in entries:
        if entry.type == "handover":
            for line in _named(case, entry, accepted or cards):
                open_.setdefault(line, (entry, interval(case, entry)))
        for line, moment in _closing(case, entry, cards, accepted):
            if line in open_:
                handover, start = open_.pop(line)
                yield from (
                    _spell(card, line, handover, start, moment) for card in sorted(cards.get(line, ()))
                )
            else:
                early[line] = moment
    for line, (handover, start) in open_.items():
        # A return that arrived before the handover did (a queue emptied late) ends it all the same.
        ended = early.get(line)
        end = ended if ended is not None and ended.hi >= start.lo else None
        yield from (_spell(card, line, handover, start, end) for card in sorted(cards.get(line, ())))


def standing(case: Case, entries: Iterable[Shown]) -> tuple[Shown, ...]:
    """The entries of another trade without what a correction says did not happen: of that trade too little is
    known to ask whether the correction counts.
    """
    entries = tuple(entries)
    gone = {
        target.event
        for each in entries
        if each.type == "correction" and (target := case.want(each, "target", Ref)) is not None
    }
    return tuple(each for each in entries if each.event not in gone)


def _spell(card: Card, line: int | str, handover: Shown, start: Interval, end: Interval | None) -> Spell:
    return Spell(card, handover.trade, line, handover, start, end)


def _cards(case: Case, entries: Sequence[Shown]) -> dict[int | str, set[Card]]:
    cards: dict[int | str, set[Card]] = {}
    for entry in entries:
        if entry.type in ("quote", "quote_revision"):
            for item in case.need(entry, "items", list[QuoteItem]):
                found = cards.setdefault(item.line, set())
                if (card := card_of(item.fingerprint)) is not None:
                    found.add(card)
    return cards


def card_of(fingerprint: object) -> Card | None:
    """The card of a fingerprint that says both scope and value."""
    if not isinstance(fingerprint, Fingerprint):
        return None
    scope, value = fingerprint.scope, fingerprint.value
    return (scope, value) if isinstance(scope, str) and isinstance(value, str) else None


def _accepted(case: Case, entries: Sequence[Shown]) -> Iterable[int | str] | None:
    """The lines of the last acceptance; None where it names none."""
    acceptances = [each for each in entries if each.type == "acceptance"]
    return case.want(acceptances[-1], "items", Lines) if acceptances else None


def _named(case: Case, entry: Shown, every: Iterable[int | str]) -> Iterable[int | str]:
    items = case.want(entry, "items", LineItems)
    return every if items is None else [each.line if isinstance(each, LineItem) else each for each in items]


def _closing(
    case: Case, entry: Shown, cards: dict[int | str, set[Card]], accepted: Iterable[int | str] | None
) -> Iterator[tuple[int | str, Interval]]:
    """The lines whose custody the entry ends, and when."""
    if entry.type == "refund":
        returns = (case.need(entry, name, str) for name in ("direction", "kind", "state"))
        if tuple(returns) == ("to_user", "card", "succeeded"):
            for line in _named(case, entry, accepted or cards):
                yield line, interval(case, entry)
    elif entry.type == "lineage":
        inputs = {card_of(each.fingerprint) for each in case.need(entry, "inputs", list[LineageInput])}
        if None in inputs:
            raise Insufficient(Missing("inputs.fingerprint", entry))
        for line, known in cards.items():
            if known & inputs:
                yield line, interval(case, entry)
