"""Random bytes for salts: the kernel's, drawn in large pieces.

A draw is a system call that gives up the interpreter lock; one an event costs a busy server more than
hashing the event.
"""

from __future__ import annotations

import os
from threading import Lock

_PIECE = 64 * 1024


class RandomBytes:
    """`os.urandom`, a piece at a time. No byte is handed out twice. Safe among threads; not for forked
    processes.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._piece = b""
        self._used = 0

    def __call__(self, count: int) -> bytes:
        """`count` random bytes."""
        if count > _PIECE:
            return os.urandom(count)
        with self._lock:
            if self._used + count > len(self._piece):
                self._piece, self._used = os.urandom(_PIECE), 0
            start = self._used
            self._used += count
            return self._piece[start : self._used]
