"""The way of the sequencers' answers back to the event loop: one wake-up for all that come at once.

`asyncio.wrap_future` wakes the loop for each answer, and a group commit has one for each of its calls; waking
costs a system call and a fight for the interpreter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Replies:
    """For one event loop; answers may come from any thread."""

    def __init__(self) -> None:
        self._came: deque[tuple[Future[Any], asyncio.Future[Any]]] = deque()
        self._woken = False

    async def of(self, answer: Future[T]) -> T:
        """The answer, once it is there; whoever is cancelled while waiting cancels the call."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def came(done: Future[T]) -> None:
            self._came.append((done, waiting))
            if not self._woken:  # else `_deliver` is still to run, and finds this one
                self._woken = True
                loop.call_soon_threadsafe(self._deliver)

        answer.add_done_callback(came)
        try:
            return await waiting
        except asyncio.CancelledError:
            answer.cancel()
            raise

    def _deliver(self) -> None:
        self._woken = False  # first: what comes from here on wakes the loop again
        while self._came:
            done, waiting = self._came.popleft()
            if waiting.done():
                continue
            if done.cancelled():
                waiting.cancel()
            elif (error := done.exception()) is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(done.result())
