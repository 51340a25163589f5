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
    with processes.service(data) as url, processes.echo(folder) as echo_url:
        key = processes.credentials(data)["platforms"]["kaka"]["api_key"]
        echoes = _again([load.request(echo_url, "GET", "/echo", {})])
        leaves = fill(url, key, 0, _SMALL, seed)

        def beside_echo(requests: list[bytes]) -> tuple[load.Outcome, load.Outcome]:
            found, reference = load.alternate(
                (url, _again(requests)), (echo_url, echoes), connections=_CONNECTIONS, seconds=seconds
            )
            return found.require(200), reference.require(200)

        small, echo = beside_echo(_proofs(url, _SMALL, rng))
        receipts, receipt_echo = beside_echo(_receipts(url, key, leaves, rng))
        for number, first in enumerate(range(_SMALL, grown, _SMALL), 1):
            leaves += fill(url, key, first, min(_SMALL, grown - first), seed + number)
        large, large_echo = beside_echo(_proofs(url, grown, rng))
        late, late_echo = beside_echo(_receipts(url, key, leaves, rng))
    small_share, large_share = small.rate / echo.rate, large.rate / large_echo.rate
    share, late_share = receipts.rate / receipt_echo.rate, late.rate / late_echo.rate
    return [
        Figure("bare FastAPI echo", echo.rate, "requests/s"),
        Figure(f"inclusion proof, {_SMALL:,} entries", small.rate, "requests/s"),
        Figure("inclusion proof / echo", small_share, "", 0.5),
        Figure(f"inclusion proof, {grown:,} entries / echo", large_share, "", 0.5),
        Figure(f"proof, cost at {grown:,} / at {_SMALL:,}", small_share / large_share, "", 1.3, "lower"),
        Figure("receipt", receipts.rate, "requests/s"),
        Figure("receipt / echo", share, "", 0.5),
        Figure(f"receipt, {grown:,} entries / echo", late_share, "", 0.5),
        Figure(f"receipt, cost at {grown:,} / at {_SMALL:,}", share / late_share, "", 1.3, "lower"),
        Figure("receipt, p99", receipts.quantile(0.99), "ms"),
    ]


def fill(url: str, key: str, first: int, count: int, seed: int) -> list[str]:
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


def _proofs(url: str, size: int, rng: random.Random) -> list[bytes]:
    paths = [f"/logs/kaka/proof?index={rng.randrange(size)}&size={size}" for _ in range(2000)]
    return [load.request(url, "GET", path, {}) for path in paths]


def _receipts(url: str, key: str, leaves: list[str], rng: random.Random) -> list[bytes]:
    headers = {"Authorization": f"Bearer {key}"}
    chosen = rng.sample(leaves, min(2000, len(leaves)))
    return [load.request(url, "GET", f"/v1/receipts/{leaf}", headers) for leaf in chosen]
