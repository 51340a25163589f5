"""The system's resolver with a time-out of its own, which it lacks: a look-up may take the better part of a
minute, and nothing ends it from outside.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a name, for connections to a port; OSError when there are none."""

SECONDS = 4.0
_AT_ONCE = 64


def resolve(host: str, port: int) -> Sequence[str]:
    """The system's resolver, IPv4 and IPv6."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class TimedResolver:
    """Looks names up in threads of their own and leaves one that takes too long behind; nobody waits for it,
    not even the end of the process. So many may be left behind at once: then nothing is looked up.
    """

    def __init__(
        self, look_up: Resolver = resolve, *, seconds: float = SECONDS, at_once: int = _AT_ONCE
    ) -> None:
        self._look_up = look_up
        self._seconds = seconds
        self._free = BoundedSemaphore(at_once)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses; OSError when there are none, TimeoutError (one of these) when there was no time."""
        if not self._free.acquire(blocking=False):
            raise TimeoutError("too many names are being looked up")
        answer: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()
        looking = Thread(target=self._answer, args=(host, port, answer), name="webhook-name", daemon=True)
        try:
            looking.start()
        except RuntimeError as error:  # no more threads
            self._free.release()
            raise TimeoutError("no name can be looked up now") from error
        try:
            found = answer.get(timeout=self._seconds)
        except Empty:
            raise TimeoutError("the name was not resolved in time") from None
        if isinstance(found, Exception):
            raise found
        return found

    def _answer(self, host: str, port: int, answer: SimpleQueue[Sequence[str] | Exception]) -> None:
        found: Sequence[str] | Exception
        try:
            found = self._look_up(host, port)
        except Exception as error:
            found = error
        self._free.release()
        answer.put(found)
