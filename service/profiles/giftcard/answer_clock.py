"""The clock of a dispute: 72 hours for an answer to the point, resting while the user is asked for more.

An *answer to the point* is a `dispute_answer` of kind `substantive` that takes a position and rests it on at
least one reference or attachment; an acknowledgement stops nothing. An `info_request` that comes before the
answer is due stops the clock until the user's next evidence, for 72 hours at most; requests made while it
rests already only prolong the rest, so no hour counts twice, and a request after the answer was due revives
nothing. Pure: times are the log's `received` (ms), nothing asks what time it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.profiles.giftcard.findings.kleene import Kleene, all_of, any_of
from service.profiles.giftcard.findings.model import Shown

ANSWER_MS: Final = 72 * 3_600_000
"""The time for an answer, and the longest that one request lets the clock rest."""


@dataclass(frozen=True, slots=True)
class AnswerClock:
    """Where the clock of one dispute stands after the steps seen so far (ms).

    `due` counts a rest that has not ended at its full length: an answer later than `due` is late whatever
    still comes, and the user's evidence moves `due` forward again, never before that evidence. `paused_ms` is
    the sum of the rests that ended; `paused_since` begins the one that has not, which ends by itself at
    `pause_ends`. `answered_at` is when the first answer to the point was received.
    """

    due: int
    paused_ms: int
    paused_since: int | None
    answered_at: int | None
    pause_ends: int | None = None

    def paused(self, now: int) -> bool:
        """Whether the clock rests at `now`."""
        return self.pause_ends is not None and now < self.pause_ends

    def late(self, now: int) -> bool:
        """Whether the answer came after it was due, or has not come though it was due."""
        return (now if self.answered_at is None else self.answered_at) > self.due


def answer_clock(opened: Shown, steps: Sequence[Shown]) -> AnswerClock:
    """The clock of the dispute that `opened` opens; `steps` are entries of its trade in any order.

    Steps of other disputes are passed over. A step whose decisive claims are not shown counts as none:
    whoever must know what it could have been asks `substantive`.
    """
    clock = _Running(opened.received + ANSWER_MS)
    dispute = opened.claims.get("dispute")
    for step in sorted(steps, key=lambda each: (each.received, each.seq)):
        if step.seq <= opened.seq or step.claims.get("dispute", dispute) != dispute:
            continue
        if step.type == "dispute_answer" and substantive(step):
            return clock.stopped(step.received)
        if step.type == "dispute_answer" and step.claims.get("kind") == "info_request":
            clock.rest(step.received)
        elif step.type == "dispute_evidence" and step.claims.get("by") == "user":
            clock.go_on(step.received)
    return clock.stopped(None)


def substantive(answer: Shown) -> Kleene:
    """Whether a `dispute_answer` is one to the point; unknown where claims that decide it are not shown."""
    if answer.claims.get("kind", "substantive") != "substantive":
        return False
    unknown = None if answer.withheld else False
    kind = True if "kind" in answer.claims else unknown
    position = True if "position" in answer.claims else unknown
    reasons = answer.claims.get("reasons")
    rests = any(isinstance(each, dict) and each.get("refs") for each in _list(reasons))
    return all_of(
        (
            kind,
            position,
            any_of(
                (
                    rests if reasons is not None else unknown,
                    bool(answer.claims["attachments"]) if "attachments" in answer.claims else unknown,
                )
            ),
        )
    )


class _Running:
    """The fold over the steps: time rested, and the rest that is going on."""

    def __init__(self, due: int) -> None:
        self._due = due
        self._rested = 0
        self._since: int | None = None
        self._until = 0

    def rest(self, at: int) -> None:
        """A request: the clock rests from `at`, or longer than it did."""
        if self._since is not None and at > self._until:
            self.go_on(self._until)
        if self._since is None:
            if at > self._due + self._rested:
                return
            self._since = at
        self._until = at + ANSWER_MS

    def go_on(self, at: int) -> None:
        """The rest ends, at the latest when its time is up."""
        if self._since is not None:
            self._rested += min(at, self._until) - self._since
            self._since = None

    def stopped(self, answered: int | None) -> AnswerClock:
        """Where the clock stands; an answer ends a rest too."""
        if answered is not None:
            self.go_on(answered)
        due = self._due + self._rested
        if self._since is None:
            return AnswerClock(due, self._rested, None, answered)
        return AnswerClock(due + self._until - self._since, self._rested, self._since, None, self._until)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
