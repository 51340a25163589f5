"""The figures of each log and how they went lately.

One thread a process looks every five seconds and keeps the last hour in memory: the curves begin when the
process did, each process keeps its own, and a restart begins them anew. Everything looked at is in the
database or on chain, so the figures themselves are the same whichever process answers.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_log = logging.getLogger("tally.console")

EVERY_SECONDS = 5.0
KEPT = 720
"""Looks: an hour."""
_CHAIN_EVERY = 12
_RATE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Standing:
    """One log now. Times in Unix ms: `oldest_waiting`, when the oldest entry without an anchor was received;
    `promised_by`, the nearest promise still open. `halted`: why it accepts nothing.
    """

    size: int
    anchored: int
    anchored_at: int | None
    oldest_waiting: int | None
    promised_by: int | None
    halted: str | None


@dataclass(frozen=True, slots=True)
class Expense:
    """What anchoring costs: gas an entry over the newest anchors, the price of gas now (wei); how many faults
    are proven on chain. None: not known, as when no node answers.
    """

    gas: float | None
    price: int | None
    faults: int | None


UNKNOWN = Expense(None, None, None)


@dataclass(frozen=True, slots=True)
class Point:
    """One look: when (ms), entries then, and how long the oldest of them had waited for its anchor (ms)."""

    at: int
    size: int
    lag: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the console shows of a log. `rate`: entries a second over the last minute, None before two looks;
    `next_at`: when the next anchor is expected, None while nothing waits.
    """

    at: int
    standing: Standing
    expense: Expense
    rate: float | None
    lag: int
    next_at: int | None
    history: tuple[Point, ...]


class Board:
    """Looks at logs and remembers. `interval` (ms) lies between two anchors of a log. Safe among threads."""

    def __init__(
        self,
        logs: Iterable[str],
        look: Callable[[str], Standing],
        price: Callable[[str], Expense],
        *,
        interval: int,
        clock_ms: Callable[[], int],
    ) -> None:
        self._look = look
        self._price = price
        self._interval = interval
        self._clock_ms = clock_ms
        self._history: dict[str, deque[Point]] = {name: deque(maxlen=KEPT) for name in logs}
        self._expense: dict[str, Expense] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console-figures", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End after the look under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def figures(self, log: str) -> Figures:
        """The log as it stands now, with its history. Reads the database."""
        now, standing = self._clock_ms(), self._look(log)
        history = tuple(self._history[log])
        return Figures(
            at=now,
            standing=standing,
            expense=self._expense.get(log, UNKNOWN),
            rate=rate([*history, Point(now, standing.size, 0)], now),
            lag=_lag(standing, now),
            next_at=next_anchor(standing, now, self._interval),
            history=history,
        )

    def sample(self) -> None:
        """Look at every log once."""
        for name, points in self._history.items():
            now, standing = self._clock_ms(), self._look(name)
            points.append(Point(now, standing.size, _lag(standing, now)))

    def appraise(self) -> None:
        """Ask the chain what every log costs, and what is proven against it."""
        self._expense = {name: self._price(name) for name in self._history}

    def _run(self) -> None:
        turn = 0
        while not self._stopping.is_set():
            self._quietly(self.sample)
            if turn % _CHAIN_EVERY == 0:
                self._quietly(self.appraise)
            turn += 1
            self._stopping.wait(EVERY_SECONDS)

    @staticmethod
    def _quietly(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            # The database was busy, or no node answers: the next turn looks again.
            _log.warning("figures were not taken: %s", type(error).__name__)


def _lag(standing: Standing, now: int) -> int:
    return 0 if standing.oldest_waiting is None else max(0, now - standing.oldest_waiting)


def rate(points: Sequence[Point], now: int) -> float | None:
    """Entries a second over the last minute of the points; None unless two of them lie within."""
    recent = [each for each in points if each.at >= now - _RATE_MS]
    if len(recent) < 2 or recent[-1].at <= recent[0].at:
        return None
    return 1000 * (recent[-1].size - recent[0].size) / (recent[-1].at - recent[0].at)


def next_anchor(standing: Standing, now: int, interval: int) -> int | None:
    """When the next anchor is expected (ms): an interval after the last one, and before the nearest promise
    ends; None while nothing waits.
    """
    if standing.oldest_waiting is None:
        return None
    due = standing.oldest_waiting if standing.anchored_at is None else standing.anchored_at + interval
    return max(now, due if standing.promised_by is None else min(due, standing.promised_by))
