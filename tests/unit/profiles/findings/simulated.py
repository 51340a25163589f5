"""Simulated trades as a log would show them: a tiny log in memory, with checkpoints and synthetic anchors.

`Group`s hold one trade with what belongs to it; `judged` evaluates all rules over each of its trades.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

from service.core.times import parse_time
from service.profiles.giftcard.findings import evaluate
from service.profiles.giftcard.findings.model import Anchored, Finding, Promise, Shown, TradeView
from service.profiles.giftcard.references import references
from service.simulate import SimulatedTrade, generate
from service.simulate.pace import LIVE, Pace

START = 1_790_000_000_000
DAYS = 86_400_000
_ANCHOR_EVERY = 64
_ANCHOR_AFTER_MS = 60_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """One trade of the run, as its log shows it, and the entries that belong into its context."""

    trade: SimulatedTrade
    entries: tuple[Shown, ...]
    context: tuple[Shown, ...]
    end: int

    def view(self) -> TradeView:
        """What the rules look at."""
        return view_of(self.trade, self.entries, self.context)

    def findings(self, after_ms: int = 5 * DAYS) -> tuple[Finding, ...]:
        """All findings, so long after everything has ended."""
        return evaluate(self.view(), self.end + after_ms)


def view_of(trade: SimulatedTrade, entries: Sequence[Shown], context: Sequence[Shown] = ()) -> TradeView:
    """The view of a simulated trade."""
    return TradeView(
        log_id=sha256(trade.platform.encode()).digest(),
        origin=f"tally.example/{trade.platform}",
        chain_id=31337,
        registry="0x" + "42" * 20,
        trade=trade.trade,
        entries=tuple(entries),
        context=tuple(context),
        keys=(),
    )


def run(
    platform: str,
    trades: int,
    seed: int,
    *,
    messy: float = 0.0,
    dishonest: float = 0.0,
    pace: Pace = LIVE,
) -> Iterator[Recorded]:
    """Every trade of a run (companions and abandoned quotes as well), recorded in order of arrival."""
    made = list(generate(platform, trades, seed, START, messy=messy, dishonest=dishonest, pace=pace))
    entries = record(made)
    tariffs = tuple(each for trade in made if trade.kind == "tariff" for each in entries[trade.trade])
    groups: list[list[SimulatedTrade]] = []
    for trade in made:
        if trade.kind == "trade":
            groups.append([])
        if trade.kind != "tariff":
            groups[-1].append(trade)
    for group in groups:
        end = max(each.end_ms for each in group)
        companion = next((each for each in group if each.kind == "companion"), None)
        for trade in group:
            other = {"trade": companion, "companion": group[0]}.get(trade.kind)
            twin = entries[other.trade] if other else ()
            context = tuple(sorted((*tariffs, *twin), key=lambda each: each.index))
            yield Recorded(trade, entries[trade.trade], context, end)


def record(made: Sequence[SimulatedTrade]) -> dict[str, tuple[Shown, ...]]:
    """Append all events in order of arrival; the entries by trade."""
    arrivals = sorted(
        ((each.sent_ms, order, each.event) for order, trade in enumerate(made) for each in trade.events),
        key=lambda each: each[:2],
    )
    received = [sent for sent, _, _ in arrivals]
    cuts = _blocks(received)
    anchors = [_anchor(begin, size, received) for begin, size in pairwise(cuts)]
    chains: dict[str, list[Shown]] = {}
    for index, (sent, _, event) in enumerate(arrivals):
        chain = chains.setdefault(str(event["trade"]), [])
        chain.append(_shown(event, index, sent, chain, anchors[bisect_right(cuts, index) - 1]))
    return {trade: tuple(chain) for trade, chain in chains.items()}


def _shown(
    event: Mapping[str, Any], index: int, sent: int, chain: Sequence[Shown], anchor: Anchored
) -> Shown:
    claims = event["claims"]
    for _, ref in references(event["type"], claims):
        ref["digest"] = "0x" + _digest(str(ref["event"])).hex()
    leaf = sha256(b"leaf" + str(event["event"]).encode()).digest()
    return Shown(
        index=index,
        leaf=leaf,
        digest=_digest(event["event"]),
        seq=len(chain),
        prev=chain[-1].leaf if chain else None,
        event=event["event"],
        trade=event["trade"],
        type=event["type"],
        occurred=parse_time(event["occurred"]),
        received=sent,
        claims=claims,
        withheld=0,
        promise=Promise(index + 1, leaf, sent // 1000, sent // 1000 + 600, via=False),
        anchor=anchor,
    )


def _digest(event: str) -> bytes:
    return sha256(b"digest" + event.encode()).digest()


def _blocks(received: Sequence[int]) -> list[int]:
    """Where anchors cut the log: after so many entries, or when nothing more comes for a while."""
    cuts, begin = [0], 0
    for index in range(1, len(received)):
        if index - begin == _ANCHOR_EVERY or received[index] - received[begin] > _ANCHOR_AFTER_MS:
            cuts.append(index)
            begin = index
    return [*cuts, len(received)]


def _anchor(begin: int, size: int, received: Sequence[int]) -> Anchored:
    """The anchor of the entries [begin, size), half a minute after the last of them."""
    before = received[begin - 1] // 1000 if begin else received[0] // 1000 - 60
    return Anchored(
        size,
        sha256(b"root%d" % size).digest(),
        proved=True,
        timestamp=received[size - 1] // 1000 + 30,
        block_number=size,
        block_hash=sha256(b"block%d" % size).digest(),
        prev_size=begin,
        prev_timestamp=before + 30,
        prev_signed_at=before,
        final=True,
    )
