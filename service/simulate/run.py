"""The runner: posts simulated trades the way a platform does, keeps the receipts, waits for their anchors.

Several connections a platform, each taking one trade after the other; inside a trade events are posted in
order. What was queued offline or signed offline goes as one batch, and so does a share of the other trades.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.client.errors import ApiProblem
from service.core import entry
from service.core.checkpoint import LogIdentity
from service.core.errors import TallyError, VerificationError
from service.core.receipt import Receipt
from service.simulate.generate import Run, episode, tariff
from service.simulate.journal import TARIFF, Journal
from service.simulate.platforms import platform_model
from service.simulate.signing import Event, Offline
from service.simulate.trade import SimulatedTrade
from service.simulate.truth import Truth

BATCH_SHARE = 0.15
"""Of the trades that could go event by event, so many go as one batch."""

_HEADROOM_MS = 300
"""A trade is dated so that it is over this long before it is sent: no event claims a time that is still to
come.
"""


class Poster(Protocol):
    """What the runner needs of the client (`service.client.AsyncClient`): both are safe to repeat, and
    raise TallyError.
    """

    async def post(self, event: Event) -> Receipt:
        """Post one event; its checked receipt."""

    async def post_batch(self, events: Sequence[Event]) -> list[Receipt]:
        """Post many, all or nothing; their receipts in order."""


class Keep(Protocol):
    """Where receipts go as they arrive."""

    def __call__(self, platform: str, event: Event, receipt: Receipt) -> None:
        """Called once for each posted event, on the event loop."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post: so many trades for each platform. `rate`: events a second over all platforms, None for
    as fast as it goes. `register`:
    makes a
    platform's own signing key known to the service before it is used."""

    trades: Mapping[str, int]
    run: Run
    rate: float | None = None
    connections: int = 4
    register: Callable[[str, str], Awaitable[None]] | None = None


@dataclass(slots=True)
class Outcome:
    """What was posted. `problems`: what the service refused, a line each."""

    events: int = 0
    trades: int = 0
    presigned: int = 0
    batches: int = 0
    mess: dict[str, int] = field(default_factory=dict)
    truths: list[Truth] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Pacer:
    """Hands out moments in time at a fixed rate. `monotonic` in seconds; for one event loop."""

    def __init__(
        self, rate: float | None, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = 0.0

    async def wait(self, events: int) -> None:
        """Return when `events` more may be posted."""
        if not self._gap:
            return
        now = self._monotonic()
        mine = max(now, self._next)
        self._next = mine + self._gap * events
        if mine > now:
            await self._sleep(mine - now)


class Runner:
    """Posts one run. `clock_ms` dates trades; everything else is the plan's and the seed's."""

    def __init__(
        self,
        plan: Plan,
        posters: Mapping[str, Poster],
        journal: Journal,
        keep: Keep,
        *,
        clock_ms: Callable[[], int],
        pacer: Pacer,
        progress: Callable[[int], None] = lambda events: None,
    ) -> None:
        self._plan = plan
        self._posters = posters
        self._journal = journal
        self._keep = keep
        self._clock_ms = clock_ms
        self._pacer = pacer
        self._progress = progress
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """Post everything. A refused trade is noted and left; any other TallyError ends the run,
        ServiceUnreachable above
        all."""
        try:
            async with asyncio.TaskGroup() as group:
                for platform in self._plan.trades:
                    group.create_task(self._platform(platform))
        except* TallyError as errors:
            raise _first(errors) from None
        return self.outcome

    async def _platform(self, name: str) -> None:
        offline = await self._publish_tariff(name)
        numbers = iter(range(self._plan.trades[name]))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._plan.connections, self._plan.trades[name])):
                group.create_task(self._connection(name, numbers, offline))

    async def _publish_tariff(self, name: str) -> Offline:
        """Post the tariff, and learn from its receipt which log this is and the digest of its statement."""
        start = self._journal.start(name, TARIFF)
        start = self._journal.begin(name, TARIFF, self._clock_ms() - _HEADROOM_MS) if start is None else start
        simulated = tariff(platform_model(name), self._plan.run, start).events[0].event
        receipt = await self._posters[name].post(simulated)
        self._done(name, [simulated], [receipt])
        log = receipt.log
        identity = LogIdentity(log.origin, log.id, log.chain_id, log.registry)
        digest = entry.statement_digest(entry.parse(receipt.entry).statement.encode())
        offline = Offline(identity, self._plan.run.seed, name, {str(simulated["event"]): digest})
        if self._plan.register is not None:
            await self._plan.register(name, offline.address)
        return offline

    async def _connection(self, name: str, numbers: Iterator[int], offline: Offline) -> None:
        for number in numbers:
            for trade in self._dated(name, number):
                try:
                    await self._trade(name, trade, offline)
                except (ApiProblem, VerificationError) as problem:
                    self.outcome.problems.append(f"{trade.trade}: {problem}")

    def _dated(self, name: str, number: int) -> tuple[SimulatedTrade, ...]:
        """The trade and what surrounds it, dated so that its last event has just happened."""
        model, run = platform_model(name), self._plan.run
        start = self._journal.start(name, number)
        if start is None:
            length = max(trade.end_ms for trade in episode(model, run, number, 0))
            start = self._journal.begin(name, number, self._clock_ms() - length - _HEADROOM_MS)
        return episode(model, run, number, start)

    async def _trade(self, name: str, trade: SimulatedTrade, offline: Offline) -> None:
        rng = random.Random(f"{self._plan.run.seed}/{trade.trade}/way")
        presigned = trade.presigned and self._plan.register is not None
        events = offline.sign(trade) if presigned else [each.event for each in trade.events]
        if presigned or trade.together or rng.random() < BATCH_SHARE:
            await self._batch(name, events)
            self.outcome.presigned += len(events) if presigned else 0
        else:
            for event in events:
                await self._single(name, event, again="resend" in trade.mess and rng.random() < 0.3)
        self._note(trade)

    async def _batch(self, name: str, events: list[Event]) -> None:
        await self._pacer.wait(len(events))
        receipts = await self._posters[name].post_batch(events)
        self.outcome.batches += 1
        self._done(name, events, receipts)

    async def _single(self, name: str, event: Event, *, again: bool) -> None:
        """Post one event; `again`: as though the answer had been lost, which must give the same receipt."""
        await self._pacer.wait(1)
        receipt = await self._posters[name].post(event)
        if again and (repeated := await self._posters[name].post(event)).entry != receipt.entry:
            raise VerificationError(
                f"event {event['event']} got two entries: {receipt.index}, {repeated.index}"
            )
        self._done(name, [event], [receipt])

    def _done(self, name: str, events: Sequence[Event], receipts: Sequence[Receipt]) -> None:
        for event, receipt in zip(events, receipts, strict=True):
            self._keep(name, event, receipt)
        self.outcome.events += len(events)
        self._progress(len(events))

    def _note(self, trade: SimulatedTrade) -> None:
        self.outcome.trades += trade.kind == "trade"
        self.outcome.truths.extend(trade.truths)
        for kind in trade.mess:
            self.outcome.mess[kind] = self.outcome.mess.get(kind, 0) + 1


def _first(errors: BaseExceptionGroup[TallyError]) -> TallyError:
    """One error out of a group: when the service is gone, every connection says the same."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
