"""Keeping the index of cases: whatever entries arrive, the cases of their trades are told anew.

The index decides nothing and can be made again from the log at any time. Told twice, or late, it comes to
the same: what has seen fewer entries never replaces what has seen more.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.disputes.case_entries import PAYMENT_TYPES, STEP_TYPES, case_entries, trade_entries
from service.disputes.case_ports import AttachmentStore, CaseIndex, IndexedCase
from service.disputes.cases import Case, Proceedings, replay
from service.disputes.ports import CaseLog
from service.log.ports import StoredEntry
from service.profiles.giftcard.findings.model import Shown


class CaseIndexing:
    """Follows the log's entries into the index; an entry handler of the log's follower."""

    name = "disputes"

    def __init__(self, index: CaseIndex, attachments: AttachmentStore) -> None:
        self._index = index
        self._attachments = attachments

    def handle(self, log: CaseLog, entries: Sequence[StoredEntry]) -> None:
        """Index the cases of every trade that these entries belong to."""
        trades = dict.fromkeys(entry.trade for entry in entries if entry.type in STEP_TYPES)
        paid = {entry.trade for entry in entries if entry.type in PAYMENT_TYPES} - trades.keys()
        # Most payments belong to trades that nobody disputes.
        trades |= dict.fromkeys(sorted(self._index.known(log.identity.log_id, paid)))
        for trade in trades:
            self.index(log, trade_entries(log, trade))

    def index(self, log: CaseLog, entries: Sequence[StoredEntry]) -> Proceedings:
        """Index the cases of one trade, of which these are all entries; the cases."""
        told = replay(case_entries(entries))
        log_id = log.identity.log_id
        self._index.put([indexed(log_id, case, entries[-1].index) for case in told.cases])
        for case in told.cases:
            self._attachments.refer(log_id, case.dispute, case_files(case))
        return told


def indexed(log_id: bytes, case: Case, seen: int) -> IndexedCase:
    """A case as the index keeps it."""
    clock = case.runs
    forum = case.opened.claims.get("forum")
    return IndexedCase(
        log_id=log_id,
        dispute=case.dispute,
        trade=case.trade,
        index=case.opened.index,
        opened=case.opened.received,
        by=case.by[:16],
        code=case.code,
        forum=forum if isinstance(forum, str) else None,
        state=case.state.value,
        open=case.open,
        due=None if clock is None else clock.due,
        paused_until=None if clock is None else clock.pause_ends,
        answered=None if case.clock is None else case.clock.answered_at,
        seen=seen,
    )


def case_files(case: Case) -> frozenset[bytes]:
    """The digests of all files that entries of the case refer to."""
    return frozenset().union(files_of(case.opened), *(files_of(step.entry) for step in case.steps))


def files_of(entry: Shown) -> frozenset[bytes]:
    """The digests of the files that one entry refers to: its item, its document, its attachments."""
    attachments = entry.claims.get("attachments")
    named = [entry.claims.get("item"), *(attachments if isinstance(attachments, list) else ())]
    texts = [each.get("digest") for each in named if isinstance(each, dict)]
    found = set()
    for text in (*texts, entry.claims.get("document")):
        try:
            found.add(from_hex(text))
        except FormatError:
            continue  # withheld, or of a form that no file here has
    return frozenset(found)
