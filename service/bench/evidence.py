"""Evidence of ten-event trades in a grown log: how long one takes in each form, and how many a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, takewhile
from pathlib import Path
from typing import Any

import httpx
import orjson

from service.bench import load, processes
from service.bench.read import fill
from service.bench.report import Figure

_TRADES = 40
_PRINTED_A_SECOND = 25
"""More certificates than are set in a second: a trade is asked for the first time once only."""
_SETTLE_SECONDS = 60.0
_CONNECTIONS = 4
_BARE = "zip?certificate=none"


def measure(folder: Path, *, entries: int, seconds: float, seed: int) -> list[Figure]:
    """Grow a log, post ten-event trades, wait until they are anchored, then ask for their evidence.

    A certificate is set once and serves for a minute, so first prints and repeats are told apart: for a first
    print every request names a trade of its own.
    """
    data = folder / "data"
    with processes.service(data) as url:
        key = processes.credentials(data)["platforms"]["kaka"]["api_key"]
        fill(url, key, 0, entries, seed)
        many = int(_PRINTED_A_SECOND * seconds)
        groups = {
            name: _post(url, key, name, count)
            for name, count in {"again": _TRADES, "pdf": many, "bundle": many, "crowd": many}.items()
        }
        _wait_for_anchors(url, key, groups["bundle"][-1])
        asking = _Asking(url, key, seconds)
        repeated = groups["again"]
        json = asking.repeatedly(repeated, "json", 1)
        pdf = asking.once(groups["pdf"], "pdf", 1)
        bundle = asking.once(groups["bundle"], "zip", 1)
        first = asking.once(groups["crowd"], "zip", _CONNECTIONS)
        replace(asking, seconds=_SETTLE_SECONDS).once(repeated, "zip", _CONNECTIONS)
        crowd = {form: asking.repeatedly(repeated, form, _CONNECTIONS) for form in ("json", "zip", _BARE)}
    at, target = f", {_CONNECTIONS} connections", 20
    return [
        Figure(f"evidence.json of 10 events, {entries:,} entries, p95", _p95(json), "ms", 100, "lower"),
        Figure("evidence.pdf, p95", _p95(pdf), "ms", 600, "lower"),
        Figure("evidence.zip with its certificate, p95", _p95(bundle), "ms"),
        Figure(f"evidence.json{at}", crowd["json"].rate, "bundles/s", target),
        Figure(f"evidence.zip without certificate{at}", crowd[_BARE].rate, "bundles/s", target),
        Figure(f"evidence.zip, first print of each{at}", first.rate, "bundles/s", target),
        Figure(f"evidence.zip, again within a minute{at}", crowd["zip"].rate, "bundles/s", target),
    ]


def _p95(outcome: load.Outcome) -> float:
    return outcome.quantile(0.95)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks for evidence, for so many seconds at most."""

    url: str
    key: str
    seconds: float

    def once(self, trades: list[str], form: str, connections: int) -> load.Outcome:
        """Of each trade once."""
        return self._run(iter(self._requests(trades, form)), connections)

    def repeatedly(self, trades: list[str], form: str, connections: int) -> load.Outcome:
        """Of the trades in turn, over and over."""
        return self._run(cycle(self._requests(trades, form)), connections)

    def _requests(self, trades: list[str], form: str) -> list[bytes]:
        headers = {"Authorization": f"Bearer {self.key}"}
        return [
            load.request(self.url, "GET", f"/v1/trades/{each}/evidence.{form}", headers) for each in trades
        ]

    def _run(self, requests: Iterator[bytes], connections: int) -> load.Outcome:
        end = time.monotonic() + self.seconds
        timely = takewhile(lambda _: time.monotonic() < end, requests)
        return load.run(self.url, timely, connections=connections).require(200)


def _post(url: str, key: str, group: str, count: int) -> list[str]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    trades = [f"bench-{group}-{number}" for number in range(count)]
    body = b"\n".join(orjson.dumps(event) for trade in trades for event in _events(trade))
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        client.post("/v1/events/batch", content=body).raise_for_status()
    return trades


def _wait_for_anchors(url: str, key: str, trade: str) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        end = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < end:
            evidence = client.get(f"/v1/trades/{trade}/evidence.json").raise_for_status().json()
            if all(each["receipt"]["anchors"] for each in evidence["entries"]):
                return
            time.sleep(0.5)
    raise RuntimeError("the trades were not anchored in time")


def _events(trade: str) -> list[dict[str, Any]]:
    """Quoted, accepted, handed over, inspected, paid in three states, acknowledged, disputed and answered."""

    def event(number: int, event_type: str, /, **claims: Any) -> dict[str, Any]:
        occurred = f"2026-11-22T04:{number:02}:00.000Z"
        name = f"{trade}-{number}"
        return {"event": name, "trade": trade, "type": event_type, "occurred": occurred, "claims": claims}

    def payout(number: int, state: str) -> dict[str, Any]:
        leg = {"leg": "1", "channel": "alipay", "amount": 38000, "kind": "money", "currency": "CNY"}
        return event(
            number, "payout", payout=f"po-{trade}", state=state, final=state == "succeeded", legs=[leg]
        )

    def reference(number: int) -> dict[str, str]:
        return {"event": f"{trade}-{number}"}

    item = {"line": "1", "brand": "京东E卡", "face": 50000, "net": 46000, "kind": "code"}
    offer = {"currency": "CNY", "net": 46000, "gross": 46000, "headline_rate_bp": 9200, "rate_base": "face"}
    clock = {"start": "acceptance", "seconds": 1800}
    terms = {"valid_until": "2026-11-22T05:00:00.000Z", "payout_clock": clock, "settlement": ["alipay"]}
    claim = {"code": "not_as_promised", "text": "少付了八十元", "amount": 8000, "currency": "CNY"}
    dispute = f"d-{trade}"
    return [
        event(0, "quote", items=[item], offer=offer, terms=terms, firmness="firm"),
        event(1, "acceptance", quote=reference(0), amount=46000, currency="CNY"),
        event(2, "handover", mode="code_revealed"),
        event(3, "inspection", items=[{"line": "1", "outcome": "pass"}]),
        payout(4, "initiated"),
        payout(5, "processing"),
        payout(6, "succeeded"),
        event(7, "payout_ack", payout=reference(6), result="part", amount=38000, currency="CNY"),
        event(8, "dispute_opened", dispute=dispute, by="user", claim=claim, contested=[reference(6)]),
        event(9, "dispute_answer", dispute=dispute, kind="substantive", position="reject"),
    ]
