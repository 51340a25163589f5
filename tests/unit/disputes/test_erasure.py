"""Erasing: recorded first, then carried out everywhere, whatever goes wrong in between."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest

from service.core import verify_content
from service.core.entry import parse as parse_entry
from service.core.errors import EventRejected, TallyError
from service.disputes.erasure import Wish, erasures_in
from service.disputes.obstacles import ErasureBlocked, Ground, Reason
from service.log.errors import EventErased, NotInLog, RetryLater, TradeMoved
from service.log.fsck import LogCheck
from service.log.receipts import assemble
from service.profiles.giftcard.retention import Period, Retention
from tests.unit.disputes.erasing import DAY, LOG_ID, RULES, Room
from tests.unit.log.memory import Killed, Mode
from tests.unit.log.whole_log import IDENTITY, RECORD, check_receipt, submission

ONE = Wish(frozenset({"note"}))
AFTER_LAST_STEP_MS, WHILE_OWED_MS = 180 * DAY, 1096 * DAY


@pytest.fixture
def room() -> Room:
    return Room()


def post_one(room: Room) -> bytes:
    return room.post("e", note="call 13800001111", photo="p", audience="parties").leaf


def test_part_goes_and_the_rest_stays(room: Room) -> None:
    leaf = post_one(room)
    old = assemble(room.log.reader, room.log.anchors, IDENTITY, 0)
    erased = room.erasures.erase(room.log, leaf, Wish(frozenset({"note"}), requested_by="user"))
    assert (room.left("e"), erased.claims) == ({"photo", "audience"}, ("note",))
    entry = room.entry("e")
    assert entry.erased_at == erased.at
    assert entry.leaf == leaf
    for receipt in (old, assemble(room.log.reader, room.log.anchors, IDENTITY, 0)):
        check_receipt(receipt)
        digests = parse_entry(receipt.entry).statement.digests
        verify_content.check_disclosures(receipt.disclosures, digests)
    assert room.copies.forgotten == [(0, frozenset({"note"}))]
    assert room.erasure_entries() == [
        {
            "targets": ["0x" + leaf.hex()],
            "ground": "request",
            "requested_by": "user",
            "audience": "parties",
            "erased": [{"leaf": "0x" + leaf.hex(), "claims": ["note"]}],
        }
    ]
    assert [str(each) for each in LogCheck(room.book.store, None, RECORD, sample=1).run()] == []


def test_a_repeat_has_the_first_answer(room: Room) -> None:
    leaf = post_one(room)
    first = room.erasures.erase(room.log, leaf, ONE)
    assert room.erasures.erase(room.log, leaf, ONE) == first
    second = room.erasures.erase(room.log, leaf, Wish())
    assert (second.claims, room.left("e")) == (("photo",), {"audience"})
    assert room.erasures.erase(room.log, leaf, Wish()) == second
    assert room.erasures.erase(room.log, leaf, ONE) == first
    assert room.copies.forgotten[-1] == (0, None)
    assert len(room.erasure_entries()) == 2
    trade = room.log.reader.trade("t")
    assert [(each.claims, each.target) for each in erasures_in(trade)] == [
        (("note",), leaf),
        (("photo",), leaf),
    ]


def test_an_event_of_which_anything_is_erased_is_not_posted_again(room: Room) -> None:
    leaf = room.book.process.post(submission("e", "t", note="n", photo="p")).appended[0].leaf
    room.erasures.erase(room.log, leaf, ONE)
    for batch in (
        [submission("e", "t", note="n", photo="p")],
        [submission("new"), submission("e", "t", a=1)],
    ):
        with pytest.raises(EventErased):
            room.book.process.post(*batch)


@pytest.mark.parametrize("claims", [{"nothing"}, {"audience"}, {"note", "nothing"}])
def test_claims_that_cannot_be_erased_are_named(room: Room, claims: set[str]) -> None:
    leaf = post_one(room)
    with pytest.raises(EventRejected) as caught:
        room.erasures.erase(room.log, leaf, Wish(frozenset(claims)))
    assert [each.pointer for each in caught.value.problems] == ["/claims"]
    assert room.left("e") == {"note", "photo", "audience"}
    with pytest.raises(NotInLog):
        room.erasures.erase(room.log, bytes(32), Wish())


def test_what_the_law_keeps_is_not_erased_before_its_time(room: Room) -> None:
    leaf = room.post("q", "quote", offer={"net": 1}, presented={"template": "a"}).leaf
    for wish in (Wish(), Wish(frozenset({"offer"})), Wish(ground=Ground.RETENTION)):
        with pytest.raises(ErasureBlocked) as caught:
            room.erasures.erase(room.log, leaf, wish)
        (obstacle,) = caught.value.obstacles
        assert (obstacle.reason, obstacle.claims) == (Reason.RETENTION, ("offer",))
        assert obstacle.until == room.entry("q").received + 3 * DAY
        assert caught.value.erasable == ("presented",)
    assert room.left("q") == {"offer", "presented"}
    room.clock.now += 3 * DAY - 1
    with pytest.raises(ErasureBlocked):
        room.erasures.erase(room.log, leaf, Wish())
    room.clock.now += 1
    assert room.erasures.erase(room.log, leaf, Wish()).claims == ("offer", "presented")


def test_a_later_event_of_the_trade_prolongs_the_time_and_an_order_overrides_it(room: Room) -> None:
    leaf = room.post("q", "quote", offer={"net": 1}).leaf
    room.clock.now += 2 * DAY
    room.post("c", "cancellation", by="user", reason="none")
    room.clock.now += 2 * DAY
    with pytest.raises(ErasureBlocked):
        room.erasures.erase(room.log, leaf, Wish())
    assert room.erasures.erase(room.log, leaf, Wish(ground=Ground.ORDER, authority="court")).claims == (
        "offer",
    )


def dispute(room: Room, name: str, kind: str, /, **claims: Any) -> None:
    room.post(name, kind, dispute="d1", **claims)


def test_an_open_dispute_keeps_everything_whatever_the_ground(room: Room) -> None:
    leaf = post_one(room)
    dispute(room, "d", "dispute_opened", by="user", claim={"code": "price", "text": "x"})
    for ground in Ground:
        with pytest.raises(ErasureBlocked) as caught:
            room.erasures.erase(room.log, leaf, Wish(ground=ground))
        (obstacle,) = caught.value.obstacles
        assert (obstacle.reason, obstacle.event) == (Reason.DISPUTE, "d")
        assert obstacle.until == room.entry("d").received + WHILE_OWED_MS
        assert caught.value.erasable == ()


def kept_until(room: Room, leaf: bytes) -> int:
    """Until when a dispute keeps the note: the millisecond before that it is still there, then it goes."""
    with pytest.raises(ErasureBlocked) as caught:
        room.erasures.erase(room.log, leaf, ONE)
    (obstacle,) = caught.value.obstacles
    assert obstacle.until is not None
    assert obstacle.reason is Reason.DISPUTE
    room.clock.now = obstacle.until - 1
    with pytest.raises(ErasureBlocked):
        room.erasures.erase(room.log, leaf, ONE)
    room.clock.now += 1
    assert room.erasures.erase(room.log, leaf, ONE).claims == ("note",)
    return obstacle.until


OPENED: dict[str, Any] = {"by": "user", "claim": {"code": "price", "text": "x"}}
ANSWER = {"kind": "substantive", "position": "reject", "attachments": [{"digest": "0x" + "00" * 32}]}
DECIDED: dict[str, Any] = {"body": {"name": "x", "kind": "y"}}
PAID = {"payout": "p", "state": "succeeded", "legs": [{"leg": 1, "channel": "cash", "amount": 9}]}


@pytest.mark.parametrize(
    ("steps", "owed"),
    [
        ([], True),
        ([("dispute_answer", {"kind": "acknowledgement"})], True),
        ([("dispute_answer", ANSWER)], False),
        ([("dispute_award", {**DECIDED, "outcome": "for_user", "amount": 9})], True),
        ([("dispute_award", {**DECIDED, "outcome": "settled", "amount": 9})], True),
        ([("dispute_award", {**DECIDED, "outcome": "settled"})], False),
        ([("dispute_award", {**DECIDED, "outcome": "for_platform"})], False),
        ([("dispute_award", {**DECIDED, "outcome": "withdrawn", "actor": {"role": "user"}})], False),
        ([("dispute_award", {**DECIDED, "outcome": "for_user", "amount": 9}), ("payout", PAID)], False),
    ],
)
def test_a_dispute_covers_for_a_time_after_its_last_step(
    room: Room, steps: list[tuple[str, dict[str, Any]]], owed: bool
) -> None:
    leaf = post_one(room)
    dispute(room, "d", "dispute_opened", **OPENED)
    for number, (kind, claims) in enumerate(steps):
        room.clock.now += 30 * DAY
        dispute(room, f"s{number}", kind, **claims)
    last = room.log.reader.trade("t")[-1].received
    room.clock.now += 1
    # What does not count moves nothing: a platform must not keep what its user wants erased.
    dispute(room, "vain", "dispute_award", outcome="nonsense")
    assert kept_until(room, leaf) == last + (WHILE_OWED_MS if owed else AFTER_LAST_STEP_MS)


def test_a_claim_of_the_platforms_own_is_owed_no_answer(room: Room) -> None:
    leaf = post_one(room)
    dispute(room, "d", "dispute_opened", **{**OPENED, "by": "platform"})
    assert kept_until(room, leaf) == room.entry("d").received + AFTER_LAST_STEP_MS


@pytest.mark.parametrize("role", ["user", "mediator", "platform"])
def test_nobody_ends_it_at_once(room: Room, role: str) -> None:
    """Not even the user by his own link: a platform can make itself one."""
    leaf = post_one(room)
    dispute(room, "d", "dispute_opened", **OPENED)
    ended = room.naming.event(LOG_ID, "t", 1)
    dispute(room, ended, "dispute_award", **DECIDED, outcome="settled", actor={"role": role})
    assert kept_until(room, leaf) == room.entry(ended).received + AFTER_LAST_STEP_MS


def test_the_operator_may_set_other_times(room: Room) -> None:
    leaf = post_one(room)
    dispute(room, "d", "dispute_opened", **OPENED)
    room.rules = Retention({**RULES.rules, "disputes": Period(0, None)})
    with pytest.raises(ErasureBlocked) as caught:
        room.erasures.erase(room.log, leaf, ONE)
    assert [each.until for each in caught.value.obstacles] == [None]
    dispute(room, "w", "dispute_award", **DECIDED, outcome="for_platform")
    assert room.erasures.erase(room.log, leaf, ONE).claims == ("note",)


def test_a_step_that_met_others_on_its_way_is_known_all_the_same(room: Room) -> None:
    own = room.naming.event(LOG_ID, "t", 5)
    assert room.naming.is_step(LOG_ID, "t", own, 9)
    for trade, before in (("t", 4), ("t", 500), ("other", 5)):
        assert not room.naming.is_step(LOG_ID, trade, own, before)


def test_the_record_of_an_erasure_stays(room: Room) -> None:
    erased = room.erasures.erase(room.log, post_one(room), ONE)
    with pytest.raises(ErasureBlocked) as caught:
        room.erasures.erase(room.log, erased.leaf, Wish(ground=Ground.ORDER))
    assert [each.reason for each in caught.value.obstacles] == [Reason.RECORD]


def test_that_a_review_was_erased_tips_nobody_off(room: Room) -> None:
    leaf = room.post("r", "review", consent={"method": "none"}, rule="big").leaf
    room.erasures.erase(room.log, leaf, Wish(frozenset({"consent"})))
    assert room.erasure_entries()[0]["audience"] == "restricted"


def test_what_is_posted_in_between_is_decided_on(room: Room) -> None:
    leaf = post_one(room)
    recorder = room.recorder

    class Interrupted:
        def record(self, log, event, *, after=None):  # type: ignore[no-untyped-def]
            if room.log.reader.entry_by_event("d") is None:
                dispute(room, "d", "dispute_opened", by="user", claim={"code": "price", "text": "x"})
            return recorder.record(log, event, after=after)

    room.recorder = Interrupted()  # type: ignore[assignment]
    room.begin()
    with pytest.raises(ErasureBlocked):
        room.erasures.erase(room.log, leaf, ONE)
    assert room.left("e") == {"note", "photo", "audience"}
    assert room.erasure_entries() == []
    assert room.plans.plans == {}


def test_an_entry_is_appended_behind_what_was_looked_at_or_not_at_all(room: Room) -> None:
    post_one(room)
    late = replace(submission("late", "t"), after=1)
    with pytest.raises(TradeMoved):
        room.book.process.post(late)
    assert room.book.process.post(replace(late, after=0)).appended[0].index == 1
    with pytest.raises(TradeMoved):
        room.book.process.post(replace(submission("other", "t"), after=0))


WRITES = ("plan", "append", "commit", "last_signed", "erase", "forget", "scrub", "finish")


@pytest.mark.parametrize("error", [None, Killed])
@pytest.mark.parametrize("mode", ["lost", "kept"])
@pytest.mark.parametrize("at", WRITES)
def test_after_a_fault_at_any_write_it_is_all_or_nothing(
    at: str, mode: Mode, error: type[BaseException] | None
) -> None:
    room = Room()
    leaf = post_one(room)
    room.faults.arm(at, mode, error if at not in ("append", "commit", "last_signed") else None)
    with contextlib.suppress(TallyError, Killed):
        room.erasures.erase(room.log, leaf, ONE)
    room.faults.at = None
    room.book.restart()
    room.log = room.book.log()
    room.begin()
    room.erasures.carry_out(room.log)  # as every start does
    recorded = len(room.erasure_entries())
    assert recorded == ("note" not in room.left("e"))
    assert bool(recorded) == bool(room.copies.forgotten)
    room.clock.now += 300_001
    assert room.erasures.carry_out(room.log) == 0
    assert room.plans.plans == {}
    answer = room.erasures.erase(room.log, leaf, ONE)
    assert room.erasures.erase(room.log, leaf, ONE) == answer
    assert "note" not in room.left("e")
    assert room.copies.forgotten
    assert len(room.erasure_entries()) == 1
    assert [str(each) for each in LogCheck(room.book.store, None, RECORD, sample=1).run()] == []


def test_copies_written_meanwhile_are_forgotten_a_minute_later(room: Room) -> None:
    room.erasures.erase(room.log, post_one(room), ONE)
    assert room.erasures.carry_out(room.log) == 1
    room.clock.now += 60_000
    assert room.erasures.carry_out(room.log) == 0
    assert room.copies.forgotten == [(0, frozenset({"note"}))] * 3
    assert room.faults.trace[-2:] == ["scrub", "finish"]


def test_a_holder_of_copies_that_fails_is_asked_again(room: Room) -> None:
    leaf = post_one(room)
    room.faults.arm("forget", "lost")
    assert room.erasures.erase(room.log, leaf, ONE).claims == ("note",)
    room.clock.now += 60_000
    assert room.copies.forgotten == []
    assert room.erasures.carry_out(room.log) == 0
    assert room.copies.forgotten == [(0, frozenset({"note"}))]


def test_a_database_that_is_read_keeps_the_erasure_unfinished(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.erasures.erase(room.log, post_one(room), ONE)
    room.clock.now += 60_000
    with monkeypatch.context() as patch:
        patch.setattr(room.book.store, "scrub", lambda: False)
        assert room.erasures.carry_out(room.log) == 1
    assert room.erasures.carry_out(room.log) == 0


def test_a_trade_that_never_rests_is_put_off(room: Room) -> None:
    class Busy:
        def record(self, log, event, *, after=None):  # type: ignore[no-untyped-def]
            raise TradeMoved

    leaf = post_one(room)
    room.recorder = Busy()  # type: ignore[assignment]
    room.begin()
    with pytest.raises(RetryLater):
        room.erasures.erase(room.log, leaf, ONE)
    assert room.plans.unfinished(LOG_ID) == []


def test_a_request_that_comes_again_before_the_recovery_does_not_record_it_twice(room: Room) -> None:
    leaf = post_one(room)
    room.faults.arm("erase", "lost", Killed)
    with pytest.raises(Killed):
        room.erasures.erase(room.log, leaf, ONE)
    assert room.left("e") == {"note", "photo", "audience"}
    assert room.erasures.erase(room.log, leaf, ONE).claims == ("note",)
    assert len(room.erasure_entries()) == 1


def test_the_periodic_task_leaves_alone_what_was_just_carried_out(room: Room) -> None:
    room.erasures.erase(room.log, post_one(room), ONE)
    assert room.erasures.carry_out(room.log, young=False) == 1
    assert len(room.copies.forgotten) == 1
    room.clock.now += 60_000
    assert room.erasures.carry_out(room.log, young=False) == 0
    assert len(room.copies.forgotten) == 2
