"""Flushing an outbox in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from service.client.outbox import Outbox, Poster
from service.core.errors import TallyError


class BackgroundFlush:
    """A thread that flushes the outbox whenever something was put, and again later while that fails.

    `with BackgroundFlush(outbox, client):` — on leaving it stops after the flush under way. What could not be
    posted waits in the file for the next start. `on_error` hears of every failed attempt (from the thread);
    `pause` seconds lie between failed attempts, doubling up to `longest_pause`; the client retries by itself
    before that. Every `poll` seconds it looks for what other processes put into the file.
    """

    def __init__(
        self,
        outbox: Outbox,
        client: Poster,
        *,
        on_error: Callable[[TallyError], None] = lambda error: None,
        pause: float = 1.0,
        longest_pause: float = 60.0,
        poll: float = 5.0,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._on_error = on_error
        self._pause = pause
        self._longest_pause = longest_pause
        self._poll = poll
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def __enter__(self) -> BackgroundFlush:
        self._outbox.arrived.set()  # what an earlier run left behind
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._outbox.arrived.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self._pause
        while not self._stopping.is_set():
            self._outbox.arrived.wait(self._poll)
            self._outbox.arrived.clear()  # before the flush: what is put during it sets it again
            if self._flush():
                pause = self._pause
            else:
                self._stopping.wait(pause)
                pause = min(pause * 2, self._longest_pause)
                self._outbox.arrived.set()

    def _flush(self) -> bool:
        try:
            self._outbox.flush(self._client)
        except TallyError as error:
            self._on_error(error)
            return False
        return True
