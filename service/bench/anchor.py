"""Anchoring: gas of real anchors, gas an event, and the time from a receipt to its anchor."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import orjson

from service.bench import load, processes
from service.bench.report import Figure
from service.simulate import realistic_event_batch

_EVENTS_AN_ANCHOR = 10_000
_POLL = 0.2
_PATIENCE = 120.0
# Measured on a local node for comparison: one attest() a record, and a leaf of multiTimestamp() of 100.
_EAS_ATTEST = 180_134
_EAS_LEAF = 24_780


def measure(folder: Path, *, rounds: int, seed: int) -> list[Figure]:
    """`rounds` times: append 10,000 events, wait until an anchor covers all of them."""
    data = folder / "data"
    lags = []
    with processes.service(data) as url:
        key = processes.credentials(data)["platforms"]["kaka"]["api_key"]
        size = 0
        for number in range(rounds):
            size += _append(url, key, seed + number)
            lags.append(_wait(url, size))
        anchors = _anchors(url)
    gas = [anchor["hints"]["gas_used"] for anchor in anchors]
    worst = max(gas[1:] or gas)  # the first anchor fills empty slots, and has no consistency proof
    return [
        Figure("anchors", len(anchors), ""),
        Figure("gas of an anchor, worst after the first", worst, "gas", 92_000, "lower"),
        Figure("gas an event, over the whole run", sum(gas) / size, "gas", 9.5, "lower"),
        Figure("one EAS attestation / gas an event", _EAS_ATTEST / (sum(gas) / size), "times"),
        Figure("one EAS timestamp leaf / gas an event", _EAS_LEAF / (sum(gas) / size), "times"),
        Figure("from the last receipt to its final anchor", max(lags), "s"),
    ]


def _append(url: str, key: str, seed: int) -> int:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    made = realistic_event_batch(_EVENTS_AN_ANCHOR, seed)
    body = b"\n".join(orjson.dumps(event) for event in made)
    load.run(url, [load.request(url, "POST", "/v1/events/batch", headers, body)], connections=1).require(201)
    return len(made)


def _anchors(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/logs/kaka/anchors", timeout=30) as answer:  # noqa: S310 - our own
        found: list[dict[str, Any]] = json.load(answer)["anchors"]
        return found


def _wait(url: str, size: int) -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < _PATIENCE:
        if any(anchor["size"] >= size for anchor in _anchors(url)):
            return time.perf_counter() - started
        time.sleep(_POLL)
    raise RuntimeError(f"no anchor covers {size} entries after {_PATIENCE:.0f} s")
