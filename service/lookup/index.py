"""The lookup index: fed by the follower, forgetful on demand, asked for cards and types."""

from __future__ import annotations

from collections.abc import Sequence

from service.log.follower import FollowedLog
from service.log.ports import StoredEntry
from service.lookup.facets import FacetKey, indexed
from service.lookup.ports import FacetStore

_LAST = 2**53 - 1
_WINDOW = 200


class LookupIndex:
    """`EntryHandler`, `Forgetting` and `CardIndex` in one: the three sides of the same table."""

    name = "lookup"

    def __init__(self, store: FacetStore, key: FacetKey) -> None:
        self._store = store
        self._key = key

    def handle(self, log: FollowedLog, entries: Sequence[StoredEntry]) -> None:
        """Index these entries; again is the same."""
        log_id = log.identity.log_id
        self._store.put(log_id, [indexed(self._key, log_id, entry) for entry in entries])

    def forget(self, log_id: bytes, index: int, claims: frozenset[str] | None) -> None:
        """Index the entry anew from what is left of it: the facets of what was erased go with it.

        With `claims` None nothing is left, whatever the log's own row still holds.
        """
        for entry in self._store.entries(log_id, [index]):
            left = indexed(self._key, log_id, entry)
            if claims is None:
                left = type(left)(left.index, left.type, (), None)
            self._store.put(log_id, [left])

    def trades_of_card(self, log_id: bytes, scope: str, value: str, limit: int) -> Sequence[str]:
        """Ids of trades in which this card occurs, in order of first arrival."""
        facet = self._key.fingerprint(log_id, scope, value)
        trades: dict[str, None] = {}
        first = 0
        while len(trades) < limit:
            found = self._store.with_facet(log_id, facet, first, _LAST, _WINDOW, newest=False)
            for entry in self._store.entries(log_id, found):
                trades.setdefault(entry.trade)
            if len(found) < _WINDOW:
                break
            first = found[-1] + 1
        return list(trades)[:limit]

    def entries_of_type(self, log_id: bytes, event_type: str, limit: int) -> Sequence[StoredEntry]:
        """The newest entries of this type, newest first."""
        found = self._store.with_type(log_id, event_type, 0, _LAST, limit, newest=True)
        return self._store.entries(log_id, found)[::-1]
