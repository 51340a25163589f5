"""The 72-hour clock of a dispute and its rests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.profiles.giftcard.answer_clock import ANSWER_MS, AnswerClock, answer_clock, substantive
from service.profiles.giftcard.findings.model import Promise, Shown

HOUR = 3_600_000
OPENED = 1_795_000_000_000
POINTED = {"position": "reject", "reasons": [{"refs": [{"event": "a", "digest": "0x00"}]}]}


def shown(seq: int, hours: float, type_: str, withheld: int = 0, **claims: Any) -> Shown:
    at = OPENED + round(hours * HOUR)
    leaf = seq.to_bytes(32, "big")
    promise = Promise(seq + 1, leaf, at // 1000, at // 1000 + 60, via=False)
    return Shown(
        seq,
        leaf,
        leaf,
        seq,
        None,
        f"e{seq}",
        "t",
        type_,
        at,
        at,
        {"dispute": "d"} | claims,
        withheld,
        promise,
    )


def clock(*steps: tuple[float, str], opened: Shown | None = None) -> AnswerClock:
    """Steps as (hours after the opening, what happens)."""
    entries = []
    for seq, (hours, what) in enumerate(steps, 1):
        match what:
            case "evidence":
                entries.append(shown(seq, hours, "dispute_evidence", by="user"))
            case "platform's evidence":
                entries.append(shown(seq, hours, "dispute_evidence", by="platform"))
            case "substantive":
                entries.append(shown(seq, hours, "dispute_answer", kind=what, **POINTED))
            case _:
                entries.append(shown(seq, hours, "dispute_answer", kind=what))
    return answer_clock(opened or shown(0, 0, "dispute_opened", by="user"), entries)


def hours(ms: int | None) -> float | None:
    return None if ms is None else (ms - OPENED) / HOUR


@pytest.mark.parametrize(
    ("steps", "due", "paused", "since", "answered"),
    [
        ((), 72, 0, None, None),
        (((1, "acknowledgement"),), 72, 0, None, None),
        (((71, "substantive"),), 72, 0, None, 71),
        (((80, "substantive"), (81, "substantive")), 72, 0, None, 80),
        (((10, "info_request"), (30, "evidence")), 92, 20, None, None),
        (((10, "info_request"), (30, "evidence"), (91, "substantive")), 92, 20, None, 91),
        (((10, "info_request"),), 144, 0, 10, None),
        (((10, "info_request"), (82, "evidence")), 144, 72, None, None),
        (((10, "info_request"), (83, "evidence")), 144, 72, None, None),
        (((10, "info_request"), (20, "platform's evidence")), 144, 0, 10, None),
        # A second request while the clock rests prolongs the rest; no hour counts twice.
        (((10, "info_request"), (20, "info_request"), (90, "evidence")), 152, 80, None, None),
        (
            ((10, "info_request"), (20, "evidence"), (30, "info_request"), (40, "evidence")),
            92,
            20,
            None,
            None,
        ),
        # The first rest ran out before the second began.
        (((0, "info_request"), (100, "info_request"), (110, "evidence")), 154, 82, None, None),
        # On the hour of the deadline a request still counts; later it does not.
        (((72, "info_request"),), 144, 0, 72, None),
        (((73, "info_request"), (80, "evidence")), 72, 0, None, None),
        (((73, "info_request"), (74, "substantive")), 72, 0, None, 74),
        # An answer ends a rest.
        (((71, "info_request"), (75, "substantive")), 76, 4, None, 75),
        (((10, "evidence"), (20, "evidence")), 72, 0, None, None),
    ],
)
def test_the_clock(
    steps: Any, due: float, paused: float, since: float | None, answered: float | None
) -> None:
    told = clock(*steps)
    assert hours(told.due) == due
    assert told.paused_ms == paused * HOUR
    assert hours(told.paused_since) == since
    assert hours(told.answered_at) == answered


def test_late_to_the_millisecond() -> None:
    due = OPENED + ANSWER_MS
    assert not clock((72, "substantive")).late(due + HOUR)
    assert clock((72 + 1 / HOUR, "substantive")).late(due)
    assert not clock().late(due)
    assert clock().late(due + 1)


def test_resting_now() -> None:
    asked = clock((10, "info_request"))
    assert asked.paused(OPENED + 82 * HOUR - 1)
    assert not asked.paused(OPENED + 82 * HOUR)
    assert not clock().paused(OPENED)


def test_other_disputes_and_earlier_entries_do_not_count() -> None:
    opened = shown(5, 0, "dispute_opened")
    other = shown(6, 1, "dispute_answer", kind="substantive", **{**POINTED, "dispute": "x"})
    before = shown(4, 0, "dispute_answer", kind="substantive", **POINTED)
    assert answer_clock(opened, [other, before]).answered_at is None


@pytest.mark.parametrize(
    ("withheld", "claims", "expected"),
    [
        (0, {"kind": "substantive", **POINTED}, True),
        (0, {"kind": "substantive", "position": "part", "attachments": [{"digest": "0x00"}]}, True),
        (0, {"kind": "substantive", "position": "part"}, False),
        (0, {"kind": "substantive", "position": "part", "reasons": [{"code": "paid"}]}, False),
        (0, {"kind": "substantive", "position": "part", "reasons": [{"refs": []}], "attachments": []}, False),
        (0, {"kind": "substantive", "reasons": POINTED["reasons"]}, False),
        (9, {"kind": "acknowledgement", **POINTED}, False),
        (0, {"kind": "info_request", **POINTED}, False),
        (1, POINTED, None),
        (1, {"kind": "substantive", "reasons": POINTED["reasons"]}, None),
        (1, {"kind": "substantive", "position": "reject"}, None),
        (1, {"kind": "substantive", "position": "reject", "reasons": []}, None),
        (1, {"kind": "substantive", **POINTED}, True),
    ],
)
def test_what_is_an_answer_to_the_point(withheld: int, claims: Any, expected: bool | None) -> None:
    assert substantive(shown(1, 1, "dispute_answer", withheld, **claims)) is expected


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from(
                ["info_request", "evidence", "substantive", "acknowledgement", "platform's evidence"]
            ),
        ),
        max_size=12,
    )
)
def test_rests_add_up(steps: list[tuple[int, str]]) -> None:
    """Against a naive minute-by-minute account, hour by hour."""
    steps.sort(key=lambda step: step[0])
    told = clock(*steps)
    budget, resting_until, resting, answered = 72, 0, False, None
    moments: dict[int, list[str]] = {}
    for at, what in steps:
        moments.setdefault(at, []).append(what)
    for hour in range(1200):
        for what in moments.get(hour, []):
            if answered is None and what == "substantive":
                answered = hour
            elif answered is None and what == "evidence":
                resting = False
            elif answered is None and what == "info_request" and budget >= 0:
                resting, resting_until = True, hour + 72
        resting = resting and hour < resting_until and answered is None
        if not resting:
            budget -= 1
        if budget < 0 and answered is None:
            break
    late = answered is None or answered > hours(told.due)  # type: ignore[operator]
    assert told.late(10**15) is late
    if answered is None:
        assert budget < 0
        assert hours(told.due) == hour
