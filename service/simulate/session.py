"""One whole simulation against a running service: post, wait for the anchors, complete the receipts, write
the truth.

What it needs of the service lies in its data folder: `credentials.json` (where it is, with which keys) and
`trust.json`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from service.client import AsyncClient
from service.core import receipt as core_receipt
from service.core import trust as core_trust
from service.core.errors import TallyError
from service.core.receipt import Receipt
from service.core.trust import Trust
from service.simulate import operator
from service.simulate.gas import AnchorGas, NodeAnswerUnusable, anchor_gas
from service.simulate.generate import Run
from service.simulate.journal import Journal
from service.simulate.public_log import PublicLog
from service.simulate.receipts import ReceiptFiles
from service.simulate.report import PlatformSummary, Summary, count_codes
from service.simulate.run import Outcome, Pacer, Plan, Runner
from service.simulate.truth import Truth, write_truths

_POLL_SECONDS = 0.5


class NotAServiceFolder(TallyError):
    """The data folder has no usable credentials.json or trust.json: is the service running on it?"""


@dataclass(frozen=True, slots=True)
class Target:
    """A running service, as its data folder describes it. `keys`: API key by platform."""

    url: str
    rpc: str | None
    registry: str | None
    keys: Mapping[str, str]
    trust: Trust

    @classmethod
    def read(cls, data: Path) -> Target:
        """NotAServiceFolder when a file is missing or unusable."""
        try:
            content = json.loads((data / "credentials.json").read_bytes())
            trust = core_trust.parse((data / "trust.json").read_bytes())
            keys = {str(name): str(each["api_key"]) for name, each in content["platforms"].items()}
            return cls(str(content["url"]), content.get("rpc"), content.get("registry"), keys, trust)
        except FileNotFoundError as error:
            raise NotAServiceFolder(
                f"{error.filename} is missing: is the service running on {data}?"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotAServiceFolder(
                f"{data}/credentials.json is not one of this service: {error!r}"
            ) from error


class Display(Protocol):
    """Where progress is shown."""

    def begin(self, what: str, total: int | None) -> None:
        """A new stretch of work; `total` None when its length is unknown."""

    def advance(self, done: int) -> None:
        """So much more is done."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the caller wants: so many trades for each platform. `receipts`: a folder for receipt files;
    `wait` seconds at most for anchors.
    """

    data: Path
    trades: Mapping[str, int]
    run: Run
    rate: float | None = None
    receipts: Path | None = None
    wait: float = 60.0
    connections: int = 4

    @property
    def truth(self) -> Path:
        """The truth file."""
        return self.data / "simulation" / f"{self.run.seed}.truth.jsonl"

    @property
    def journal(self) -> Path:
        """The run's journal."""
        return self.data / "simulation" / f"{self.run.seed}.{self.run.name}.journal.jsonl"


async def simulate(order: Order, display: Display) -> Summary:
    """Run the order against the service of its data folder. Raises TallyError when the service cannot be
    used.
    """
    target = Target.read(order.data)
    missing = [name for name in order.trades if name not in target.keys]
    if missing:
        raise NotAServiceFolder(f"the service has no platform named {', '.join(missing)}")
    files = ReceiptFiles(order.receipts)
    display.begin("posting", None)
    began = time.monotonic()
    outcome = await _post(order, target, files, display)
    posted = time.monotonic()
    truths = outcome.truths
    try:
        anchored = await asyncio.to_thread(_complete, order, target, files, display)
        waited = time.monotonic() - posted
        if order.run.mix.dishonest and order.receipts is not None:
            truths = truths + await asyncio.to_thread(_operator_cheats, order, target, files)
    finally:
        write_truths(order.truth, sorted(truths, key=lambda truth: (truth.platform, truth.trade)))
    return _summary(order, target, files, outcome, truths, anchored, posted - began, waited)


async def _post(order: Order, target: Target, files: ReceiptFiles, display: Display) -> Outcome:
    async with AsyncExitStack() as stack:
        posters = {
            name: await stack.enter_async_context(
                AsyncClient(target.url, target.keys[name], trust=target.trust)
            )
            for name in order.trades
        }
        register = await stack.enter_async_context(_registration(target))
        plan = Plan(order.trades, order.run, order.rate, order.connections, register)
        journal = stack.enter_context(Journal(order.journal))
        runner = Runner(
            plan,
            posters,
            journal,
            files,
            clock_ms=lambda: time.time_ns() // 1_000_000,
            pacer=Pacer(order.rate, time.monotonic, asyncio.sleep),
            progress=display.advance,
        )
        return await runner.run()


@asynccontextmanager
async def _registration(target: Target) -> AsyncIterator[Callable[[str, str], Awaitable[None]]]:
    """Makes a platform's statement key known to the service (`POST /v1/signers`), as the platform would."""
    async with httpx.AsyncClient(base_url=target.url, timeout=30.0) as http:

        async def register(platform: str, address: str) -> None:
            headers = {"authorization": f"Bearer {target.keys[platform]}"}
            wanted = {"address": address, "role": "platform"}
            answer = await http.post("/v1/signers", json=wanted, headers=headers)
            if answer.status_code not in (200, 201):
                raise NotAServiceFolder(f"registering the platform's key: status {answer.status_code}")

        yield register


def _complete(order: Order, target: Target, files: ReceiptFiles, display: Display) -> dict[str, int]:
    """Wait until every receipt's anchor is final, or the time is up; then complete the files. Anchored
    receipts by platform.
    """
    deadline = time.monotonic() + order.wait
    anchored: dict[str, int] = {}
    for platform, kept in files.kept.items():
        log = PublicLog(target.url, platform)
        try:
            display.begin(f"waiting for {platform}'s anchors", None)
            while (reached := log.refresh()).proved <= kept.last and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            anchored[platform] = sum(1 for index in kept.indexes if index < reached.proved)
            if kept.files:
                display.begin(f"completing {platform}'s receipts", len(kept.files))
                files.complete(platform, log, display.advance)
        finally:
            log.close()
    return anchored


def _operator_cheats(order: Order, target: Target, files: ReceiptFiles) -> list[Truth]:
    """The operator's cheats, from the receipts of this run, one of each for each log."""
    assert order.receipts is not None
    truths, trust = [], target.trust
    for platform, kept in files.kept.items():
        trades: dict[Path, list[tuple[int, Receipt]]] = defaultdict(list)
        for index, path in kept.files:
            trades[path.parent].append((index, core_receipt.parse(path.read_bytes())))
        chains = [[receipt for _, receipt in sorted(each, key=_index)] for each in trades.values()]
        # Whole trades make the better cases; among them the last one, behind an anchor, is tried first.
        ordered = sorted(chains, key=lambda chain: (len(chain) > 1, chain[-1].index))
        found, trust = operator.write_cases(
            order.receipts / "operator", platform, ordered, trust, order.run.seed
        )
        truths += found
    operator.write_trust(order.receipts / "operator", trust)
    return truths


def _index(pair: tuple[int, Receipt]) -> int:
    return pair[0]


def _summary(
    order: Order,
    target: Target,
    files: ReceiptFiles,
    outcome: Outcome,
    truths: list[Truth],
    anchored: Mapping[str, int],
    seconds: float,
    waited: float,
) -> Summary:
    return Summary(
        seed=order.run.seed,
        run=order.run.name,
        trades=outcome.trades,
        events=outcome.events,
        presigned=outcome.presigned,
        batches=outcome.batches,
        seconds=round(seconds, 3),
        rate=round(outcome.events / seconds, 1) if seconds else 0.0,
        waited=round(waited, 3),
        platforms=tuple(_platform(target, files, name, anchored.get(name, 0)) for name in files.kept),
        messy=dict(sorted(outcome.mess.items())),
        violations=count_codes([truth.codes for truth in truths]),
        problems=tuple(outcome.problems),
        truth=str(order.truth),
    )


def _platform(target: Target, files: ReceiptFiles, name: str, anchored: int) -> PlatformSummary:
    kept = files.kept[name]
    spent: AnchorGas | None = None
    if target.rpc and target.registry and kept.indexes:
        try:
            spent = anchor_gas(target.rpc, target.registry, kept.log_id, min(kept.indexes))
        except NodeAnswerUnusable:
            spent = None
    each = round(spent.gas / spent.entries, 2) if spent and spent.entries else None
    return PlatformSummary(
        name,
        len(kept.indexes),
        anchored,
        spent.anchors if spent else None,
        spent.gas if spent else None,
        each,
    )
