"""Which log comes next."""

from __future__ import annotations

from service.anchoring.schedule import Waiting, due, order

A, B, C = (bytes([n]) * 32 for n in (1, 2, 3))


def test_the_nearest_deadline_comes_first() -> None:
    waiting = [Waiting(A, 3000, 0), Waiting(B, 1000, 0), Waiting(C, 2000, 0)]
    assert [each.log_id for each in order(waiting, 10_000, 5000, 60)] == [B, C, A]


def test_equal_deadlines_go_by_who_waited_longer() -> None:
    waiting = [Waiting(A, 1000, 900), Waiting(B, 1000, 100)]
    assert [each.log_id for each in order(waiting, 10_000, 5000, 60)] == [B, A]


def test_the_interval_is_kept() -> None:
    assert not due(Waiting(A, 10_000, 6000), 10_000, 5000, 60)
    assert due(Waiting(A, 10_000, 5000), 10_000, 5000, 60)


def test_a_near_deadline_breaks_the_interval() -> None:
    assert due(Waiting(A, 70, 9999), 10_000, 5000, 60)
    assert not due(Waiting(A, 71, 9999), 10_000, 5000, 60)
