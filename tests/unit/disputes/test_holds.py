"""Holds: placed, listed, released, and what they keep meanwhile."""

from __future__ import annotations

import pytest

from service.core.errors import EventRejected
from service.core.times import format_time
from service.disputes.erasure import Wish
from service.disputes.holds import MOST_TARGETS, NewHold
from service.disputes.obstacles import ErasureBlocked, Ground, Reason
from service.log.errors import EventConflict, NotInLog
from tests.unit.disputes.erasing import DAY, Room


@pytest.fixture
def room() -> Room:
    room = Room()
    room.post("e", note="n")
    room.post("f", note="n")
    return room


def blocked(
    room: Room, event: str, ground: Ground = Ground.REQUEST
) -> list[tuple[str, int | None, str | None]]:
    try:
        room.erasures.erase(room.log, room.entry(event).leaf, Wish(ground=ground))
    except ErasureBlocked as error:
        return [(each.reason.value, each.until, each.event) for each in error.obstacles]
    return []


def test_a_hold_keeps_every_entry_the_trade_has(room: Room) -> None:
    hold, new = room.holds.place(room.log, "t", NewHold("court"))
    assert new
    assert hold.targets == {room.entry("e").leaf, room.entry("f").leaf}
    for event in ("e", "f"):
        for ground in Ground:
            assert blocked(room, event, ground) == [("hold", None, hold.id)]
    room.post("later", note="n")
    assert blocked(room, "later") == []


def test_a_hold_ends_when_it_says_so(room: Room) -> None:
    until = room.clock.now + DAY
    hold, _ = room.holds.place(room.log, "t", NewHold("court", until, (room.entry("e").leaf,)))
    assert blocked(room, "e") == [("hold", until, hold.id)]
    assert blocked(room, "f") == []
    room.clock.now = until - 1
    assert blocked(room, "e")
    room.clock.now = until
    assert blocked(room, "e") == []


def test_release_ends_that_hold_and_no_other(room: Room) -> None:
    first, _ = room.holds.place(room.log, "t", NewHold("one"))
    second, _ = room.holds.place(room.log, "t", NewHold("two"))
    released = room.holds.release(room.log, "t", first.id, "released")
    assert released.released == room.clock.now
    assert blocked(room, "e") == [("hold", None, second.id)]
    assert room.holds.release(room.log, "t", first.id, "released") == released
    room.clock.now += 1000
    target = ["0x" + room.entry("e").leaf.hex()]
    room.post("again", "hold", targets=target, ground="released twice", releases=first.id)
    assert room.holds.of(room.log, "t")[0] == released
    assert [each.id for each in room.holds.of(room.log, "t")] == [first.id, second.id]
    room.holds.release(room.log, "t", second.id, "released")
    assert blocked(room, "e") == []


def test_a_hold_that_the_platform_posts_holds_too(room: Room) -> None:
    target = "0x" + room.entry("e").leaf.hex()
    room.post("own", "hold", targets=[target], ground="audit", until=format_time(room.clock.now + DAY))
    assert [each[2] for each in blocked(room, "e")] == ["own"]
    room.holds.release(room.log, "t", "own", "done")
    assert blocked(room, "e") == []


def test_the_callers_id_makes_a_request_repeatable(room: Room) -> None:
    hold, new = room.holds.place(room.log, "t", NewHold("court", id="2026-17"))
    assert (hold.id, new) == ("hold:2026-17", True)
    assert room.holds.place(room.log, "t", NewHold("court", id="2026-17")) == (hold, False)
    for other in (NewHold("other", id="2026-17"), NewHold("court", 5, id="2026-17")):
        with pytest.raises(EventConflict):
            room.holds.place(room.log, "t", other)
    with pytest.raises(EventConflict):
        room.post("g", trade="u", note="n")
        room.holds.place(room.log, "u", NewHold("court", id="2026-17"))


def test_what_is_not_there_is_not_held(room: Room) -> None:
    with pytest.raises(NotInLog):
        room.holds.place(room.log, "nowhere", NewHold("court"))
    with pytest.raises(NotInLog):
        room.holds.release(room.log, "t", "hold:none", "x")
    with pytest.raises(EventRejected) as caught:
        room.holds.place(room.log, "t", NewHold("court", None, (room.entry("e").leaf, bytes(32))))
    assert [each.pointer for each in caught.value.problems] == ["/targets/1"]


def test_the_record_of_a_hold_is_never_erased(room: Room) -> None:
    hold, _ = room.holds.place(room.log, "t", NewHold("court", id="h"))
    assert [each[0] for each in blocked(room, hold.id)] == [Reason.RECORD]


def test_as_many_targets_as_are_allowed_fit_into_one_entry(room: Room) -> None:
    for number in range(MOST_TARGETS - 2):
        room.post(f"n{number}", note="n") if number % 300 == 0 else None
    room.book.post(*[(f"m{number}", "t", "x-note", {"n": 1}) for number in range(MOST_TARGETS - 5)])
    hold, _ = room.holds.place(room.log, "t", NewHold("court"))
    assert len(hold.targets) == MOST_TARGETS
    room.post("one-more", note="n")
    with pytest.raises(EventRejected):
        room.holds.place(room.log, "t", NewHold("court"))
