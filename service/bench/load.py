"""A load generator that costs little beside what it measures: raw HTTP/1.1 over asyncio, requests prepared
beforehand.

Each connection sends its next request when the last is answered (a closed loop). Only for servers on this
machine that answer with Content-Length.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TURNS = 4
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Outcome:
    """What one run saw: answers by status, latency of each in seconds, bodies if they were kept."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take another run's answers in."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.heads += other.heads
        self.bodies += other.bodies
        for status, count in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + count

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, q: float) -> float:
        """The latency in milliseconds that a share `q` of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))] * 1000

    def require(self, *statuses: int) -> Outcome:
        """Itself, if every answer had one of these statuses; RuntimeError otherwise: a figure of refusals
        means nothing.
        """
        wrong = {status: count for status, count in self.statuses.items() if status not in statuses}
        if wrong or not self.latencies:
            example = next((body[:300] for body in self.bodies if b'"status"' in body), b"")
            raise RuntimeError(f"the service answered {wrong or 'nothing'}: {example!r}")
        return self


def request(url: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """One complete HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], outcome: Outcome, keep: bool) -> None:
        self._requests = requests
        self._outcome = outcome
        self._keep = keep
        self._buffer = b""
        self._needed = 0
        self._started = 0.0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            self._transport.close()
            if not self.finished.done():
                self.finished.set_result(None)
            return
        self._started = time.perf_counter()
        self._transport.write(following)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._needed:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._buffer, 0, end + 4)
            self._needed = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < self._needed:
            return
        now = time.perf_counter()
        status = int(self._buffer[9:12])
        self._outcome.latencies.append(now - self._started)
        self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
        if self._keep or status >= 400:
            head, _, body = self._buffer.partition(b"\r\n\r\n")
            self._outcome.heads.append(head)
            self._outcome.bodies.append(body)
        self._buffer, self._needed = b"", 0
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionError("the server closed the connection"))


def run(
    url: str,
    requests: Iterable[bytes],
    *,
    connections: int,
    seconds: float | None = None,
    keep: bool = False,
) -> Outcome:
    """Send the requests over that many connections, until they run out or the time is up."""
    return asyncio.run(_run(url, iter(requests), connections, seconds, keep))


def alternate(
    one: tuple[str, Iterator[bytes]], other: tuple[str, Iterator[bytes]], *, connections: int, seconds: float
) -> tuple[Outcome, Outcome]:
    """Measure two servers in turn, `seconds` each in all: what disturbs the machine then disturbs both."""
    outcomes = Outcome(), Outcome()
    for _ in range(_TURNS):
        for (url, requests), outcome in zip((one, other), outcomes, strict=True):
            outcome.add(run(url, requests, connections=connections, seconds=seconds / _TURNS))
    return outcomes


async def _run(
    url: str, requests: Iterator[bytes], connections: int, seconds: float | None, keep: bool
) -> Outcome:
    outcome = Outcome()
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    until = None if seconds is None else started + seconds

    def timed() -> Iterator[bytes]:
        for each in requests:
            if until is not None and time.perf_counter() > until:
                return
            yield each

    shared = timed()
    opened = [
        await loop.create_connection(
            lambda: _Connection(shared, outcome, keep), address.hostname or "127.0.0.1", address.port or 80
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.finished for _, protocol in opened))
    outcome.seconds = time.perf_counter() - started
    return outcome
