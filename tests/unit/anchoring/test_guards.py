"""Deadline and clock guards: when promising stops, and when it does not."""

from __future__ import annotations

from service.anchoring.guards import ClockGuard, DeadlineGuard

LOG = bytes(32)
SECOND = 1000


def test_no_risk_while_everything_is_anchored() -> None:
    guard = DeadlineGuard(promise=3600, slack=100, now=0)
    guard.saw(LOG, None, 5000 * SECOND)
    assert guard.risk(LOG, 5001 * SECOND) is None


def test_risk_when_the_nearest_deadline_is_near() -> None:
    guard = DeadlineGuard(promise=3600, slack=100, now=0)
    guard.saw(LOG, 1000, 0)
    assert guard.risk(LOG, 900 * SECOND) is None
    assert guard.risk(LOG, 901 * SECOND) == 30.0


def test_a_worker_that_stopped_looking_is_a_risk_in_the_end() -> None:
    guard = DeadlineGuard(promise=3600, slack=100, now=0)
    guard.saw(LOG, None, 0)
    assert guard.risk(LOG, 3500 * SECOND) is None
    assert guard.risk(LOG, 3501 * SECOND) is not None


def test_so_is_one_that_never_looked() -> None:
    guard = DeadlineGuard(promise=3600, slack=100, now=7 * SECOND)
    assert guard.risk(LOG, 3507 * SECOND) is None
    assert guard.risk(LOG, 3508 * SECOND) is not None


def test_anchoring_ends_the_risk() -> None:
    guard = DeadlineGuard(promise=3600, slack=100, now=0)
    guard.saw(LOG, 1000, 0)
    guard.saw(LOG, None, 950 * SECOND)
    assert guard.risk(LOG, 951 * SECOND) is None


def test_a_block_from_the_future_stops_signing_at_first_sight() -> None:
    guard = ClockGuard()
    guard.saw(1, 1061, 1000 * SECOND)
    assert guard.reason() is not None
    assert guard.skew == 61


def test_a_block_within_a_minute_does_not() -> None:
    guard = ClockGuard()
    guard.saw(1, 1060, 1000 * SECOND)
    guard.saw(2, 941, 1001 * SECOND)
    assert guard.reason() is None


def test_a_chain_that_stands_still_is_no_skew() -> None:
    guard = ClockGuard()
    for now in range(1000, 5000, 10):
        guard.saw(1, 1000, now * SECOND)
    assert guard.reason() is None


def test_a_new_block_with_an_old_time_stops_signing() -> None:
    guard = ClockGuard()
    guard.saw(1, 1000, 1000 * SECOND)
    guard.saw(2, 1000, 1070 * SECOND)  # too long between the looks: it may have been waiting there
    assert guard.reason() is None
    guard.saw(3, 1001, 1075 * SECOND)
    assert guard.reason() is not None
    assert guard.skew == -74


def test_not_while_the_node_catches_up() -> None:
    guard = ClockGuard()
    guard.saw(1, 1000, 9000 * SECOND)
    guard.saw(2, 1012, 9001 * SECOND, catching_up=True)
    assert guard.reason() is None


def test_a_block_in_time_ends_it_and_a_standing_chain_does_not() -> None:
    guard = ClockGuard()
    guard.saw(1, 2000, 1000 * SECOND)
    guard.saw(1, 2000, 1001 * SECOND)
    assert guard.reason() is not None
    guard.saw(2, 1003, 1002 * SECOND)
    assert guard.reason() is None
