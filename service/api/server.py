"""Serving the application: uvicorn with httptools and uvloop, our connection limits, and a clean stop on a
signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from service.api.connections import GuardedConnection, sweep

GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to `serve` (so that a stopped process exits 0) and says when it
    is ready.

    `on_ready(port)` is called once connections are accepted.
    """

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: `serve` has its own handlers."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready(int(self.servers[0].sockets[0].getsockname()[1]))


def server_of(app: ASGIApp, host: str, port: int, on_ready: Callable[[int], None]) -> Server:
    """A server that is ready to serve; nothing listens yet."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=GuardedConnection,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        headers=[("x-content-type-options", "nosniff")],
        proxy_headers=False,
        backlog=1024,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, on_ready)


async def serve(server: Server) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight get their answers."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    sweeping = asyncio.create_task(sweep(server.server_state.connections))
    try:
        await server.serve()
    finally:
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping
