"""The HTTP/1.1 connection: uvicorn's httptools protocol with the limits it lacks.

uvicorn bounds neither the time a request may take to arrive nor the size of its headers, and answers what
it refuses itself in plain text. Here: a deadline for headers and one for bodies (enforced by one sweep a
second, so that the path of a good request pays nothing but one attribute), a bound on header bytes and on
connections, and problem+json throughout.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.api import problems

HEADER_SECONDS = 10.0
BODY_SECONDS = 120.0
HEADER_BYTES = 32 * 1024
MAX_CONNECTIONS = 512


class GuardedConnection(HttpToolsProtocol):
    """One client connection. `began` is the loop time at which the request now arriving began, None when
    none is.
    """

    began: float | None = None
    head_bytes = 0
    head_complete = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; refuse it when there are too many."""
        super().connection_made(transport)
        self.began = self.loop.time()
        if len(self.connections) > MAX_CONNECTIONS:
            self.refuse(
                problems.Refusal(
                    "overloaded", "too many connections; try again", headers={"retry-after": "1"}
                )
            )

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless the headers grew beyond their bound."""
        if self.transport.is_closing():
            return
        if self.began is None and (self.cycle is None or self.cycle.response_complete):
            self.began = self.loop.time()
        super().data_received(data)
        if self.began is not None and not self.head_complete:
            self.head_bytes += len(data)
            if self.head_bytes > HEADER_BYTES:
                self.refuse(
                    problems.Refusal("headers-too-large", f"headers are limited to {HEADER_BYTES} bytes")
                )

    def on_message_begin(self) -> None:
        """A request line begins."""
        super().on_message_begin()
        self.head_bytes = 0
        self.head_complete = False

    def on_headers_complete(self) -> None:
        """The headers are whole; the body may follow."""
        self.head_complete = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has arrived."""
        self.began = None
        self.head_complete = False
        super().on_message_complete()

    def overdue(self, now: float) -> bool:
        """Whether the request now arriving has taken too long."""
        if self.began is None:
            return False
        return now - self.began > (BODY_SECONDS if self.head_complete else HEADER_SECONDS)

    def refuse(self, refusal: problems.Refusal) -> None:
        """Answer with a problem, unless an answer has begun, and close. A waiting handler sees a
        disconnect.
        """
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_raw_response(refusal))
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to bytes that are not HTTP."""
        self.refuse(problems.Refusal("invalid-request", "this is not an HTTP/1.1 request"))


def _raw_response(refusal: problems.Refusal) -> bytes:
    content = problems.body(refusal)
    headers = {
        "content-type": problems.MEDIA_TYPE,
        "content-length": str(len(content)),
        "cache-control": "no-store",
        "connection": "close",
        **refusal.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[refusal.kind.status] + lines.encode("ascii") + b"\r\n" + content


async def sweep(connections: set[Any]) -> None:
    """Close, once a second, every connection whose request is overdue. Runs until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(1.0)
        now = loop.time()
        for connection in list(connections):
            if connection.overdue(now):
                connection.refuse(
                    problems.Refusal(
                        "request-timeout", "the request did not arrive in time; the connection is closed"
                    )
                )
