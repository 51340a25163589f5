"""A trade while it is being written: a clock of its own, events in order, and the digests that stand for
private values.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from service.core.canonical import canonicalize
from service.core.times import format_time
from service.simulate.pace import Pace, Span
from service.simulate.platforms import PlatformModel, Weighted

Claims = dict[str, object]


@dataclass(slots=True)
class Planned:
    """One event to be. `at` is when it truly happens (ms); `skew` is how wrong the recording clock is (ms);
    `queued` says
    why it waited in an offline queue (None: it did not); `flush` is the earliest moment at which that queue
    is emptied.
    """

    event: str
    type: str
    claims: Claims
    at: int
    queued: str | None = None
    skew: int = 0
    flush: int = 0


@dataclass(slots=True)
class Draft:
    """The events of one trade so far. Everything random comes from `rng`, every time from `now` (ms).

    `lag`: all of it is sent that much later (ms); `imported`: sent as history; `prompt`: a counter's queue
    is short.
    """

    model: PlatformModel
    pace: Pace
    rng: random.Random
    trade: str
    now: int
    secret: str
    planned: list[Planned] = field(default_factory=list)
    lag: int = 0
    imported: bool = False

    def wait(self, span: Span) -> None:
        """Let a random time inside `span` (seconds) pass."""
        self.now += self.between(span)

    def between(self, span: Span) -> int:
        """A random duration inside `span` (seconds), in ms."""
        return self.rng.randint(round(span[0] * 1000), round(span[1] * 1000))

    def say(
        self, type: str, claims: Mapping[str, object], *, role: str = "platform", counter: bool = False
    ) -> str:
        """Record an event now and give its id. `counter`: at a shop's counter, from where it travels
        through a queue.
        """
        event = f"{self.trade}.{len(self.planned) + 1:02d}.{type}"
        full: Claims = {
            **claims,
            "actor": {"role": role, "party": self.commit("party", role)},
            "capture": {"mode": "online", "system": self.model.system, "version": "2026.11.3"},
        }
        self.planned.append(Planned(event, type, full, self.now, "counter" if counter else None))
        return event

    def commit(self, *value: object) -> str:
        """EVENTS' cmt: digest of [trade salt, value], equal inside the trade and unlinkable outside."""
        return digest_of([self.secret, *value])

    def time(self, ms: int | None = None) -> str:
        """A time as text; now when not given."""
        return format_time(self.now if ms is None else ms)

    def pick(self, weighted: Weighted) -> str:
        """One of the weighted names."""
        names, weights = zip(*weighted, strict=True)
        return str(self.rng.choices(names, weights)[0])

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.rng.random() < probability


def digest_of(value: object) -> str:
    """0x SHA-256 of the canonical JSON of a value: stands for a document, a reading, a private value."""
    return "0x" + sha256(canonicalize(value)).hexdigest()


def ref(event: str) -> Claims:
    """A reference to another event; the digest is filled in by whoever commits the event."""
    return {"event": event}
