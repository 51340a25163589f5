"""Which submissions of a group are new, which repeat, which are refused; and the entries of the new ones.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.core.entry import build_entry, statement_digest
from service.core.merkle import leaf_hash
from service.core.times import format_time
from service.log.content import repeats
from service.log.errors import EventConflict, EventErased, MixedBatch, TradeMoved
from service.log.ports import StoredEntry, Submission, TradeTail


@dataclass(frozen=True, slots=True)
class Admitted:
    """One call's entries, in the order submitted (an event named twice gives its entry twice).

    `repeated`: they were in the log, or in this group by an earlier call; their distinct indexes are
    contiguous and ascend.
    """

    entries: tuple[StoredEntry, ...]
    repeated: bool

    @property
    def first(self) -> int:
        """The lowest index."""
        return self.entries[0].index

    @property
    def end(self) -> int:
        """The highest index, plus one."""
        return max(entry.index for entry in self.entries) + 1


class Admission:
    """Admits call after call of one group; `entries` are the new ones, dense from `first` on.

    `existing` and `tails` are what the log holds of the group's events and trades; `received` (ms) is for
    all of it.
    """

    def __init__(
        self, first: int, received: int, existing: Mapping[str, StoredEntry], tails: Mapping[str, TradeTail]
    ) -> None:
        self.entries: list[StoredEntry] = []
        self._first = first
        self._received = received
        self._received_text = format_time(received)
        self._known = dict(existing)
        self._tails = dict(tails)

    def admit(self, submissions: Sequence[Submission]) -> Admitted:
        """One call, all or nothing. EventConflict, EventErased, MixedBatch, TradeMoved; on an error nothing
        has changed.
        """
        repeated = self._repeated(submissions)
        if len(repeated) == len(submissions):
            found = tuple(self._known[each.event] for each in submissions)
            _check_contiguous(found)
            return Admitted(found, repeated=True)
        if repeated:
            raise MixedBatch(repeated)
        return Admitted(self._append(submissions), repeated=False)

    def _repeated(self, submissions: Sequence[Submission]) -> list[str]:
        """The events that are there already, with the same content."""
        repeated, conflicts, erased = [], [], []
        for submission in submissions:
            stored = self._known.get(submission.event)
            if stored is None:
                continue
            if stored.erased:
                erased.append(submission.event)
            elif repeats(submission, stored):
                repeated.append(submission.event)
            else:
                conflicts.append(submission.event)
        if conflicts:
            raise EventConflict(conflicts)
        if erased:
            raise EventErased(erased)
        return repeated

    def _append(self, submissions: Sequence[Submission]) -> tuple[StoredEntry, ...]:
        added: dict[str, StoredEntry] = {}
        tails: dict[str, TradeTail] = {}
        conflicts = []
        index = self._first + len(self.entries)
        for submission in submissions:
            twin = added.get(submission.event)
            if twin is not None:
                if not repeats(submission, twin):
                    conflicts.append(submission.event)
                continue
            trade = submission.trade
            tail = tails.get(trade) or self._tails.get(trade)
            if submission.after is not None and (tail is None or tail.seq != submission.after):
                raise TradeMoved
            stored = self._build(submission, index + len(added), tail)
            added[submission.event] = stored
            tails[trade] = TradeTail(stored.seq, stored.leaf)
        if conflicts:
            raise EventConflict(conflicts)
        self._tails.update(tails)
        self._known.update(added)
        self.entries.extend(added.values())
        return tuple(added[each.event] for each in submissions)

    def _build(self, submission: Submission, index: int, tail: TradeTail | None) -> StoredEntry:
        seq, prev = (0, None) if tail is None else (tail.seq + 1, tail.leaf)
        entry = build_entry(submission.statement, seq, prev, self._received_text, submission.signatures)
        return StoredEntry(
            index,
            leaf_hash(entry),
            submission.event,
            submission.trade,
            seq,
            submission.type,
            self._received,
            statement_digest(submission.statement),
            entry,
            submission.disclosures,
        )


def _check_contiguous(entries: Sequence[StoredEntry]) -> None:
    """Repeated events posted together get one answer only when they stand together, in this order."""
    distinct = list(dict.fromkeys(entry.index for entry in entries))
    if distinct != list(range(distinct[0], distinct[0] + len(distinct))):
        raise MixedBatch([entry.event for entry in entries])
