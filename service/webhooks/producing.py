"""Making messages from the log's entries: disputes at once, findings by marking the trade to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.core import disclosure
from service.disputes.ports import CaseLog
from service.log.ports import StoredEntry
from service.webhooks.messages import dispute_opened, tenant_of
from service.webhooks.ports import EventType, WebhookStore

_SETTLE_MS = 2000
"""Entries of one trade often come together; a look that waits a moment sees them all."""


class EntryMessages:
    """The follower's handler of this room. Cheap for a platform that wants nothing of it."""

    name = "webhooks"

    def __init__(self, store: WebhookStore, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._clock_ms = clock_ms

    def handle(self, log: CaseLog, entries: Sequence[StoredEntry]) -> None:
        """Write the messages of these entries; again is the same."""
        wanted = self._store.wanted(tenant_of(log))
        now = self._clock_ms()
        if EventType.DISPUTE_OPENED in wanted:
            for entry in entries:
                if entry.type == "dispute_opened":
                    self._store.put(dispute_opened(log, entry, _dispute(entry), now))
        if EventType.FINDING_PROVED in wanted:
            trades = dict.fromkeys(entry.trade for entry in entries)
            self._store.watch(log.identity.log_id, list(trades), now + _SETTLE_MS)


def _dispute(entry: StoredEntry) -> str | None:
    for text in entry.disclosures or ():
        opened = disclosure.parse(text)
        if opened.name == "dispute" and isinstance(opened.value, str):
            return opened.value
    return None
