"""Putting simulated trades before the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from service.simulate import LIVE, SimulatedTrade, generate
from service.simulate.pace import Pace
from tests.unit.simulate.oracle import Seen, judge, seen

START = 1_790_000_000_000
DAYS = 86_400_000
Received = Callable[[int], int]


def as_sent(sent_ms: int) -> int:
    """Everything arrives when it is sent."""
    return sent_ms


def recorded(trade: SimulatedTrade, received: Received = as_sent) -> list[Seen]:
    """A trade as a log would show it."""
    return seen((each.event, received(each.sent_ms)) for each in trade.events)


def episodes(
    platform: str, trades: int, seed: int, pace: Pace = LIVE, *, messy: float = 0.0, dishonest: float = 0.0
) -> Iterator[list[SimulatedTrade]]:
    """Trades of a run with what belongs to them; the first of all is the tariff alone."""
    group: list[SimulatedTrade] = []
    for trade in generate(platform, trades, seed, START, messy=messy, dishonest=dishonest, pace=pace):
        if trade.kind == "trade" and group:
            yield group
            group = []
        group.append(trade)
    yield group


def verdicts(
    groups: Iterator[list[SimulatedTrade]], received: Received = as_sent
) -> Iterator[tuple[SimulatedTrade, dict[str, int | None]]]:
    """Each trade and what is proved of it, five days after its end."""
    tariffs = recorded(next(groups)[0], received)
    for group in groups:
        companion = next((trade for trade in group if trade.kind == "companion"), None)
        for trade in group:
            other = {"trade": companion, "companion": group[0]}.get(trade.kind)
            twin = recorded(other, received) if other else []
            now = max(each.end_ms for each in group) + 5 * DAYS
            yield trade, judge(recorded(trade, received), tariffs=tariffs, twin=twin, now=now)
