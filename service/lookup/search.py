"""Finding entries of one log by any combination of what they can be found by."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from service.log.follower import CursorStore, FollowedLog
from service.log.ports import StoredEntry
from service.lookup.facets import FacetKey
from service.lookup.index import LookupIndex
from service.lookup.ports import Facet, FacetStore

_WINDOW = 1000
_EXAMINED_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for; everything given must hold. `since` and `before` bound `received` (ms): since ≤
    received < before. `nothing`: some condition is already known to hold of no entry.
    """

    trade: str | None = None
    event: str | None = None
    leaf: bytes | None = None
    type: str | None = None
    facets: tuple[Facet, ...] = ()
    since: int | None = None
    before: int | None = None
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `following` is the position to go on from, None at the end; a page may be short, or empty,
    and go on all the same. `size`: entries the log had; `indexed`: how many of them types and facets are
    known of, the rest follows within a second or so.
    """

    entries: tuple[StoredEntry, ...]
    following: int | None
    size: int
    indexed: int


class _Lister(Protocol):
    """Enumerates at most `count` indexes in [first, last], descending if `newest`."""

    def __call__(self, first: int, last: int, count: int, *, newest: bool) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class _Condition:
    """One thing that must hold: how to enumerate the entries for which it does, and how to ask it of some."""

    listed: _Lister
    among: Callable[[Sequence[int]], Collection[int]]


class Search:
    """Answers questions with a bounded number of reads: the rarest condition enumerates, the others are asked
    of each thousand of its entries, and after ten thousand the page ends.
    """

    def __init__(self, store: FacetStore, cursors: CursorStore, key: FacetKey) -> None:
        self._store = store
        self._cursors = cursors
        self.key = key

    def find(
        self, log: FollowedLog, question: Question, position: int | None, limit: int, *, newest: bool
    ) -> Found:
        """At most `limit` entries, ascending from index `position` on, or with `newest` descending from below
        it.
        """
        size = log.reader.size()
        first, last = self._range(log.identity.log_id, question, size)
        if position is not None:
            first, last = (first, min(last, position - 1)) if newest else (max(first, position), last)
        conditions = self._conditions(log, question)
        indexes, following = _walk(conditions, first, last, limit, newest=newest)
        entries = self._store.entries(log.identity.log_id, indexes) if indexes else ()
        indexed = self._cursors.cursors().get((LookupIndex.name, log.identity.log_id), 0)
        return Found(tuple(reversed(entries) if newest else entries), following, size, min(indexed, size))

    def _range(self, log_id: bytes, question: Question, size: int) -> tuple[int, int]:
        """[first, last] by time: `received` never decreases in a log, so a time is a place."""

        def place(time: int) -> int:
            return bisect_left(range(size), time, key=lambda index: self._store.received_at(log_id, index))

        first = 0 if question.since is None else place(question.since)
        return first, (size if question.before is None else place(question.before)) - 1

    def _conditions(self, log: FollowedLog, question: Question) -> list[_Condition]:
        """The conditions of a question, the one that fewest entries meet first."""
        log_id, store, reader = log.identity.log_id, self._store, log.reader
        conditions = [_single(None)] if question.nothing else []
        if question.event is not None:
            conditions.append(_single(reader.entry_by_event(question.event)))
        if question.leaf is not None:
            conditions.append(_single(reader.entry_by_leaf(question.leaf)))
        if question.trade is not None:
            listed = partial(store.of_trade, log_id, question.trade)
            among = partial(store.being_of_trade, log_id, question.trade)
            conditions.append(_Condition(listed, among))
        conditions += (
            _Condition(partial(store.with_facet, log_id, facet), partial(store.having_facet, log_id, facet))
            for facet in question.facets
        )
        if question.type is not None:
            listed = partial(store.with_type, log_id, question.type)
            conditions.append(_Condition(listed, partial(store.having_type, log_id, question.type)))
        return conditions


def _single(entry: StoredEntry | None) -> _Condition:
    """The condition of being this entry (None: no entry is)."""
    only = () if entry is None else (entry.index,)

    def listed(first: int, last: int, count: int, *, newest: bool) -> Sequence[int]:
        return [index for index in only if first <= index <= last]

    return _Condition(listed, lambda indexes: only)


def _span(first: int, last: int, count: int, *, newest: bool) -> Sequence[int]:
    """Every index is there."""
    return (
        range(last, max(first, last - count + 1) - 1, -1)
        if newest
        else range(first, min(last + 1, first + count))
    )


def _walk(
    conditions: Sequence[_Condition], first: int, last: int, limit: int, *, newest: bool
) -> tuple[list[int], int | None]:
    """At most `limit` indexes in [first, last] that meet all conditions; where to go on, None at the end."""
    listed, others = (conditions[0].listed, conditions[1:]) if conditions else (_span, ())
    # One more than asked for tells whether there is a further page.
    window = _WINDOW if others else limit + 1
    kept: list[int] = []
    examined = 0
    while first <= last and len(kept) <= limit:
        if examined >= _EXAMINED_AT_MOST:
            return kept, last + 1 if newest else first
        seen = listed(first, last, window, newest=newest)
        examined += len(seen)
        left = set(seen).intersection(*(other.among(seen) for other in others)) if seen else set()
        kept += [index for index in seen if index in left]
        if len(seen) < window:
            break
        first, last = (first, seen[-1] - 1) if newest else (seen[-1] + 1, last)
    if len(kept) <= limit:
        return kept, None
    return kept[:limit], kept[limit] + 1 if newest else kept[limit]
