"""Entries outside a trade that its findings depend on: tariffs in force, other trades of the same cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.core import disclosure
from service.core.entry import parse as parse_entry
from service.core.errors import FormatError
from service.core.times import parse_time
from service.disputes.ports import CardIndex, CaseLog
from service.log.ports import StoredEntry

Claims = dict[str, object]
Found = tuple[StoredEntry, frozenset[str] | None]

_MOST_TARIFFS = 200
_MOST_TRADES = 20
_MOST_ENTRIES = 64
_ALWAYS = frozenset({"capture", "audience"})
_OF_ANOTHER_TRADE = {
    "quote": frozenset({"items", "on_reject"}),
    "quote_revision": frozenset({"items", "revises"}),
    "acceptance": frozenset({"quote", "items"}),
    "handover": frozenset({"mode", "items"}),
    "inspection": frozenset({"items"}),
    "refund": frozenset({"refund", "direction", "kind", "state", "items"}),
    "lineage": frozenset({"op", "inputs", "outputs", "custody_from", "custody_to"}),
    "correction": frozenset({"target", "reason"}),
}
"""Where a card was and when; nothing of what was paid or to whom."""


def context_entries(log: CaseLog, entries: Sequence[StoredEntry], cards: CardIndex | None) -> Iterator[Found]:
    """Entries of other trades in order of index, each with the claims to show of it (None: all of them).

    Without an index only the tariffs that the trade itself names are found.
    """
    opened = [_claims(entry) for entry in entries]
    own = {entry.trade for entry in entries}
    found: dict[int, Found] = {}
    for tariff in _tariffs(log, entries, opened, cards):
        if tariff.trade not in own:
            found[tariff.index] = (tariff, None)
    for entry in _of_same_cards(log, opened, cards, own):
        found.setdefault(entry.index, (entry, _OF_ANOTHER_TRADE[entry.type] | _ALWAYS))
    for index in sorted(found):
        yield found[index]


def _tariffs(
    log: CaseLog, entries: Sequence[StoredEntry], opened: Sequence[Claims], cards: CardIndex | None
) -> Iterator[StoredEntry]:
    named = [claims["tariff"] for claims in opened if "tariff" in claims]
    for event in dict.fromkeys(each["event"] for each in named if isinstance(each, dict) and "event" in each):
        entry = log.reader.entry_by_event(event) if isinstance(event, str) else None
        if entry is not None and entry.type == "tariff":
            yield entry
    if cards is not None:
        last = max(each.received for each in entries)
        first = min(_began(each) for each in entries)
        for entry in cards.entries_of_type(log.identity.log_id, "tariff", _MOST_TARIFFS):
            if _in_force(_claims(entry), first, last):
                yield entry


def _began(entry: StoredEntry) -> int:
    """The earliest moment the entry can speak of; the statement's own time lies before it was received."""
    return min(entry.received, parse_time(parse_entry(entry.entry).statement.occurred))


def _in_force(tariff: Claims, first: int, last: int) -> bool:
    """Whether the tariff was in force at any moment of [first, last]."""
    try:
        begins = parse_time(tariff["from"])
        ends = parse_time(tariff["to"]) if tariff.get("to") is not None else None
    except (FormatError, KeyError):
        return False  # erased or withheld: nothing can be computed from it
    return begins <= last and (ends is None or ends >= first)


def _of_same_cards(
    log: CaseLog, opened: Sequence[Claims], cards: CardIndex | None, own: set[str]
) -> Iterator[StoredEntry]:
    if cards is None:
        return
    trades: dict[str, None] = {}
    for scope, value in _fingerprints(opened):
        trades.update(dict.fromkeys(cards.trades_of_card(log.identity.log_id, scope, value, _MOST_TRADES)))
    for trade in trades:
        if trade not in own:
            for entry in log.reader.trade(trade, 0, _MOST_ENTRIES):
                if entry.type in _OF_ANOTHER_TRADE:
                    yield entry


def _fingerprints(opened: Sequence[Claims]) -> Sequence[tuple[str, str]]:
    """(scope, value) of each card that the trade names, once each."""
    found: dict[tuple[str, str], None] = {}
    for claims in opened:
        for list_name in ("items", "inputs", "outputs"):
            lines = claims.get(list_name)
            for line in lines if isinstance(lines, list) else ():
                mark = line.get("fingerprint") if isinstance(line, dict) else None
                if isinstance(mark, dict) and "scope" in mark and "value" in mark:
                    found[str(mark["scope"]), str(mark["value"])] = None
    return list(found)


def _claims(entry: StoredEntry) -> Claims:
    opened = (disclosure.parse(text) for text in entry.disclosures or ())
    return {each.name: each.value for each in opened}
