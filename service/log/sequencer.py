"""The sequencer: one thread a log, which appends everything that waits in one transaction and signs once.

The order of durable writes, and the recovery at each point where a crash may fall, stand in `recovery`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

from service.core.checkpoint import LogIdentity
from service.core.errors import TallyError
from service.core.tree import EdgeTiles
from service.log.admission import Admission, Admitted
from service.log.errors import (
    AnchorDeadlineRisk,
    CommitUnknown,
    LogError,
    LogHalted,
    RowsRefused,
    SigningStopped,
    StoreFailed,
)
from service.log.group_tree import GroupTree
from service.log.intake import Call, Intake, Limits
from service.log.notes import CheckpointNotes
from service.log.ports import (
    Appended,
    AppendedBatch,
    Appending,
    CheckpointRecord,
    Clock,
    DeadlineRisk,
    Head,
    LastSigned,
    LogReader,
    LogState,
    LogStore,
    SigningStop,
    StoredEntry,
    Submission,
)
from service.log.reader import StoredLogReader
from service.log.recovery import check_open, resume
from service.log.tiles import stored_tile

_log = logging.getLogger(__name__)
_VIA_NONE = bytes(32)
_SIGNING_RETRY = 15.0


@dataclass(frozen=True, slots=True)
class _Committed:
    """A group's new entries, durable: their tree, their checkpoint, and the edge after them."""

    tree: GroupTree
    checkpoint: CheckpointRecord


class Sequencer:
    """Appends to one log, in any number of processes at once. `promise`: seconds from signing to the
    anchoring deadline.
    """

    def __init__(
        self,
        identity: LogIdentity,
        store: LogStore,
        last_signed: LastSigned,
        notes: CheckpointNotes,
        *,
        promise: int,
        clock: Clock,
        deadline_risk: DeadlineRisk = lambda log_id: None,
        signing_stop: SigningStop = lambda log_id: None,
        limits: Limits = Limits(),  # noqa: B008 - immutable
        reader: LogReader | None = None,
    ) -> None:
        self._log_id = identity.log_id
        self._store = store
        self._last_signed = last_signed
        self._notes = notes
        self._promise = promise
        self._clock = clock
        self._deadline_risk = deadline_risk
        self._signing_stop = signing_stop
        self._reader = reader or StoredLogReader(identity.log_id, store, notes)
        self._intake = Intake(limits)
        self._thread = Thread(target=self._run, name=f"sequencer-{identity.origin}", daemon=True)
        self._halted: LogHalted | None = None
        # What this thread wrote last. Another head under the lock means another process, or another
        # history: look again.
        self._head: Head | None = None
        self._edge = EdgeTiles()
        self._ahead = False

    def start(self) -> None:
        """Recover, then take submissions. A log that may not append is `halted` afterwards;
        StoreUnavailable is raised.
        """
        try:
            with self._store.appending(self._log_id) as transaction:
                self._see(transaction)
                self._catch_up(transaction)
        except (LogHalted, StoreFailed) as error:
            self._halt(error)
        self._thread.start()

    def submit(self, submissions: Sequence[Submission]) -> Future[AppendedBatch]:
        """Queue submissions that are appended all or none. Raises `LogBusy` or `LogHalted` at once."""
        if self._halted is not None:
            raise LogHalted(self._halted.reason, permanent=self._halted.permanent)
        if not submissions:
            raise LogError("there is nothing to append")
        return self._intake.put(submissions)

    def stop(self, timeout: float = 10.0) -> None:
        """Append what waits, then end the thread."""
        self._intake.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    @property
    def halted(self) -> str | None:
        """Why the log does not append any more, or None."""
        return None if self._halted is None else self._halted.reason

    def _run(self) -> None:
        while (group := self._intake.take()) is not None:
            if group:
                self._append_or_fail(group)
                try:
                    self._store.settle()
                except StoreFailed as error:
                    self._halt(error)

    def _append_or_fail(self, group: Sequence[Call]) -> None:
        """Answer every call of the group. One that the database refuses must not fail its neighbours."""
        try:
            if self._halted is not None:
                raise LogHalted(self._halted.reason, permanent=self._halted.permanent)
            self._append(group)
        except RowsRefused as error:
            if len(group) == 1:
                _fail(group, error)
            else:
                for call in group:
                    self._append_or_fail([call])
        except (LogHalted, StoreFailed) as error:
            _fail(group, self._halt(error))
        except Exception as error:
            # Whether COMMIT came to be after all is seen at the next head: it is another one then.
            if not isinstance(error, LogError):
                _log.exception("a group of %d calls failed", len(group))
            _fail(group, error)

    def _append(self, group: Sequence[Call]) -> None:
        group = [call for call in group if not call.answer.done()]
        admitted: list[tuple[Call, Admitted]] = []
        committed = None
        with self._store.appending(self._log_id) as transaction:
            self._see(transaction)
            now = self._clock()
            admission = self._admission(transaction, group, max(transaction.head.received, now))
            for call in group:
                try:
                    admitted.append((call, admission.admit(call.submissions)))
                except TallyError as error:
                    _fail([call], error)
            if admission.entries:
                try:
                    self._check_promises()
                except LogError as error:
                    admitted = _without_new(admitted, transaction.head.size, error)
                else:
                    committed = self._commit(transaction, admission.entries, now)
            if committed is None:
                self._catch_up(transaction)
        if committed is not None:
            record = committed.checkpoint
            self._last_signed.advance(self._log_id, record.size, record.root)
            self._ahead = False
        self._reply(admitted, committed)

    def _see(self, transaction: Appending) -> None:
        """Make sure that the locked head continues what was signed, and hold its edge."""
        check_open(transaction.log)
        if transaction.head != self._head:
            self._head = None
            last = self._last_signed.read(self._log_id)
            self._edge = resume(transaction, last)
            self._ahead = last is None or last[0] < transaction.head.size
            self._head = transaction.head

    def _catch_up(self, transaction: Appending) -> None:
        """Let what was committed but not signed (by a crash, an unknown COMMIT) be signed now."""
        if self._ahead:
            transaction.confirm()
            self._last_signed.advance(self._log_id, transaction.head.size, transaction.head.root)
            self._ahead = False

    def _admission(self, transaction: Appending, group: Sequence[Call], received: int) -> Admission:
        submissions = [each for call in group for each in call.submissions]
        existing = transaction.existing(list({each.event: None for each in submissions}))
        tails = transaction.tails(list({each.trade: None for each in submissions}))
        return Admission(transaction.head.size, received, existing, tails)

    def _check_promises(self) -> None:
        """Nothing new may be promised that could not be kept: the chain stands still, or the clock is
        wrong.
        """
        reason = self._signing_stop(self._log_id)
        if reason is not None:
            raise SigningStopped(reason, _SIGNING_RETRY)
        retry_after = self._deadline_risk(self._log_id)
        if retry_after is not None:
            raise AnchorDeadlineRisk(retry_after)

    def _commit(self, transaction: Appending, entries: Sequence[StoredEntry], now: int) -> _Committed:
        before = transaction.head
        leaves = [entry.leaf for entry in entries]
        tree = GroupTree(before.size, self._edge.compact_range(), leaves)
        edge = self._edge.copy()
        tiles = [stored_tile(level, index, hashes) for (level, index), hashes in edge.append(leaves).items()]
        signed_at = max(before.signed_at, now // 1000)
        head = Head(edge.size, edge.root(), entries[0].received, signed_at)
        record = CheckpointRecord(
            head.size, head.root, signed_at, signed_at + self._promise, _VIA_NONE, self._notes.key(signed_at)
        )
        transaction.append(entries, tiles, head, record)
        transaction.commit()
        self._head, self._edge = head, edge
        return _Committed(tree, record)

    def _reply(self, admitted: Sequence[tuple[Call, Admitted]], committed: _Committed | None) -> None:
        """Answer every call. All answers are made before the first is given: whoever waits for it would take
        the interpreter away from the others.
        """
        answers = []
        for call, place in admitted:
            try:
                answers.append((call, self._answer(place, committed)))
            except Exception as error:
                _fail([call], error)
        for call, answer in answers:
            call.answer.set_result(answer)

    def _answer(self, place: Admitted, committed: _Committed | None) -> AppendedBatch:
        if committed is not None and place.first >= committed.tree.first:
            size, record = committed.tree.size, committed.checkpoint
            left = committed.tree.range(0, place.first)
            right = committed.tree.range(place.end, size)
            note = self._notes.note(record)
        else:
            promise = self._reader.promise(place.end - 1)
            if promise is None:
                raise CommitUnknown("the event's checkpoint is not signed yet; ask again")
            size, note = promise.record.size, promise.note
            left = self._reader.compact_range(0, place.first)
            right = self._reader.compact_range(place.end, size)
        return AppendedBatch(place.first, size, _appended(place), note, tuple(left), tuple(right))

    def _halt(self, error: LogHalted | StoreFailed) -> LogHalted:
        """Append nothing any more; for good when the history is not the signed one (then nothing is signed
        either).
        """
        halted = (
            error
            if isinstance(error, LogHalted)
            else LogHalted(f"{error}; restart the service", permanent=False)
        )
        if self._halted is None:
            self._halted = halted
            _log.critical("log 0x%s halted: %s", self._log_id.hex(), halted.reason)
            if halted.permanent:
                self._stop_for_good(halted.reason)
        return halted

    def _stop_for_good(self, reason: str) -> None:
        try:
            state = self._store.log(self._log_id).state
            if (
                state is not LogState.SEALED
            ):  # a sealed log's history is good: its checkpoints may still be asked for
                self._notes.refuse(reason)
            if state is LogState.OPEN:
                self._store.set_state(self._log_id, LogState.HALTED, reason)
        except LogError:
            _log.exception("the halt of log 0x%s could not be recorded", self._log_id.hex())


def _appended(place: Admitted) -> tuple[Appended, ...]:
    seen: set[int] = set()
    appended = []
    for entry in place.entries:
        assert entry.disclosures is not None, "an erased event is not admitted"
        repeated = place.repeated or entry.index in seen
        seen.add(entry.index)
        appended.append(Appended(entry.index, entry.leaf, entry.entry, entry.disclosures, repeated))
    return tuple(appended)


def _without_new(
    admitted: Sequence[tuple[Call, Admitted]], size: int, error: LogError
) -> list[tuple[Call, Admitted]]:
    """Fail the calls with entries from index `size` on, which are not appended; the others can still be
    answered.
    """
    kept = [(call, place) for call, place in admitted if place.end <= size]
    _fail([call for call, place in admitted if place.end > size], error)
    return kept


def _fail(calls: Sequence[Call], error: Exception) -> None:
    for call in calls:
        if not call.answer.done():
            call.answer.set_exception(error)
