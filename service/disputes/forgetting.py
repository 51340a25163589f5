"""Forgetting with the log: copies of erased claims in the index of cases, and files nobody names any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from service.disputes.case_entries import STEP_TYPES, shown_entry, trade_entries
from service.disputes.case_ports import AttachmentStore, CaseIndex
from service.disputes.index import files_of
from service.disputes.ports import CaseLog

_WITH_FILES: Final = frozenset({"item", "attachments", "document"})
_COPIED: Final = frozenset({"claim", "forum"})


class CaseForgetting:
    """The `Forgetting` of this room.

    A file goes once no entry of its dispute names it any more: a file that only an erased claim named is gone
    with it, one that another entry still shows stays. Files handed in and never referred to go too, for after
    an erasure nothing tells which of them the claim had meant.
    """

    def __init__(self, index: CaseIndex, attachments: AttachmentStore, logs: Iterable[CaseLog]) -> None:
        self._index = index
        self._attachments = attachments
        self._logs = {log.identity.log_id: log for log in logs}

    def forget(self, log_id: bytes, index: int, claims: frozenset[str] | None) -> None:
        """Delete every copy of these claims (None: all) of one entry."""
        log = self._logs.get(log_id)
        entry = None if log is None else log.reader.entry(index)
        if log is None or entry is None or entry.type not in STEP_TYPES:
            return
        if claims is None or claims & _COPIED:
            self._index.forget(log_id, index, code=claims is None or "claim" in claims)
        if claims is None or claims & _WITH_FILES:
            self._drop_files(log, entry.trade)

    def _drop_files(self, log: CaseLog, trade: str) -> None:
        """Remove the trade's files that no entry of it names."""
        log_id = log.identity.log_id
        steps = [shown_entry(each) for each in trade_entries(log, trade) if each.type in STEP_TYPES]
        named = frozenset[bytes]().union(*map(files_of, steps))
        for file in self._attachments.held(log_id, trade):
            if file.digest not in named:
                self._attachments.remove(log_id, file.dispute, file.digest)
