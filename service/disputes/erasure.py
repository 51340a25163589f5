"""Erasing claims and salts of entries: recorded in the log first, then carried out everywhere.

The order of durable writes, and what a crash after each leaves behind:

1. The plan. Alone it means nothing: without its entry in the log it is dropped after a while.
2. The `erasure` entry, right behind the last entry that was looked at. From here on it will be carried out:
   when the service starts, and by a periodic task, every plan whose entry is in the log is.
3. The content in the log's rows; then every copy elsewhere (`Forgetting`); then the traces that the database
   keeps of what it deleted. Each can be repeated without harm, and is repeated once after a minute: somebody
   may have read the content before and written a copy after.
4. The plan is forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.core.errors import EventRejected, Problem, TallyError
from service.core.hexs import to_hex
from service.core.times import format_time
from service.disputes.case_entries import trade_entries
from service.disputes.holds import claims_of
from service.disputes.obstacles import AUDIENCE, ErasureBlocked, Ground, Obstacle, erasable_of, obstacles
from service.disputes.ports import (
    CaseLog,
    DecisionRecorder,
    ErasurePlan,
    ErasurePlans,
    Forgetting,
    Random,
)
from service.log.errors import LogHalted, NotInLog, RetryLater, TradeMoved
from service.log.ports import LogStore, StoredEntry
from service.profiles.giftcard.retention import Retention

_journal = logging.getLogger("tally.erasure")

_ATTEMPTS = 8
_REPEAT_AFTER_MS = 60_000
_NEVER_RECORDED_MS = 300_000
# Whatever else comes out of recording leaves open whether the entry was appended.
_NOT_APPENDED = (RetryLater, LogHalted, EventRejected)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be erased of one entry (`claims` None: all that is left) and why. `requested_by` and
    `authority` are recorded for ever, so they name a role or a file number, never a person.
    """

    claims: frozenset[str] | None = None
    ground: Ground = Ground.REQUEST
    requested_by: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure as recorded: the leaf of the erasure entry, the claims erased, the time (ms)."""

    leaf: bytes
    claims: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Target:
    """Claims of one entry to be erased, and for whom that entry is."""

    index: int
    leaf: bytes
    claims: frozenset[str]
    audience: str | None


def target_of(entry: StoredEntry, claims: Collection[str]) -> Target:
    """A target. Its audience passes to the erasure entry: that a review was erased must not tip off anybody
    from whom the review is kept.
    """
    audience = claims_of(entry).get(AUDIENCE, "restricted" if entry.type == "review" else None)
    return Target(entry.index, entry.leaf, frozenset(claims), audience if isinstance(audience, str) else None)


class Erasures:
    """Erases content. Blocking: call it off the event loop. Safe among threads and processes.

    `retention` gives a platform's periods; `forgetting` is everybody who holds copies.
    """

    def __init__(
        self,
        recorder: DecisionRecorder,
        store: LogStore,
        plans: ErasurePlans,
        retention: Callable[[str], Retention],
        *,
        clock: Callable[[], int],
        random: Random,
        forgetting: Iterable[Forgetting] = (),
    ) -> None:
        self._recorder = recorder
        self._store = store
        self._plans = plans
        self._retention = retention
        self._clock = clock
        self._random = random
        self._forgetting = tuple(forgetting)

    def erase(self, log: CaseLog, leaf: bytes, wish: Wish) -> Erased:
        """Erase claims of the entry of this leaf; a repeat gives the first answer again.

        Raises NotInLog, ErasureBlocked, EventRejected (claims the entry never had), and what recording
        raises.
        """
        found = log.reader.entry_by_leaf(leaf)
        if found is None:
            raise NotInLog("there is no entry of this leaf")
        self._settle(log, self._plans.unfinished(log.identity.log_id, found.trade))
        for _ in range(_ATTEMPTS):
            try:
                return self._erase(log, leaf, wish)
            except TradeMoved:
                continue
        raise RetryLater("other entries of the trade kept coming first", 1.0)

    def _erase(self, log: CaseLog, leaf: bytes, wish: Wish) -> Erased:
        entry = log.reader.entry_by_leaf(leaf)
        assert entry is not None, "entries never go"
        trade = trade_entries(log, entry.trade)
        present = erasable_of(entry)
        earlier = [each for each in erasures_in(trade) if each.target == leaf]
        wanted = present if wish.claims is None else wish.claims
        going = wanted & present
        gone = {name for each in earlier for name in each.claims}
        _check_wanted(wanted - present - gone)
        if not going:
            return _repeated(earlier, wish)
        against = self._against(log, trade, entry, going, wish.ground)
        if against:
            erasable = [
                each for each in sorted(present) if not self._against(log, trade, entry, [each], wish.ground)
            ]
            raise ErasureBlocked(against, erasable)
        return self.record(log, trade, [target_of(entry, going)], wish)

    def _against(
        self,
        log: CaseLog,
        trade: Sequence[StoredEntry],
        entry: StoredEntry,
        names: Collection[str],
        ground: Ground,
    ) -> tuple[Obstacle, ...]:
        return obstacles(trade, entry, names, ground, self._retention(log.platform), self._clock())

    def record(
        self,
        log: CaseLog,
        trade: Sequence[StoredEntry],
        targets: Sequence[Target],
        wish: Wish,
        *,
        scrub: bool = True,
    ) -> Erased:
        """Record one erasure of targets of one audience, decided on `trade` as it is, and carry it out;
        without `scrub` the caller does that, once for many.

        Raises TradeMoved when the trade has other entries by now; then nothing has happened.
        """
        log_id, now = log.identity.log_id, self._clock()
        plan = ErasurePlan(
            f"erasure:{self._random(12).hex()}",
            trade[0].trade,
            tuple((each.index, each.claims) for each in targets),
            now,
        )
        self._plans.add(log_id, plan)
        event = {
            "event": plan.event,
            "trade": plan.trade,
            "type": "erasure",
            "occurred": format_time(now),
            "claims": _claims(targets, wish),
        }
        try:
            appended = self._recorder.record(log, event, after=trade[-1].seq)
        except _NOT_APPENDED:
            self._plans.finish(log_id, plan.event)
            raise
        if scrub:
            self._settle(log, [plan])
        else:
            self._apply(log, plan)
        recorded = log.reader.entry_by_leaf(appended.leaf)
        assert recorded is not None, "what was answered is signed, so it is shown"
        names = sorted(name for each in targets for name in each.claims)
        return Erased(appended.leaf, tuple(names), recorded.received)

    def scrub(self) -> bool:
        """Free the database's own files of what was erased, as far as that is cheap."""
        return self._store.scrub()

    def rewrite(self) -> bool:
        """Free the database's own files of what was erased, at whatever cost; False: somebody was in the
        way.
        """
        return self._store.scrub(thorough=True)

    def carry_out(self, log: CaseLog, *, young: bool = True) -> int:
        """Carry out whatever was recorded and is not finished; how many erasures remain unfinished. Without
        `young` only what is due for its repetition: the rest was carried out when it was recorded.
        """
        plans = self._plans.unfinished(log.identity.log_id)
        now = self._clock()
        some = [each for each in plans if young or now - each.at >= _REPEAT_AFTER_MS]
        return len(plans) - self._settle(log, some)

    def _settle(self, log: CaseLog, plans: Sequence[ErasurePlan]) -> int:
        """Bring plans as far as they go now, with one scrubbing for all; how many are finished."""
        log_id, now = log.identity.log_id, self._clock()
        applied = [(plan, self._apply(log, plan)) for plan in plans]
        scrubbed = self._store.scrub() if any(forgotten is not None for _, forgotten in applied) else True
        finished = 0
        for plan, forgotten in applied:
            if forgotten is None:
                over = now - plan.at >= _NEVER_RECORDED_MS
            else:
                over = forgotten and scrubbed and now - plan.at >= _REPEAT_AFTER_MS
            if over:
                self._plans.finish(log_id, plan.event)
                finished += 1
        return finished

    def _apply(self, log: CaseLog, plan: ErasurePlan) -> bool | None:
        """Delete the content and have its copies forgotten; whether all are. None: not recorded (yet)."""
        log_id = log.identity.log_id
        recorded = log.reader.entry_by_event(plan.event)
        if recorded is None:
            return None
        for index, claims in plan.targets:
            self._store.erase(log_id, index, claims, recorded.received)
        return self._forget(log_id, plan)

    def _forget(self, log_id: bytes, plan: ErasurePlan) -> bool:
        complete = True
        for holder in self._forgetting:
            for index, claims in plan.targets:
                stored = self._store.entry(log_id, index)
                whole = stored is not None and not erasable_of(stored)
                try:
                    holder.forget(log_id, index, None if whole else claims)
                except TallyError as error:
                    # The content itself is gone. The plan stays, and so this is tried again.
                    _journal.warning("%s: %s", type(holder).__name__, type(error).__name__)
                    complete = False
        return complete


@dataclass(frozen=True, slots=True)
class RecordedErasure:
    """What one erasure entry (of this `leaf`, received `at`, ms) says of one `target`."""

    leaf: bytes
    target: bytes
    claims: tuple[str, ...]
    ground: str
    at: int


def erasures_in(trade: Iterable[StoredEntry]) -> Iterator[RecordedErasure]:
    """What the erasure entries of a trade say, in order of arrival."""
    for entry in trade:
        if entry.type != "erasure":
            continue
        claims = claims_of(entry)
        erased = claims.get("erased")
        for each in erased if isinstance(erased, list) else ():
            target = bytes.fromhex(each["leaf"][2:])
            yield RecordedErasure(
                entry.leaf, target, tuple(each["claims"]), str(claims.get("ground")), entry.received
            )


def _claims(targets: Sequence[Target], wish: Wish) -> Mapping[str, object]:
    claims: dict[str, object] = {
        "targets": [to_hex(each.leaf) for each in targets],
        "ground": wish.ground.value,
        "erased": [{"leaf": to_hex(each.leaf), "claims": sorted(each.claims)} for each in targets],
    }
    if wish.requested_by is not None:
        claims["requested_by"] = wish.requested_by
    if wish.authority is not None:
        claims["authority"] = wish.authority
    if targets[0].audience is not None:
        claims[AUDIENCE] = targets[0].audience
    return claims


def _check_wanted(unknown: Collection[str]) -> None:
    problems = [
        Problem("/claims", f"the entry has no claim {name} that could be erased", "claim_unknown")
        for name in sorted(unknown)
    ]
    if problems:
        raise EventRejected(tuple(problems))


def _repeated(earlier: Sequence[RecordedErasure], wish: Wish) -> Erased:
    """The newest erasure that has to do with the wish."""
    for each in reversed(earlier):
        if wish.claims is None or wish.claims & set(each.claims):
            return Erased(each.leaf, each.claims, each.at)
    raise EventRejected((Problem("/claims", "the entry has no claims to erase", "claim_unknown"),))
