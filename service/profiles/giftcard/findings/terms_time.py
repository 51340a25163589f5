"""When something happened, as far as it can be known, and whether that was after a deadline.

All times are ms since 1970. An event that arrives within 300 s of when it occurred is taken to have occurred
then; one that arrives later lies somewhere between the two. Two minutes are forgiven everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.core.times import parse_time
from service.profiles.giftcard.common import Capture
from service.profiles.giftcard.findings.case import Case, Insufficient
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Shown

TAU_MS: Final = 120_000
"""The tolerance of every comparison of times."""

PROMPT_MS: Final = 300_000
"""What arrives within this time of its occurrence has a known moment."""

UNKNOWN_PAST: Final = -(2**53)


@dataclass(frozen=True, slots=True)
class Interval:
    """An event happened within [lo, hi]. `hi_from` < hi: the interval's own end is known only to lie between
    the two (the recording clock is withheld).
    """

    lo: int
    hi: int
    hi_from: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment known to lie within [earliest, latest]."""

    earliest: int
    latest: int

    def later(self, shortest: int, longest: int) -> Deadline:
        """Put off by something between the two."""
        return Deadline(self.earliest + shortest, self.latest + longest)


def interval(case: Case, entry: Shown) -> Interval:
    """When the entry's event happened. An offline event is corrected by its device's clock error (`sent_at`
    against arrival); where that clock reading is withheld or was never posted, only the arrival is known.
    """
    received = entry.received
    try:
        capture = case.want(entry, "capture", Capture)
    except Insufficient:
        return Interval(UNKNOWN_PAST, received, UNKNOWN_PAST)
    occurred = entry.occurred
    if capture is not None and capture.mode == "offline":
        if not isinstance(capture.sent_at, str):
            return Interval(UNKNOWN_PAST, received, UNKNOWN_PAST)
        occurred += received - parse_time(capture.sent_at)
    occurred = min(received, occurred)
    hi = occurred if received - occurred <= PROMPT_MS else received
    return Interval(occurred, hi, hi)


def exactly(ms: int) -> Interval:
    """An event whose moment somebody else has recorded."""
    return Interval(ms, ms, ms)


def at(ms: int) -> Deadline:
    """A deadline that is named as a time."""
    return Deadline(ms, ms)


def end_of(moment: Interval) -> Deadline:
    """The end of an event's interval, from which a clock runs."""
    return Deadline(moment.hi_from, moment.hi)


def after(moment: Interval, deadline: Deadline) -> Kleene:
    """Whether it happened after the deadline, tolerance included."""
    if moment.lo > deadline.latest + TAU_MS:
        return True
    return False if moment.hi <= deadline.earliest + TAU_MS else None


def passed(now: int, deadline: Deadline) -> Kleene:
    """Whether the deadline, tolerance included, has passed."""
    return after(exactly(now), deadline)
