from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from service.core import checkpoint
from service.core.errors import FormatError
from service.log.errors import (
    AnchorDeadlineRisk,
    EventConflict,
    EventErased,
    LogBusy,
    LogError,
    LogHalted,
    MixedBatch,
    SigningStopped,
)
from service.log.intake import Limits
from service.log.ports import LogState, Submission
from service.log.receipts import of_batch
from tests.unit.log.memory import Disk, MemoryLastSigned, MemoryStore
from tests.unit.log.whole_log import (
    IDENTITY,
    NOW,
    PROMISE,
    RECORD,
    Process,
    SettableClock,
    check_receipt,
    check_whole_log,
    submission,
)

LOG_ID = IDENTITY.log_id


@pytest.fixture
def process() -> Process:
    disk = Disk()
    store = MemoryStore(disk)
    store.create(RECORD)
    return Process(store, MemoryLastSigned(disk))


def erase(process: Process, index: int) -> None:
    tables = process.store.disk.tables[LOG_ID]  # type: ignore[attr-defined]
    tables.entries[index] = replace(tables.entries[index], disclosures=None, erased_at=NOW)


def test_a_batch_is_appended_in_order_with_chained_trades(process: Process) -> None:
    receipts = process.start().receipts(submission("a", "t"), submission("b", "u"), submission("c", "t"))
    assert [receipt.index for receipt in receipts] == [0, 1, 2]
    check_whole_log(process.store, process.last_signed, receipts)
    signed = checkpoint.parse_signed(receipts[0].checkpoint)
    assert (signed.size, signed.signed_at, signed.anchor_by) == (3, NOW // 1000, NOW // 1000 + PROMISE)
    assert signed.via == bytes(32)


def test_a_repeated_event_gets_its_first_receipt_under_its_first_checkpoint(process: Process) -> None:
    first = process.start().post(submission("a"))
    process.post(submission("b"))
    again = process.post(submission("a"))
    assert again.repeated
    assert not first.repeated
    assert of_batch(IDENTITY, again) == of_batch(IDENTITY, first)
    assert process.store.head(LOG_ID).size == 2


def test_a_repeated_batch_gets_its_original_answer(process: Process) -> None:
    names = [f"e{number}" for number in range(5)]
    first = process.start().post(*(submission(name) for name in names))
    process.post(submission("later"))
    again = process.post(*(submission(name) for name in names))
    assert of_batch(IDENTITY, again) == of_batch(IDENTITY, first)
    assert (again.first, again.size, again.left, again.right) == (
        first.first,
        first.size,
        first.left,
        first.right,
    )


def test_other_content_under_a_known_id_is_a_conflict_and_changes_nothing(process: Process) -> None:
    process.start().post(submission("a"))
    with pytest.raises(EventConflict) as caught:
        process.post(submission("b"), submission("a", "trade-1", text="something else"))
    assert caught.value.events == ("a",)
    with pytest.raises(EventConflict):
        process.post(submission("a", "another-trade"))
    assert process.store.head(LOG_ID).size == 1


def test_a_mixed_batch_names_the_repeated_events(process: Process) -> None:
    process.start().post(submission("a"))
    with pytest.raises(MixedBatch) as caught:
        process.post(submission("a"), submission("new"))
    assert caught.value.events == ("a",)
    assert process.store.head(LOG_ID).size == 1


def test_repeated_events_that_do_not_stand_together_are_a_mixed_batch(process: Process) -> None:
    process.start()
    for name in "abc":
        process.post(submission(name))
    for names in ("ac", "ba", "cb"):
        with pytest.raises(MixedBatch):
            process.post(*(submission(name) for name in names))
    together = process.post(*(submission(name) for name in "abc"))
    assert (together.first, together.size) == (0, 3)
    for receipt in of_batch(IDENTITY, together):
        check_receipt(receipt)


def test_an_erased_event_is_not_taken_again(process: Process) -> None:
    process.start().post(submission("a"))
    erase(process, 0)
    with pytest.raises(EventErased) as caught:
        process.post(submission("a"))
    assert caught.value.events == ("a",)


def test_one_event_twice_in_one_batch_is_one_entry(process: Process) -> None:
    answer = process.start().post(submission("a"), submission("b"), submission("a"))
    assert [item.index for item in answer.appended] == [0, 1, 0]
    assert [item.repeated for item in answer.appended] == [False, False, True]
    assert [item.index for item in answer.distinct] == [0, 1]
    receipts = of_batch(IDENTITY, answer)
    assert receipts[0] == receipts[2]
    check_whole_log(process.store, process.last_signed, receipts)
    again = process.post(submission("a"), submission("b"), submission("a"))
    assert of_batch(IDENTITY, again) == receipts


def test_one_id_twice_in_one_batch_with_other_content_is_a_conflict(process: Process) -> None:
    with pytest.raises(EventConflict):
        process.start().post(submission("a"), submission("a", text="else"))
    assert process.store.head(LOG_ID).size == 0


def test_everything_waiting_goes_into_one_group_and_each_call_gets_its_own_place(process: Process) -> None:
    def put(*submissions: Submission) -> Callable[[], object]:
        return process.sequencer.submit(submissions).result

    waiting = [
        put(submission("a", "t")),
        put(submission("b", "t"), submission("c", "t")),
        put(submission("a", "t")),
        put(submission("a", "t", text="else")),
        put(submission("c", "t"), submission("d", "t")),
        put(submission("b", "t"), submission("c", "t")),
        put(submission("d", "t")),
    ]
    process.start()
    a, bc, a_again, conflict, mixed, bc_again, d = waiting
    with pytest.raises(EventConflict):
        conflict()
    with pytest.raises(MixedBatch):
        mixed()
    answers = [a(), bc(), a_again(), bc_again(), d()]
    receipts = [receipt for answer in answers for receipt in of_batch(IDENTITY, answer)]  # type: ignore[arg-type]
    assert [receipt.index for receipt in receipts] == [0, 1, 2, 0, 1, 2, 3]
    assert len({receipt.checkpoint for receipt in receipts}) == 1
    assert receipts[0] == receipts[3]
    check_whole_log(process.store, process.last_signed, receipts)


def test_a_repeat_across_the_border_of_a_group_is_answered(process: Process) -> None:
    process.start().post(submission("a"))
    process.sequencer.stop()
    process = Process(process.store, process.last_signed)
    first = process.sequencer.submit([submission("b")])
    both = process.sequencer.submit([submission("a"), submission("b")])
    process.start()
    assert first.result(10).first == 1
    assert (both.result(10).first, both.result(10).size) == (0, 2)
    for receipt in of_batch(IDENTITY, both.result(10)):
        check_receipt(receipt)


def test_fifty_parallel_posters_of_one_event_get_one_entry_and_one_receipt(process: Process) -> None:
    process.start().post(submission("before"))
    with ThreadPoolExecutor(50) as posters:
        answers = list(posters.map(lambda _: process.post(submission("same")), range(50)))
    receipts = [of_batch(IDENTITY, answer)[0] for answer in answers]
    assert receipts == [receipts[0]] * 50
    assert [answer.repeated for answer in answers].count(False) == 1
    check_whole_log(process.store, process.last_signed, receipts)


def test_own_salts_must_come_again_exactly(process: Process) -> None:
    once, other = submission("a"), submission("a")
    process.start().post(replace(once, own_salts=True))
    assert process.post(replace(once, own_salts=True)).repeated
    assert process.post(other).repeated, "a repeat without own salts is compared by its claims"
    with pytest.raises(EventConflict):
        process.post(replace(other, own_salts=True))


def test_clocks_never_go_back(process: Process) -> None:
    clock = process.clock
    assert isinstance(clock, SettableClock)
    receipts = process.start().receipts(submission("a"))
    clock.now -= 60_000
    receipts += process.receipts(submission("b"))
    clock.now += 90_500
    receipts += process.receipts(submission("c"))
    check_whole_log(process.store, process.last_signed, receipts)
    signed = [checkpoint.parse_signed(receipt.checkpoint).signed_at for receipt in receipts]
    assert signed == [NOW // 1000, NOW // 1000, NOW // 1000 + 30]


def test_nothing_new_while_the_deadline_is_at_risk_but_repeats_are_answered(process: Process) -> None:
    first = process.start().post(submission("a"))
    process.sequencer.stop()
    risky = Process(process.store, process.last_signed, options={"deadline_risk": lambda log_id: 7.0})
    repeated = risky.sequencer.submit([submission("a")])
    new = risky.sequencer.submit([submission("b")])
    risky.start()
    with pytest.raises(AnchorDeadlineRisk) as caught:
        new.result(10)
    assert caught.value.retry_after == 7.0
    assert of_batch(IDENTITY, repeated.result(10)) == of_batch(IDENTITY, first)
    assert process.store.head(LOG_ID).size == 1


def test_nothing_is_signed_while_the_clock_is_wrong(process: Process) -> None:
    wrong = Process(process.store, process.last_signed, options={"signing_stop": lambda log_id: "90 s off"})
    with pytest.raises(SigningStopped, match="90 s off"):
        wrong.start().post(submission("a"))
    assert process.store.head(LOG_ID).size == 0


def test_a_full_queue_pushes_back(process: Process) -> None:
    tight = Process(process.store, process.last_signed, options={"limits": Limits(queued_events=2)})
    tight.sequencer.submit([submission("a"), submission("b"), submission("c")])
    with pytest.raises(LogBusy) as caught:
        tight.sequencer.submit([submission("d")])
    assert caught.value.retry_after > 0
    tight.start()
    tight.sequencer.stop()
    assert tight.store.head(LOG_ID).size == 3, "an empty queue takes any call"


def test_a_group_is_bounded(process: Process) -> None:
    small = Process(process.store, process.last_signed, options={"limits": Limits(group_events=2)})
    waiting = [small.sequencer.submit([submission(name)]) for name in "abcde"]
    small.start()
    assert [each.result(10).size for each in waiting] == [2, 2, 4, 4, 5]


def test_a_poster_who_left_is_not_appended_for(process: Process) -> None:
    gone = process.sequencer.submit([submission("gone")])
    stays = process.sequencer.submit([submission("stays")])
    assert gone.cancel()
    process.start()
    assert stays.result(10).first == 0
    assert process.store.entry_by_event(LOG_ID, "gone") is None


def test_a_submission_that_makes_no_entry_fails_alone(process: Process) -> None:
    from service.core.entry import Signature

    bad = replace(submission("bad"), signatures=(Signature("eip712", "not an address", "r", "0x"),))
    refused = process.sequencer.submit([bad])
    good = process.sequencer.submit([submission("good")])
    process.start()
    with pytest.raises(FormatError):
        refused.result(10)
    assert good.result(10).first == 0


def test_nothing_at_all_is_refused(process: Process) -> None:
    with pytest.raises(LogError):
        process.start().post()


@pytest.mark.parametrize("state", [LogState.SEALED, LogState.HALTED])
def test_a_log_that_is_not_open_does_not_append(process: Process, state: LogState) -> None:
    process.start().post(submission("a"))
    process.store.set_state(LOG_ID, state, "by the owner")
    with pytest.raises(LogHalted, match="by the owner"):
        process.post(submission("b"))
    with pytest.raises(LogHalted):
        process.sequencer.submit([submission("b")])
    assert process.sequencer.halted is not None
    later = Process(process.store, process.last_signed).start()
    assert later.sequencer.halted is not None
    assert process.store.log(LOG_ID).reason == "by the owner"
    assert process.store.head(LOG_ID).size == 1


def test_a_sealed_logs_checkpoints_can_still_be_read_a_halted_ones_not(process: Process) -> None:
    process.start().post(submission("a"))
    record = process.store.checkpoint_covering(LOG_ID, 1)
    assert record is not None
    process.store.set_state(LOG_ID, LogState.SEALED, None, b"\7" * 32)
    later = Process(process.store, process.last_signed).start()
    assert later.notes.note(record)
    process.store.set_state(LOG_ID, LogState.HALTED, "broken")
    later = Process(process.store, process.last_signed).start()
    with pytest.raises(LogHalted):
        later.notes.note(record)


def test_stopping_appends_what_waits(process: Process) -> None:
    process.start()
    waiting = [process.sequencer.submit([submission(f"e{number}")]) for number in range(20)]
    process.sequencer.stop()
    assert all(each.done() for each in waiting)
    with pytest.raises(LogBusy):
        process.sequencer.submit([submission("late")])
