"""Ingest over HTTP: batches against a bare insert of the same rows, single POSTs against a bare echo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from service.bench import load, processes
from service.bench.bare_insert import bare_insert_rate
from service.bench.report import Figure
from service.simulate import realistic_event_batch

_BATCH = 1000
_CONNECTIONS = 32
_SINGLES_A_SECOND = 6000  # more than two cores can answer


def measure(folder: Path, *, events: int, seconds: float, seed: int) -> list[Figure]:
    """Post `events` in batches of 1,000, then singles for `seconds`; both references in the same run."""
    data = folder / "data"
    made = realistic_event_batch(events, seed)
    sizes = [len(orjson.dumps(event)) for event in made]
    with processes.service(data) as url, processes.echo(folder) as echo_url:
        key = processes.credentials(data)["platforms"]["kaka"]["api_key"]
        batches = load.run(url, _batch_requests(url, key, made), connections=2).require(201)
        prepared = iter(_single_requests(url, key, seed + 1, int(seconds * _SINGLES_A_SECOND)))
        echoes = _echo_requests(echo_url, made)
        singles, echo = load.alternate(
            (url, prepared), (echo_url, echoes), connections=_CONNECTIONS, seconds=seconds
        )
    singles.require(201)
    echo.require(200)
    rate = events / batches.seconds
    bare = bare_insert_rate(data / "tallystick.db", folder, events)
    return [
        Figure("mean event", sum(sizes) / len(sizes), "bytes"),
        Figure("batch ingest, durable, HTTP, SQLite", rate, "events/s", 10_000),
        Figure("bare bulk insert of the same rows", bare, "rows/s"),
        Figure("batch ingest / bare insert", rate / bare, "", 0.35),
        Figure("single POST, 32 connections", singles.rate, "requests/s"),
        Figure("bare FastAPI echo, 32 connections", echo.rate, "requests/s"),
        Figure("single POST / echo", singles.rate / echo.rate, "", 0.5),
        Figure("single POST, median", singles.quantile(0.5), "ms"),
        Figure("single POST, p99", singles.quantile(0.99), "ms", 60, "lower"),
    ]


def _headers(key: str, kind: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": kind}


def _batch_requests(url: str, key: str, events: list[dict[str, object]]) -> list[bytes]:
    headers = _headers(key, "application/x-ndjson")
    bodies = [
        b"\n".join(orjson.dumps(event) for event in events[start : start + _BATCH])
        for start in range(0, len(events), _BATCH)
    ]
    return [load.request(url, "POST", "/v1/events/batch", headers, body) for body in bodies]


def _single_requests(url: str, key: str, seed: int, count: int) -> list[bytes]:
    """Made beforehand: generating events must not disturb the latencies."""
    headers = _headers(key, "application/json")
    return [
        load.request(url, "POST", "/v1/events", headers, orjson.dumps(event))
        for event in realistic_event_batch(count, seed)
    ]


def _echo_requests(url: str, events: list[dict[str, object]]) -> Iterator[bytes]:
    requests = [
        load.request(url, "POST", "/echo", {"Content-Type": "application/json"}, orjson.dumps(event))
        for event in events[:2000]
    ]
    while True:
        yield from requests
