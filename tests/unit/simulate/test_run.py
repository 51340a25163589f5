"""The runner, against a log in memory that answers with real hashes, proofs and signatures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.client import AsyncClient, RetryPolicy, ServiceUnreachable
from service.core import entry
from service.core.receipt import Receipt
from service.core.times import parse_time
from service.simulate import Mix, Run, episode, platform_model
from service.simulate.journal import Journal
from service.simulate.run import Outcome, Pacer, Plan, Runner
from service.simulate.signing import Event
from tests.unit.client.true_log import API_KEY, NOW, Bend, TrueLog, transport

MIX = Mix(0.5, 0.2)


class Bench:
    """One log, and runs against it that share a journal."""

    def __init__(self, folder: Path) -> None:
        self.log = TrueLog()
        self.journal = folder / "journal.jsonl"
        self.kept: list[tuple[str, Event, Receipt]] = []
        self.registered: list[tuple[str, str]] = []
        self.progress = 0

    async def run(
        self, trades: int, *, seed: int = 4, sign: bool = True, bend: Bend | None = None, connections: int = 3
    ) -> Outcome:
        async def register(platform: str, address: str) -> None:
            self.registered.append((platform, address))

        plan = Plan({"kaka": trades}, Run(seed, MIX), None, connections, register if sign else None)
        client = AsyncClient(
            "http://service.test",
            API_KEY,
            transport=transport(self.log, bend),
            trust=self.log.trust,
            now=lambda: NOW,
            retry=RetryPolicy(max_elapsed=0),
        )
        async with client:
            with Journal(self.journal) as journal:
                runner = Runner(
                    plan,
                    {"kaka": client},
                    journal,
                    lambda *kept: self.kept.append(kept),
                    clock_ms=lambda: NOW,
                    pacer=Pacer(None, lambda: 0.0, asyncio.sleep),
                    progress=self._advance,
                )
                return await runner.run()

    def _advance(self, done: int) -> None:
        self.progress += done


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_everything_is_posted_once_and_kept(bench: Bench) -> None:
    outcome = await bench.run(8)
    assert outcome.problems == []
    assert outcome.trades == 8
    assert outcome.events == len(bench.kept) == bench.progress == len(bench.log.entries)
    assert {event["event"] for _, event, _ in bench.kept} == {
        each.event["event"] for each in bench.log.entries
    }
    assert outcome.presigned > 0
    signers = {one["address"] for each in bench.log.entries for one in each.event.get("signatures", ())}
    assert {("kaka", address) for address in signers} == set(bench.registered)


async def test_order_inside_a_trade(bench: Bench) -> None:
    await bench.run(8, connections=5)
    made = {
        trade.trade: [each.event["event"] for each in trade.events]
        for number in range(8)
        for trade in episode(platform_model("kaka"), Run(4, MIX), number, NOW)
    }
    for trade, wanted in made.items():
        mine = [each for each in bench.log.entries if each.event["trade"] == trade]
        assert [each.event["event"] for each in mine] == wanted
        assert [entry.parse(each.entry).seq for each in mine] == list(range(len(mine)))


async def test_a_repeated_run_adds_nothing(bench: Bench) -> None:
    await bench.run(6)
    size, first = len(bench.log.entries), {e["event"]: r.entry for _, e, r in bench.kept}
    bench.kept.clear()
    outcome = await bench.run(6)
    assert outcome.problems == []
    assert len(bench.log.entries) == size
    assert {e["event"]: r.entry for _, e, r in bench.kept} == first


async def test_a_run_can_be_continued(bench: Bench) -> None:
    await bench.run(3)
    size = len(bench.log.entries)
    assert (await bench.run(6)).problems == []
    assert len(bench.log.entries) > size
    assert len({each.event["event"] for each in bench.log.entries}) == len(bench.log.entries)


async def test_another_seed_is_another_run(bench: Bench) -> None:
    first = await bench.run(3)
    other = await bench.run(3, seed=5)
    assert other.problems == []
    assert len(bench.log.entries) == first.events + other.events


async def test_nothing_claims_a_time_to_come(bench: Bench) -> None:
    await bench.run(10)
    future = {each.event["trade"] for each in bench.log.entries if parse_time(each.event["occurred"]) > NOW}
    meant = {t.trade for t in (await bench.run(10)).truths if t.codes == ("claimed_after_anchor",)}
    fast = {
        each.event["trade"]
        for each in bench.log.entries
        if each.event["claims"]["capture"].get("queued_reason") == "weak_network"
    }
    assert future <= meant | fast


async def test_without_registration_nothing_is_signed(bench: Bench) -> None:
    outcome = await bench.run(6, sign=False)
    assert outcome.presigned == 0
    assert not any(each.event.get("signatures") for each in bench.log.entries)


async def test_a_refused_trade_is_noted_and_left(bench: Bench) -> None:
    def refuse(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        return (422, b'{"title":"no"}') if b"-000002.01.quote" in request.content else (status, body)

    outcome = await bench.run(5, bend=refuse)
    assert len(outcome.problems) == 1
    assert "-000002" in outcome.problems[0]
    assert outcome.trades == 4


async def test_a_service_that_is_gone_ends_the_run(bench: Bench) -> None:
    def gone(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        if b"-000001." in request.content:
            raise httpx.ConnectError("refused")
        return status, body

    with pytest.raises(ServiceUnreachable, match="refused"):
        await bench.run(5, bend=gone)
    # What was dated keeps its date: the run goes on as though nothing had happened.
    assert (await bench.run(5)).problems == []


async def test_two_entries_for_one_event_are_noticed(tmp_path: Path) -> None:
    """A re-sent event must bring the same entry back."""
    bench = Bench(tmp_path)

    class Forgetful:
        """Takes everything twice."""

        def __init__(self, client: AsyncClient) -> None:
            self._client = client
            self._seen: dict[object, int] = {}

        async def post(self, event: Event) -> Receipt:
            receipt = await self._client.post(event)
            times = self._seen[event["event"]] = self._seen.get(event["event"], 0) + 1
            return receipt if times == 1 else Receipt(receipt.log, b"other", (), 99, receipt.checkpoint, ())

        async def post_batch(self, events: Sequence[Event]) -> list[Receipt]:
            return await self._client.post_batch(events)

    client = AsyncClient(
        "http://s.test", API_KEY, transport=transport(bench.log), trust=bench.log.trust, now=lambda: NOW
    )
    async with client:
        with Journal(bench.journal) as journal:
            plan = Plan({"kaka": 60}, Run(4, Mix(1.0, 0.0)))
            runner = Runner(
                plan, {"kaka": Forgetful(client)}, journal, lambda *_: None,
                clock_ms=lambda: NOW, pacer=Pacer(None, lambda: 0.0, asyncio.sleep),
            )  # fmt: skip
            outcome = await runner.run()
    assert outcome.problems
    assert all("got two entries" in problem for problem in outcome.problems)


async def test_the_pacer_keeps_the_rate() -> None:
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pacer = Pacer(10.0, lambda: now[0], sleep)
    for events in (1, 1, 5, 1):
        await pacer.wait(events)
    assert slept == pytest.approx([0.1, 0.1, 0.5])
    now[0] += 60
    await pacer.wait(1)
    await pacer.wait(1)
    assert slept[3:] == pytest.approx([0.1]), "an idle minute is not saved up"


async def test_no_rate_means_no_waiting() -> None:
    async def sleep(seconds: float) -> None:
        raise AssertionError

    pacer: Any = Pacer(None, lambda: 0.0, sleep)
    for _ in range(3):
        await pacer.wait(1_000)
