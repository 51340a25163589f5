"""What a cheat is, and the few ways in which one touches a finished honest trade."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from service.core.times import format_time, parse_time
from service.simulate.draft import Claims, Planned
from service.simulate.platforms import PlatformModel
from service.simulate.script import Script
from service.simulate.stage import Stage
from service.simulate.truth import Implied

TOLERANCE_MS = 120_000
"""FINDINGS' τ."""

_TIMES = frozenset(
    {"received_at", "channel_time", "shown_at", "started", "finished", "custody_from", "custody_to", "at"}
)


@dataclass(frozen=True, slots=True)
class Injected:
    """What a cheat did. `after_ms`: when the rule can say so at the earliest (0: as soon as it is
    recorded).
    """

    codes: tuple[str, ...]
    description: str
    events: tuple[str, ...]
    amount: int | None = None
    implied: tuple[Implied, ...] = ()
    after_ms: int = 0


def _any_platform(model: PlatformModel) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Cheat:
    """`prepare` makes a plain script fit, `inject` spoils the played trade. `twin`: the same cards in a
    second trade.
    """

    name: str
    inject: Callable[[Stage], Injected]
    prepare: Callable[[Script], Script] = field(default=lambda script: script)
    possible: Callable[[PlatformModel], bool] = _any_platform
    twin: bool = False


def has_escrow(model: PlatformModel) -> bool:
    """The platform's safeguard is an escrow account."""
    return model.safeguard == "escrow"


def has_cover(model: PlatformModel) -> bool:
    """The platform's safeguard is insurance or a guarantor."""
    return model.safeguard != "escrow"


def every(stage: Stage, type: str) -> list[Planned]:
    """The events of a type, in time."""
    return sorted((each for each in stage.draft.planned if each.type == type), key=lambda each: each.at)


def one(stage: Stage, type: str) -> Planned:
    """The last event of a type."""
    return every(stage, type)[-1]


def by_id(stage: Stage, event: str) -> Planned:
    """An event by its id."""
    return next(each for each in stage.draft.planned if each.event == event)


def drop(stage: Stage, events: Iterable[Planned]) -> None:
    """These events are never posted."""
    gone = {each.event for each in events}
    stage.draft.planned = [each for each in stage.draft.planned if each.event not in gone]


def drop_after(stage: Stage, last: Planned) -> None:
    """The record ends with `last`."""
    drop(stage, [each for each in stage.draft.planned if each.at > last.at])


def put_off(stage: Stage, first: Planned, by_ms: int) -> None:
    """Everything from `first` on happens later by `by_ms`, and says so."""
    for each in stage.draft.planned:
        if each.at >= first.at and each is not first:
            move(each, by_ms)
    move(first, by_ms)
    stage.draft.now = max(stage.draft.now, max(each.at for each in stage.draft.planned))


def move(planned: Planned, by_ms: int) -> None:
    """One event happens later (or earlier) by `by_ms`; the times inside its claims follow."""
    planned.at += by_ms
    planned.claims = as_claims(_moved(planned.claims, by_ms))


def deadline(stage: Stage) -> int:
    """D of FINDINGS in ms, without reviews: the clock's start event and its seconds."""
    start = {"acceptance": stage.acceptance, "handover": stage.handover, "inspection": stage.inspection}
    return by_id(stage, start[stage.deal.clock_start]).at + stage.deal.clock_s * 1000


def take_from_payouts(stage: Stage, amount: int) -> None:
    """The user gets `amount` fen less, in every state of the first transfer, and acknowledges just that."""
    for payout in every(stage, "payout"):
        legs = payout.claims["legs"]
        assert isinstance(legs, list)
        payout.claims["legs"] = [
            leg | {"amount": leg["amount"] - amount} if leg["leg"] == 1 else leg for leg in legs
        ]
    for ack in every(stage, "payout_ack"):
        ack.claims["amount"] = as_int(ack.claims["amount"]) - amount


def as_int(value: object) -> int:
    """A claim that is known to be an integer."""
    assert isinstance(value, int)
    return value


def as_claims(value: object) -> Claims:
    """A claim that is known to be an object."""
    assert isinstance(value, dict)
    return value


def _moved(value: object, by_ms: int) -> object:
    if isinstance(value, dict):
        return {
            name: _shifted(member, by_ms)
            if name in _TIMES and isinstance(member, str)
            else _moved(member, by_ms)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_moved(member, by_ms) for member in value]
    return value


def _shifted(value: object, by_ms: int) -> str:
    return format_time(parse_time(value) + by_ms)
