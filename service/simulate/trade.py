"""A finished simulated trade: events in the order in which they are to be posted, and when each would be
sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.core.times import format_time
from service.simulate.draft import Draft, Planned
from service.simulate.truth import Truth

Kind = Literal["trade", "abandoned", "tariff", "companion"]

_LATENCY_MS = (40, 350)


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """An event in the form that a platform posts, and the moment (ms) at which it is sent."""

    event: dict[str, object]
    sent_ms: int


@dataclass(frozen=True, slots=True)
class SimulatedTrade:
    """One trade. `user` tells repeat customers apart; `mess` and `truths` say what was put in on purpose.

    `together`: the events come out of one queue, in one go. `presigned`: the platform makes salts and
    signature itself.
    """

    platform: str
    trade: str
    kind: Kind
    user: int
    start_ms: int
    events: tuple[SimulatedEvent, ...]
    mess: tuple[str, ...] = ()
    truths: tuple[Truth, ...] = ()
    together: bool = False
    presigned: bool = False

    @property
    def end_ms(self) -> int:
        """When the last event is sent."""
        return self.events[-1].sent_ms


def finish(
    draft: Draft,
    kind: Kind,
    *,
    user: int = 0,
    start_ms: int,
    mess: tuple[str, ...] = (),
    truths: tuple[Truth, ...] = (),
    presigned: bool = False,
    not_before: int = 0,
) -> SimulatedTrade:
    """Turn a draft into posted events: order, sending times, and what the recording clocks said.

    `not_before` (ms): where everything is sent together, it is not sent earlier than this.
    """
    planned = sorted(draft.planned, key=lambda each: each.at)
    sent = _sending_times(draft, planned, not_before)
    events = tuple(
        SimulatedEvent(_event(draft, each, at), at) for each, at in zip(planned, sent, strict=True)
    )
    queued = sum(1 for each in planned if each.queued and each.queued != "counter")
    together = draft.imported or queued > 1
    return SimulatedTrade(
        draft.model.name, draft.trade, kind, user, start_ms, events, mess, truths, together, presigned
    )


def last_moment(draft: Draft) -> int:
    """When everything has happened and every queue is empty (ms)."""
    return max(max(each.at, each.flush) for each in draft.planned) + draft.lag


def _sending_times(draft: Draft, planned: list[Planned], not_before: int) -> list[int]:
    """When each event leaves for the service; never before its predecessor."""
    if draft.pace.together or draft.imported:
        end = max(last_moment(draft), not_before) + draft.rng.randint(*_LATENCY_MS)
        return [end] * len(planned)
    sent, latest, batch = [], 0, 0
    for each in planned:
        ready = each.at + draft.rng.randint(*_LATENCY_MS)
        if each.queued:
            # A queue is emptied as a whole: what is written down while it waits goes with it.
            if each.at > batch:
                batch = each.flush or each.at + draft.between(draft.pace.sync)
            ready = max(ready, batch)
        latest = max(latest, ready + draft.lag)
        sent.append(latest)
    return sent


def _event(draft: Draft, planned: Planned, sent: int) -> dict[str, object]:
    claims = dict(planned.claims)
    capture = claims["capture"]
    assert isinstance(capture, dict)
    if draft.imported:
        claims["capture"] = {**capture, "mode": "import"}
    elif planned.queued:
        # Both times by the same clock: the reader takes the clock's error out by comparing `sent_at` with
        # the arrival.
        offline = {
            "mode": "offline",
            "sent_at": format_time(sent + planned.skew),
            "queued_reason": planned.queued,
        }
        claims["capture"] = {**capture, **offline, "device": draft.commit("device", planned.queued)}
    return {
        "event": planned.event,
        "trade": draft.trade,
        "type": planned.type,
        "occurred": format_time(planned.at + planned.skew),
        "claims": claims,
    }
