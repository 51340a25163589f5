"""Fault table: every durable write of an append fails, once not persisted and once persisted; and a crash
at each.
"""

from __future__ import annotations

import pytest

from service.log.errors import CommitUnknown, LogError, LogHalted, RowsRefused, StoreFailed, StoreUnavailable
from service.log.intake import Limits
from service.log.ports import AppendedBatch
from service.log.receipts import of_batch
from service.log.recovery import Known, adopt, check_history
from tests.unit.log.memory import WRITES, Disk, Faults, Killed, MemoryLastSigned, MemoryStore, Mode
from tests.unit.log.whole_log import IDENTITY, RECORD, Process, check_whole_log, submission

LOG_ID = IDENTITY.log_id


class Machine:
    """A machine with one log; `restart` is a new process on the same disk."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.faults = Faults()
        self.store = MemoryStore(self.disk, self.faults)
        self.last_signed = MemoryLastSigned(self.disk, self.faults)
        self.store.create(RECORD)
        self.process = Process(self.store, self.last_signed).start()

    def restart(self) -> Process:
        self.process = Process(self.store, self.last_signed).start()
        return self.process

    @property
    def size(self) -> int:
        return self.store.head(LOG_ID).size


@pytest.fixture
def machine() -> Machine:
    machine = Machine()
    machine.process.post(submission("before"))
    return machine


# what fails → (mode, the poster's error, is the entry there, does the process go on without a restart)
TABLE: list[tuple[str, Mode, type[LogError], bool, bool]] = [
    ("append", "lost", StoreUnavailable, False, True),
    ("commit", "lost", CommitUnknown, False, True),
    ("commit", "kept", CommitUnknown, True, True),
    ("last_signed", "lost", LogHalted, True, False),
    ("last_signed", "kept", LogHalted, True, False),
]


@pytest.mark.parametrize(("at", "mode", "error", "there", "goes_on"), TABLE)
def test_each_write_fails(
    machine: Machine, at: str, mode: Mode, error: type[LogError], there: bool, goes_on: bool
) -> None:
    machine.faults.arm(at, mode)
    with pytest.raises(error) as caught:
        machine.process.post(submission("a"), submission("b"))
    assert machine.size == (3 if there else 1)
    if goes_on:
        assert machine.process.sequencer.halted is None
    else:
        assert isinstance(caught.value, LogHalted)
        assert not caught.value.permanent
        with pytest.raises(LogHalted):
            machine.process.post(submission("c"))
        machine.restart()
    # The poster does what the error tells it to: post the same again. It is appended once, whatever had
    # happened.
    answer = machine.process.post(submission("a"), submission("b"))
    assert answer.repeated is there
    check_whole_log(machine.store, machine.last_signed, of_batch(IDENTITY, answer))
    assert machine.size == 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("at", WRITES)
@pytest.mark.parametrize("mode", ["lost", "kept"])
def test_a_crash_at_each_write_is_recovered_by_starting(machine: Machine, at: str, mode: Mode) -> None:
    if at == "append" and mode == "kept":
        pytest.skip("rows without COMMIT are gone")
    machine.faults.arm(at, mode, Killed)
    answer: AppendedBatch | None = None
    with pytest.raises(BaseException):  # noqa: B017 - the thread is gone: no answer ever comes
        machine.process.sequencer.submit([submission("a")]).result(0.2)
    ahead = machine.disk.signed[LOG_ID][0] < machine.size
    machine.faults.trace.clear()
    machine.restart()
    assert machine.faults.trace == (["confirm", "last_signed"] if ahead else [])
    assert machine.last_signed.read(LOG_ID) == (machine.size, machine.store.head(LOG_ID).root)
    answer = machine.process.post(submission("a"))
    check_whole_log(machine.store, machine.last_signed, of_batch(IDENTITY, answer))
    assert machine.size == 2


def test_the_order_of_writes_is_rows_commit_last_signed(machine: Machine) -> None:
    machine.faults.trace.clear()
    machine.process.post(submission("a"))
    assert machine.faults.trace == ["append", "commit", "last_signed"]


def test_what_was_committed_unseen_is_confirmed_by_a_commit_before_it_is_signed(machine: Machine) -> None:
    machine.faults.arm("commit", "kept")
    with pytest.raises(CommitUnknown):
        machine.process.post(submission("a"))
    machine.faults.trace.clear()
    assert machine.process.post(submission("a")).repeated
    assert machine.faults.trace == ["confirm", "last_signed"]
    machine.faults.trace.clear()
    machine.process.post(submission("a"))
    assert machine.faults.trace == []


def test_an_unconfirmed_commit_is_not_signed(machine: Machine) -> None:
    machine.faults.arm("commit", "kept")
    with pytest.raises(CommitUnknown):
        machine.process.post(submission("a"))
    machine.faults.arm("confirm", "lost")
    with pytest.raises(CommitUnknown):
        machine.process.post(submission("a"))
    assert machine.disk.signed[LOG_ID][0] == 1
    answer = machine.process.post(submission("a"))
    check_whole_log(machine.store, machine.last_signed, of_batch(IDENTITY, answer))


def test_nothing_is_signed_before_last_signed_covers_it(machine: Machine) -> None:
    """After a COMMIT whose answer was lost, no reader of any process can get the new checkpoint's note."""
    machine.faults.arm("last_signed", "lost")
    with pytest.raises(LogHalted):
        machine.process.post(submission("a"))
    record = machine.store.checkpoint_covering(LOG_ID, 2)
    assert record is not None
    assert record.size == 2
    with pytest.raises(LogHalted, match="beyond LastSigned"):
        machine.process.notes.note(record)
    reader = machine.process.sequencer._reader
    assert reader.size() == 1
    assert reader.entry_by_event("a") is None
    assert reader.promise(1) is None
    machine.restart()
    assert machine.process.sequencer._reader.size() == 2


def test_a_row_the_database_refuses_fails_its_call_alone(machine: Machine) -> None:
    store = machine.store
    original = type(store).appending

    from contextlib import contextmanager

    @contextmanager  # the database refuses any group with the event "bad" in it
    def picky(self: MemoryStore, log_id: bytes):  # type: ignore[no-untyped-def]
        with original(self, log_id) as transaction:
            append = transaction.append

            def checked(entries, tiles, head, checkpoint):  # type: ignore[no-untyped-def]
                if any(each.event == "bad" for each in entries):
                    raise RowsRefused("no such text")
                append(entries, tiles, head, checkpoint)

            transaction.append = checked
            yield transaction

    store.appending = picky.__get__(store)  # type: ignore[method-assign]
    process = Process(store, machine.last_signed)
    good, bad, fine, known = (
        process.sequencer.submit([submission(name)]) for name in ("good", "bad", "fine", "before")
    )
    process.start()
    with pytest.raises(RowsRefused):
        bad.result(10)
    assert (good.result(10).first, fine.result(10).first, known.result(10).first) == (1, 2, 0)
    check_whole_log(store, machine.last_signed)


def test_a_programs_error_fails_the_group_not_the_thread(machine: Machine) -> None:
    machine.faults.arm("append", "lost", ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        machine.process.post(submission("a"))
    assert machine.process.post(submission("a")).first == 1
    check_whole_log(machine.store, machine.last_signed)


def test_an_older_copy_of_the_database_never_appends_again(machine: Machine) -> None:
    older = machine.disk.backup()
    machine.process.post(submission("a"))
    machine.disk.restore(older)
    # Found by the running process, at its next append …
    with pytest.raises(LogHalted, match="older copy"):
        machine.process.post(submission("b"))
    assert machine.size == 1
    # … by a new one at its start …
    machine.disk.restore(older)
    assert "older copy" in str(machine.restart().sequencer.halted)
    # … and for good: the halt is written into that copy, so that LastSigned's loss does not heal it.
    machine.disk.signed.clear()
    adopt(machine.store, machine.last_signed, LOG_ID)
    assert "the log is halted" in str(machine.restart().sequencer.halted)
    with pytest.raises(LogHalted):
        machine.process.post(submission("b"))
    assert machine.size == 1


def test_a_history_with_another_root_than_was_signed_never_appends(machine: Machine) -> None:
    older = machine.disk.backup()
    machine.process.post(submission("a"))
    signed = dict(machine.disk.signed)
    machine.disk.restore(older)
    machine.disk.signed.clear()
    machine.last_signed.advance(LOG_ID, 1, machine.store.head(LOG_ID).root)
    machine.restart().post(submission("other"), submission("one-more"))
    machine.disk.signed.update(signed)
    assert "another root at size 2" in str(machine.restart().sequencer.halted)
    record = machine.store.checkpoint_covering(LOG_ID, 1)
    assert record is not None
    with pytest.raises(LogHalted):
        machine.process.notes.note(record)
    with pytest.raises(LogHalted, match="another root at size 2"):
        check_history(machine.store, machine.last_signed, LOG_ID)
    machine.disk.restore(older)
    check_history(machine.store, machine.last_signed, LOG_ID)  # older, but the signed one as far as it goes


def test_a_lost_last_signed_stops_a_log_with_entries_until_it_is_adopted(machine: Machine) -> None:
    machine.disk.signed.clear()
    assert "LastSigned is missing" in str(machine.restart().sequencer.halted)
    adopt(machine.store, machine.last_signed, LOG_ID)
    with pytest.raises(LogError):
        adopt(machine.store, machine.last_signed, LOG_ID)


def test_a_history_is_not_adopted_against_what_is_known(machine: Machine) -> None:
    head = machine.store.head(LOG_ID)
    machine.disk.signed.clear()
    for known in (Known(head.size + 1, head.root, "a receipt"), Known(head.size, bytes(32), "a receipt")):
        with pytest.raises(LogHalted, match=r"than a receipt|a receipt has"):
            adopt(machine.store, machine.last_signed, LOG_ID, [known])
        assert machine.last_signed.read(LOG_ID) is None
    adopt(machine.store, machine.last_signed, LOG_ID, [Known(head.size, head.root, "a receipt")])
    assert machine.last_signed.read(LOG_ID) == (head.size, head.root)
    assert machine.restart().post(submission("a")).first == 1
    check_whole_log(machine.store, machine.last_signed)


def test_a_damaged_edge_stops_the_log(machine: Machine) -> None:
    machine.process.post(*(submission(f"e{number}") for number in range(300)))
    edges = machine.disk.tables[LOG_ID].edges
    edges[0], kept = type(edges[0])(0, edges[0].index, bytes(len(edges[0].hashes)), b""), edges[0]
    assert "the tiles have another root" in str(machine.restart().sequencer.halted)
    edges[0] = kept


def test_a_damaged_edge_beyond_last_signed_stops_the_log(machine: Machine) -> None:
    machine.faults.arm("commit", "kept")
    with pytest.raises(CommitUnknown):
        machine.process.post(submission("a"))
    edges = machine.disk.tables[LOG_ID].edges
    edges[0] = type(edges[0])(0, 0, edges[0].hashes[:32] + bytes(32), b"")
    assert "the tiles have another root" in str(machine.restart().sequencer.halted)


def test_what_waits_when_the_log_halts_is_not_appended(machine: Machine) -> None:
    machine.process.sequencer.stop()
    limits = {"limits": Limits(group_events=1)}
    process = Process(machine.store, machine.last_signed, options=limits)
    waiting = [process.sequencer.submit([submission(name)]) for name in "ab"]
    machine.faults.arm("last_signed", "lost")
    process.start()
    for answer in waiting:
        with pytest.raises(LogHalted):
            answer.result(10)
    assert machine.size == 2, "the first was committed, the second not even tried"


def test_a_storage_failure_while_settling_halts_until_restart(machine: Machine) -> None:
    def broken() -> None:
        raise StoreFailed("fsync failed")

    machine.store.settle = broken  # type: ignore[method-assign]
    machine.process.post(submission("a"))
    machine.process.sequencer.stop()
    assert "fsync failed" in str(machine.process.sequencer.halted)
