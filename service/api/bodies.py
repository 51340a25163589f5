"""Reading request bodies within bounds: a limit for each, and one budget for all that are in memory at once.

A body announced as too large is refused before a byte of it is read; one that comes in chunks is refused at
the chunk that exceeds the limit. The rest is then read and thrown away for at most two seconds, so that a
client still sending sees the answer and not a reset connection; memory use does not depend on what the
client sends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from service.api import problems

EVENT_BYTES = 64 * 1024
BATCH_BYTES = 16 * 1024 * 1024
DOCUMENT_BYTES = 16 * 1024
_DRAIN_SECONDS = 2.0
_BUDGET_WAIT_SECONDS = 10.0


class BodyBudget:
    """Bytes of request bodies that may be in memory at once. First come, first served; for one event loop.

    Bodies as small as one event have a quarter more to themselves, so that none of them ever waits behind
    large ones, which whoever sends them may take minutes over.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._small = BodyBudget(total // 4) if total // 4 >= EVENT_BYTES else None
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def used(self) -> int:
        """Bytes now reserved."""
        return self._total - self._free + (self._small.used if self._small else 0)

    def of(self, size: int) -> BodyBudget:
        """The budget that a body of this size comes from."""
        return self._small if self._small is not None and size <= EVENT_BYTES else self

    async def reserve(self, size: int) -> None:
        """Take `size` bytes, waiting up to 10 s for them; 503 after that."""
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, granted))
        try:
            async with asyncio.timeout(_BUDGET_WAIT_SECONDS):
                await asyncio.shield(granted)
        except BaseException as error:
            # Whoever gives up after being granted gives back; whoever gives up waiting lets the next one
            # through.
            if granted.done():
                self._free += size
            else:
                self._waiting.remove((size, granted))
            self._grant()
            if isinstance(error, TimeoutError):
                raise problems.Refusal(
                    "overloaded", "too many bodies are being read; try again", headers={"retry-after": "1"}
                ) from None
            raise

    def release(self, size: int) -> None:
        """Give back what was reserved."""
        self._free += size
        if self._waiting:
            self._grant()

    def _grant(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            size, granted = self._waiting.popleft()
            self._free -= size
            granted.set_result(None)


def too_large(limit: int) -> problems.Refusal:
    """413; the connection is closed, for its unread rest is of no use."""
    return problems.Refusal(
        "body-too-large", f"the body is limited to {limit} bytes", headers={"connection": "close"}
    )


def announced_size(request: Request, limit: int) -> int | None:
    """The Content-Length, None when the body comes in chunks; 413 when it exceeds the limit."""
    header = request.headers.get("content-length")
    if header is None:
        return None
    # llhttp has refused anything but decimal digits before this.
    size = int(header)
    if size > limit:
        raise too_large(limit)
    return size


async def _collect(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return chunk if not chunks else b"".join([*chunks, chunk])
        chunks.append(chunk)


@asynccontextmanager
async def bounded_body(request: Request, budget: BodyBudget, limit: int) -> AsyncIterator[bytes]:
    """The whole body, at most `limit` bytes, counted against the budget until the context ends."""
    size = announced_size(request, limit)
    reserved = limit if size is None else size
    purse = budget.of(reserved)
    await purse.reserve(reserved)
    try:
        yield await _collect(request, limit)
    finally:
        purse.release(reserved)


async def send_and_drain(refusal: problems.Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a body that is too large: the whole answer first, then let the client finish talking for a
    moment.
    """
    answer = problems.response(refusal)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})
