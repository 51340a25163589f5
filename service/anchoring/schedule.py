"""Which log is anchored next: the one whose nearest promise ends first. Pure.

With one gas key in flight at a time that is the order which keeps every promise if any order does, and since
each log's next deadline moves into the future when it is anchored, none starves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A log with something to anchor: its nearest deadline (Unix seconds), and when it was last anchored (ms,
    0: never).
    """

    log_id: bytes
    anchor_by: int
    anchored: int


def due(waiting: Waiting, now: int, interval: int, slack: int) -> bool:
    """Whether it is time: the interval (ms) since its last anchor is over, or a deadline is nearer than
    `slack` (s).
    """
    return now - waiting.anchored >= interval or waiting.anchor_by - now // 1000 <= slack


def order(waiting: Sequence[Waiting], now: int, interval: int, slack: int) -> list[Waiting]:
    """The logs that are due, the most urgent first."""
    ready = [each for each in waiting if due(each, now, interval, slack)]
    return sorted(ready, key=lambda each: (each.anchor_by, each.anchored, each.log_id))
