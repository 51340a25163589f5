"""Taking a step in a dispute: checked against what the log says, recorded as an entry of the trade's log.

No lock is needed: a step's event id says how many steps it saw before it (see `naming`), so of two steps
taken at once one collides, looks again, and is judged by the state that the other one left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.core.errors import EventRejected, Problem
from service.core.times import format_time
from service.disputes.case_entries import STEP_TYPES, shown_entry, trade_entries
from service.disputes.case_ports import AttachmentStore, CaseFilter, CaseIndex, IndexedCase
from service.disputes.cases import Case
from service.disputes.checks import check_opening, check_step, named_files
from service.disputes.errors import (
    CaseUnknown,
    ClaimOpen,
    StepForbidden,
    StepRefused,
    StepRejected,
    StepRepeatedOtherwise,
    TooManyAtOnce,
)
from service.disputes.index import CaseIndexing
from service.disputes.loading import LoadedCase, LoadedTrade, load_case, load_trade
from service.disputes.naming import Naming
from service.disputes.ports import CaseLog, Recorder
from service.disputes.requests import Claims, Opening, StepRequest, role_of
from service.disputes.states import allowed, permitted, transition
from service.log.errors import EventConflict
from service.log.ports import StoredEntry

_ATTEMPTS: Final = 12
MAX_STEPS: Final = 500
"""How many entries of disputes a trade takes here: its evidence must stay something that people can read."""
ASSURED_STEPS: Final = 50
"""How many steps of its own each side has all the same: nobody is silenced by what the other side posts."""
_PAUSE_SECONDS: Final = 0.01
_ADDED: Final = frozenset({"capture", "request"})
"""Claims that the service adds: a repeat is compared without them."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step that stands in the log; `repeated` when an earlier request had it recorded."""

    dispute: str
    index: int
    leaf: bytes
    event: str
    repeated: bool


class Steps:
    """Opens disputes and takes steps in them, for platforms, users and arbitrators. Blocking."""

    def __init__(
        self,
        recorder: Recorder,
        index: CaseIndex,
        attachments: AttachmentStore,
        naming: Naming,
        *,
        clock_ms: Callable[[], int],
        version: str,
    ) -> None:
        self._recorder = recorder
        self._index = index
        self._attachments = attachments
        self._indexing = CaseIndexing(index, attachments)
        self._naming = naming
        self._clock_ms = clock_ms
        self._version = version

    def open(self, log: CaseLog, reader: Reader, opening: Opening) -> Recorded:
        """Open a dispute. CaseUnknown, StepForbidden, StepRejected, ClaimOpen, StepRepeatedOtherwise."""
        if reader.holder == "grant":
            raise StepForbidden("a grant is for one dispute, and opens no other")
        if not reader.may_read(opening.trade):
            raise CaseUnknown("no such trade")
        new = self._naming.dispute()
        for attempt in range(_ATTEMPTS):
            trade = load_trade(log, opening.trade)
            if not trade.entries:
                raise CaseUnknown("no such trade")
            added = self._added(log, reader, opening.trade, opening.key)
            claims = check_opening(reader, trade, opening)
            claims |= {"dispute": opening.dispute or new, **added}
            recorded = self._opened_before(log, reader, trade, opening, claims)
            recorded = recorded or self._append(log, trade, "dispute_opened", claims, attempt)
            if recorded is not None:
                return recorded
        raise TooManyAtOnce("other steps of this trade came first")

    def take(self, log: CaseLog, reader: Reader, dispute: str, step: StepRequest) -> Recorded:
        """Take a step. CaseUnknown, StepForbidden, StepRefused, StepRejected, StepRepeatedOtherwise."""
        for attempt in range(_ATTEMPTS):
            case = load_case(log, self._index, reader, dispute)
            added = self._added(log, reader, case.case.trade, step.key)
            earlier = _asked_before(case.trade, added)
            _check_possible(case.case, step, role_of(reader), repeated=earlier is not None)
            claims = check_step(log, reader, case, step, self._attachments)
            claims |= {"dispute": dispute, **added}
            if earlier is not None:
                return _repeat(earlier, step.type, claims)
            files = named_files(claims)
            if files - set(
                self._attachments.put_forward(log.identity.log_id, dispute, files, self._clock_ms())
            ):
                continue  # it has just been removed: say so
            recorded = self._append(log, case.trade, step.type, claims, attempt)
            if recorded is not None:
                return recorded
        raise TooManyAtOnce("other steps of this trade came first")

    def load(self, log: CaseLog, reader: Reader, dispute: str) -> LoadedCase:
        """The case as it now stands; CaseUnknown."""
        return load_case(log, self._index, reader, dispute)

    def page(
        self, log: CaseLog, reader: Reader, wanted: CaseFilter, after: int, limit: int
    ) -> Sequence[IndexedCase]:
        """At most `limit` cases opened at an index of `after` or more that this reader may know of: by the
        length of a page, or by where the next one begins, nobody is told of others.
        """
        found: list[IndexedCase] = []
        while len(found) < limit:
            some = self._index.page(log.identity.log_id, wanted, after, limit)
            found += self.seen(log, reader, some)
            if len(some) < limit:
                break
            after = some[-1].index + 1
        return found[:limit]

    def seen(self, log: CaseLog, reader: Reader, cases: Sequence[IndexedCase]) -> Sequence[IndexedCase]:
        """Those of the cases that this reader may know of, their claims' codes only where he may see them."""
        if reader.holder == "platform":
            return cases
        seen = []
        for case in cases:
            opening = log.reader.entry(case.index)
            sight = Sight.SEALED if opening is None else sight_of(reader, opening)
            if sight is not Sight.SEALED:
                seen.append(case if sight is Sight.FULL else replace(case, code=None, forum=None))
        return seen

    def _added(self, log: CaseLog, reader: Reader, trade: str, key: str | None) -> Claims:
        role = role_of(reader)
        added: dict[str, object] = {
            "actor": {"role": role},
            "capture": {"mode": "online", "system": "tallystick", "version": self._version},
        }
        if key is not None:
            added["request"] = self._naming.mark(log.identity.log_id, trade, role, key)
        return added

    def _opened_before(
        self, log: CaseLog, reader: Reader, trade: LoadedTrade, opening: Opening, claims: Claims
    ) -> Recorded | None:
        """The dispute if this very request opened it; an error if another dispute stands in its way."""
        if trade.told.cases:
            # Whoever had them recorded may not have come to index them yet.
            self._indexing.index(log, trade.entries)
        earlier = _asked_before(trade, claims)
        named = opening.dispute
        if earlier is not None:
            drawn = frozenset({"dispute"} if named is None else ())
            return _repeat(earlier, "dispute_opened", claims, but=drawn)
        if named is not None and self._index.find(log.identity.log_id, named) is not None:
            case = trade.told.case(named)
            if case is None or not _same(case.opened.claims, claims):
                raise StepRepeatedOtherwise("the dispute's id stands for another dispute")
            return _recorded(named, trade.entries[case.opened.seq], repeated=True)
        for each in trade.told.cases:
            # Another side's claim is no answer to this one: it has its own clock, or none at all. Nor is
            # one that this reader must not see.
            same = (each.by, each.code) == (opening.by, opening.claim.get("code"))
            if each.open and same and sight_of(reader, trade.entries[each.opened.seq]) is Sight.FULL:
                raise ClaimOpen(each.dispute, each.state)
        return None

    def _append(
        self, log: CaseLog, trade: LoadedTrade, event_type: str, claims: Claims, attempt: int
    ) -> Recorded | None:
        """Record the entry and index the case; None when another step came first."""
        if trade.steps >= MAX_STEPS and self._own_steps(log, trade, claims) >= ASSURED_STEPS:
            raise StepForbidden("the trade has as many steps of disputes as it may have")
        event = self._naming.event(log.identity.log_id, trade.trade, trade.steps)
        try:
            appended = self._recorder.record(
                log,
                {
                    "event": event,
                    "trade": trade.trade,
                    "type": event_type,
                    "occurred": format_time(self._clock_ms()),
                    "claims": dict(claims),
                },
            )
        except EventConflict:
            # The other step is committed, and shown once it is signed: some milliseconds later.
            time.sleep(_PAUSE_SECONDS * attempt)
            return None
        except EventRejected as error:
            raise StepRejected(*(_of_request(problem) for problem in error.problems)) from error
        self._indexing.index(log, trade_entries(log, trade.trade))
        return Recorded(str(claims["dispute"]), appended.index, appended.leaf, event, repeated=False)

    def _own_steps(self, log: CaseLog, trade: LoadedTrade, claims: Claims) -> int:
        """How many steps of the trade the service recorded for the side that takes this one."""
        steps = [each for each in trade.entries if each.type in STEP_TYPES]
        return sum(
            self._naming.is_step(log.identity.log_id, trade.trade, each.event, before)
            and shown_entry(each).claims.get("actor") == claims["actor"]
            for before, each in enumerate(steps)
        )


def _check_possible(case: Case, step: StepRequest, role: str, *, repeated: bool) -> None:
    if not permitted(step.action, role, case.by):
        raise StepForbidden(f"this step is not for the {role} to take")
    if not repeated and transition(case.state, step.action) is None:
        raise StepRefused(step.action, case.state, allowed(case.state, role, case.by))


def _asked_before(trade: LoadedTrade, claims: Claims) -> StoredEntry | None:
    """The entry that an earlier request with the same key had recorded."""
    mark = claims.get("request")
    if mark is None:
        return None
    marked = (each for each in trade.entries if each.type in STEP_TYPES)
    return next((each for each in marked if shown_entry(each).claims.get("request") == mark), None)


def _repeat(
    entry: StoredEntry, event_type: str, claims: Claims, but: frozenset[str] = frozenset()
) -> Recorded:
    """The step as recorded earlier, if it was the same request; else StepRepeatedOtherwise."""
    known = shown_entry(entry).claims
    if entry.type != event_type or not _same(known, claims, but):
        raise StepRepeatedOtherwise("the idempotency key was used for another request")
    return _recorded(str(known["dispute"]), entry, repeated=True)


def _same(known: Claims, asked: Claims, but: frozenset[str] = frozenset()) -> bool:
    left_out = _ADDED | but
    return {name: value for name, value in known.items() if name not in left_out} == {
        name: value for name, value in asked.items() if name not in left_out
    }


def _recorded(dispute: str, entry: StoredEntry, *, repeated: bool) -> Recorded:
    return Recorded(dispute, entry.index, entry.leaf, entry.event, repeated)


def _of_request(problem: Problem) -> Problem:
    """A problem of the entry as one of the request that it was made from."""
    return Problem(problem.pointer.removeprefix("/claims"), problem.detail, problem.code)
