"""The guarded HTTP/1.1 connection, spoken to in raw bytes: deadlines, bounds, and problems instead of
plain text.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.api import connections
from service.api.server import server_of


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body's length."""
    size = 0
    async for chunk in Request(scope, receive).stream():
        size += len(chunk)
    await Response(str(size))(scope, receive, send)


class Running:
    """A server in this event loop, and the port it took."""

    def __init__(self) -> None:
        self.ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.server = server_of(echo, "127.0.0.1", 0, self.ready.set_result)

    def port(self) -> int:
        """The port listened on."""
        return self.ready.result()


@pytest.fixture
async def server() -> AsyncIterator[Running]:
    running = Running()
    serving = asyncio.create_task(running.server.serve())
    sweeping = asyncio.create_task(connections.sweep(running.server.server_state.connections))
    await running.ready
    yield running
    running.server.should_exit = True
    sweeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sweeping
    await serving


async def answer(server: Running, *parts: bytes, pause: float = 0.0) -> tuple[int, dict[str, object]]:
    """Send the parts with pauses between, read to the end; status and problem document."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port())
    reading = asyncio.create_task(reader.read())
    for part in parts:
        if reading.done():
            break
        writer.write(part)
        await asyncio.sleep(pause)
    raw = await asyncio.wait_for(reading, 10)
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, raw
    return int(head.split(b" ")[1]), json.loads(body)


async def test_bytes_that_are_not_http(server: Running) -> None:
    status, problem = await answer(server, b"\x16\x03\x01 hello\r\n\r\n")
    assert (status, problem["type"]) == (400, "urn:tallystick:problem:invalid-request")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"9" * 40, b"1, 2"])
async def test_nonsense_lengths(server: Running, length: bytes) -> None:
    status, _ = await answer(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
    assert status == 400


async def test_headers_too_slow(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    parts = [b"GET / HTTP/1.1\r\n", *[b"X-Slow: 1\r\n"] * 40]
    status, problem = await answer(server, *parts, pause=0.1)
    assert (status, problem["type"]) == (408, "urn:tallystick:problem:request-timeout")


async def test_a_silent_connection_is_closed(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    status, _ = await answer(server)
    assert status == 408


async def test_blank_lines_do_not_hold_a_connection(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    status, _ = await answer(server, *[b"\r\n"] * 40, pause=0.1)
    assert status == 408


async def test_a_body_too_slow(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.5)
    parts = [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 40]
    status, _ = await answer(server, *parts, pause=0.1)
    assert status == 408


async def test_one_endless_header(server: Running) -> None:
    status, problem = await answer(server, b"GET / HTTP/1.1\r\nX-Long: ", *[b"y" * 8192] * 20, pause=0.05)
    assert (status, problem["type"]) == (431, "urn:tallystick:problem:headers-too-large")


async def test_too_many_connections(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
    held = [await asyncio.open_connection("127.0.0.1", server.port()) for _ in range(2)]
    await asyncio.sleep(0.05)
    status, problem = await answer(server)
    assert (status, problem["type"]) == (503, "urn:tallystick:problem:overloaded")
    for _, writer in held:
        writer.close()


async def test_requests_on_one_connection_each_get_their_time(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 1.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port())
    for _ in range(4):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 200")
        assert await reader.readexactly(1) == b"3"
        await asyncio.sleep(0.7)
    writer.close()


async def test_a_pipelined_request_is_answered_in_turn(server: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port())
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    writer.write(one + one + one)
    for _ in range(3):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 200")
        await reader.readexactly(1)
    writer.close()


async def test_blank_lines_do_not_hold_a_connection_after_a_request(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port())
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(1)
    reading = asyncio.create_task(reader.read())
    for _ in range(60):
        if reading.done():
            break
        writer.write(b"\r\n")
        await asyncio.sleep(0.1)
    assert (await asyncio.wait_for(reading, 5)).startswith(b"HTTP/1.1 408")
    writer.close()
