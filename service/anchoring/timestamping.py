"""Time stamps (RFC 3161) for anchored checkpoints: what courts know as a trusted third party's clock.

A stamp covers every entry below its checkpoint's size, so one now and then is enough. The stamper never
stands in the way of anchoring or posting: an authority that does not answer costs a line in the journal, and
the next round asks again, for a newer checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Protocol

from service.core import timestamp
from service.core.errors import TallyError

log = logging.getLogger("tally.timestamps")


@dataclass(frozen=True, slots=True)
class StampRecord:
    """The response of an authority over the signed note of (size, root); `time` in Unix ms, as it states."""

    log_id: bytes
    size: int
    root: bytes
    authority: str
    time: int
    response: bytes


class StampStore(Protocol):
    """Durable stamps. Any thread may call; a write returns when it is durable."""

    def put_stamp(self, stamp: StampRecord) -> None:
        """Keep a stamp; one of the same log and size is left as it is."""

    def newest_stamp(self, log_id: bytes) -> StampRecord | None:
        """The stamp of largest size."""

    def earliest_stamp_covering(self, log_id: bytes, index: int) -> StampRecord | None:
        """The stamp of smallest size greater than `index`."""


class Authority(Protocol):
    """A time-stamping authority (RFC 3161 §2)."""

    def stamp(self, message: bytes) -> bytes:
        """A DER TimeStampResp over the message, nonce and digest checked. Errors: AuthorityUnavailable."""


class AuthorityUnavailable(TallyError):
    """The authority did not answer, or with something that is not a stamp of what was asked."""


class AnchoredNotes(Protocol):
    """One log, as far as stamps need it."""

    @property
    def log_id(self) -> bytes: ...

    def newest_anchored(self) -> tuple[int, bytes, str] | None:
        """(size, root, signed note) of the newest anchor that is final."""


class Stamper:
    """Asks for one stamp a log and `interval` (ms), for the newest final anchor, if it is newer than the
    last stamped.

    `roots` (DER): the authority's own; a response that does not verify under them is thrown away.
    """

    def __init__(
        self,
        store: StampStore,
        authority: Authority,
        roots: Sequence[bytes],
        *,
        interval: int,
        clock: Callable[[], int],
    ) -> None:
        self._store, self._authority, self._roots = store, authority, tuple(roots)
        self._interval, self._clock = interval, clock
        self._logs: Mapping[bytes, AnchoredNotes] = {}
        self._asked: dict[bytes, int] = {}
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="timestamps", daemon=True)

    def add(self, notes: AnchoredNotes) -> None:
        """Stamp this log too."""
        self._logs = {**self._logs, notes.log_id: notes}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End after the request under way; nothing is lost if it is cut short."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def step(self) -> None:
        """One look at every log."""
        for notes in self._logs.values():
            try:
                self._stamp(notes)
            except TallyError as error:
                log.warning("no time stamp for log %s: %s", notes.log_id.hex()[:16], error)

    def _stamp(self, notes: AnchoredNotes) -> None:
        now = self._clock()
        if now - self._asked.get(notes.log_id, -self._interval) < self._interval:
            return
        newest = notes.newest_anchored()
        if newest is None:
            return
        size, root, note = newest
        last = self._store.newest_stamp(notes.log_id)
        if last is not None and (last.size >= size or now - last.time < self._interval):
            return
        self._asked[notes.log_id] = now
        message = note.encode()
        response = self._authority.stamp(message)
        stamped = timestamp.verify(response, message, self._roots)
        self._store.put_stamp(
            StampRecord(notes.log_id, size, root, stamped.authority, stamped.time, response)
        )

    def _run(self) -> None:
        pause = min(60.0, max(0.5, self._interval / 4000))
        while not self._stopped.wait(pause):
            try:
                self.step()
            except Exception:
                # The database was busy, or there is a fault in here; the next round tries again.
                log.exception("a round of time stamps failed")
