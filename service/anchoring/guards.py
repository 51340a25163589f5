"""Two reasons to stop promising: a deadline that may be missed, and a clock that cannot be trusted. Pure
state, no I/O.

Both are asked on the path of every POST, so they only look at what the worker last saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

MOST_SKEW = 60
"""Seconds by which a new block's time and the host's clock may differ (the registry allows signedAt the
same).
"""
_RETRY_AFTER = 30.0
_LATEST_LOOK = 30_000
"""Looks further apart than this (ms) say nothing about when a block appeared."""


@dataclass(frozen=True, slots=True)
class _Standing:
    anchor_by: int | None
    looked: int


class DeadlineGuard:
    """Whether new promises may be given. `promise`: seconds from signedAt to anchorBy; `slack`: seconds
    before the nearest promised deadline from which on no new promise is given. Safe among threads.
    """

    def __init__(self, promise: int, slack: int, now: int) -> None:
        self._promise = promise
        self._slack = slack
        self._started = _Standing(None, now)
        self._standing: dict[bytes, _Standing] = {}

    def saw(self, log_id: bytes, anchor_by: int | None, now: int) -> None:
        """The worker looked (at `now`, ms): `anchor_by` is the nearest deadline not yet met, None if there is
        none.
        """
        self._standing[log_id] = _Standing(anchor_by, now)

    def anchor_by(self, log_id: bytes) -> int:
        """The nearest deadline there can be: the one seen, or that of a promise given right after the last
        look.
        """
        standing = self._standing.get(log_id, self._started)
        if standing.anchor_by is not None:
            return standing.anchor_by
        return standing.looked // 1000 + self._promise

    def risk(self, log_id: bytes, now: int) -> float | None:
        """None while promises can be kept, else the seconds after which to try again."""
        return _RETRY_AFTER if self.anchor_by(log_id) - now // 1000 < self._slack else None


class ClockGuard:
    """Compares new blocks with the host's clock. A chain that stands still is no skew: its blocks are merely
    old.

    A block from the future is skew whenever it is seen; one from the past only if it appeared between two
    looks that lie close together, and if the node is not catching up. A block in time clears it. Safe among
    threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._number: int | None = None
        self._looked = 0
        self._skew = 0
        self._reason: str | None = None

    def saw(self, number: int, timestamp: int, now: int, *, catching_up: bool = False) -> None:
        """The newest block (its time in seconds) at `now` (ms)."""
        with self._lock:
            difference = timestamp - now // 1000
            known = self._number is not None and now - self._looked <= _LATEST_LOOK
            new = self._number is not None and number > self._number
            self._number, self._looked = number, now
            if catching_up:
                return
            if difference > MOST_SKEW or (new and known and difference < -MOST_SKEW):
                self._skew = difference
                self._reason = (
                    f"the host's clock and the chain's differ by {abs(difference)} s; check the host's clock"
                )
            elif new or abs(difference) <= MOST_SKEW:
                self._skew, self._reason = difference, None

    @property
    def skew(self) -> int:
        """Seconds between the last block that was compared and the host's clock."""
        return self._skew

    def reason(self) -> str | None:
        """Why nothing may be signed; None while the clocks agree."""
        return self._reason
