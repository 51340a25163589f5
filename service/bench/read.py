"""Reads over HTTP against the bare echo: receipts and public proofs, in a small log and in a grown one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import orjson

from service.bench import load, processes
from service.bench.report import Figure
from service.core.hexs import to_hex
from service.core.merkle import leaf_hash
from service.simulate import realistic_event_batch

_BATCH = 1000
_SMALL = 10_000
_CONNECTIONS = 32


def measure(folder: Path, *, entries: int, seconds: float, seed: int) -> list[Figure]:
    """Fill a log to 10,000 entries and measure, fill it to `entries` and measure again, then the echo."""
    data = folder / "data"
    grown = max(entries, _SMALL)
    rng = random.Random(seed)  # noqa: S311 - which entries are asked for
    with processes.service(data) as url:
        key = processes.credentials(data)["platforms"]["kaka"]["api_key"]
        leaves = _fill(url, key, 0, _SMALL, seed)
        small = _proofs(url, _SMALL, seconds, rng)
        receipts = _receipts(url, key, leaves, seconds, rng)
        for number, first in enumerate(range(_SMALL, grown, _SMALL), 1):
            leaves += _fill(url, key, first, min(_SMALL, grown - first), seed + number)
        large = _proofs(url, grown, seconds, rng)
        late_receipts = _receipts(url, key, leaves, seconds, rng)
    with processes.echo(folder) as url:
        requests = _again([load.request(url, "GET", "/echo", {})])
        echo = load.run(url, requests, connections=_CONNECTIONS, seconds=seconds).require(200)
    return [
        Figure("bare FastAPI echo", echo.rate, "requests/s"),
        Figure(f"inclusion proof, {_SMALL:,} entries", small.rate, "requests/s"),
        Figure("inclusion proof / echo", small.rate / echo.rate, "", 0.5),
        Figure(f"inclusion proof, {grown:,} entries", large.rate, "requests/s"),
        Figure(f"cost at {grown:,} / cost at {_SMALL:,}", small.rate / large.rate, "", 1.3, "lower"),
        Figure("receipt", receipts.rate, "requests/s"),
        Figure("receipt / echo", receipts.rate / echo.rate, "", 0.5),
        Figure(
            f"receipt, cost at {grown:,} / at {_SMALL:,}",
            receipts.rate / late_receipts.rate,
            "",
            1.3,
            "lower",
        ),
        Figure("receipt, p99", receipts.quantile(0.99), "ms"),
    ]


def _fill(url: str, key: str, first: int, count: int, seed: int) -> list[str]:
    """Append that many entries; their leaves."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    made = realistic_event_batch(count, seed)
    bodies = [
        b"\n".join(orjson.dumps(event) for event in made[start : start + _BATCH])
        for start in range(0, count, _BATCH)
    ]
    requests = [load.request(url, "POST", "/v1/events/batch", headers, body) for body in bodies]
    outcome = load.run(url, requests, connections=2, keep=True).require(201)
    answers = [orjson.loads(body) for body in outcome.bodies]
    return [to_hex(leaf_hash(entry.encode())) for answer in answers for entry in answer["entries"]]


def _again(requests: list[bytes]) -> Iterator[bytes]:
    while True:
        yield from requests


def _proofs(url: str, size: int, seconds: float, rng: random.Random) -> load.Outcome:
    paths = [f"/logs/kaka/proof?index={rng.randrange(size)}&size={size}" for _ in range(2000)]
    requests = [load.request(url, "GET", path, {}) for path in paths]
    return load.run(url, _again(requests), connections=_CONNECTIONS, seconds=seconds).require(200)


def _receipts(url: str, key: str, leaves: list[str], seconds: float, rng: random.Random) -> load.Outcome:
    headers = {"Authorization": f"Bearer {key}"}
    chosen = rng.sample(leaves, min(2000, len(leaves)))
    requests = [load.request(url, "GET", f"/v1/receipts/{leaf}", headers) for leaf in chosen]
    return load.run(url, _again(requests), connections=_CONNECTIONS, seconds=seconds).require(200)
