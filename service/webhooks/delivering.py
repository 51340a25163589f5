"""Sending what waits in the outbox: one thread takes what is due, a few others send it.

A delivery is taken for a minute before it is sent. A crash between sending and noting the answer lets it be
taken again after that minute, under the same id: at least once, never lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Thread
from typing import Protocol

from service.webhooks.ports import Due, WebhookStore
from service.webhooks.schedule import asked_pause, next_attempt
from service.webhooks.signing import SecretBox, sign
from service.webhooks.transport import Answered

_journal = logging.getLogger("tally.webhooks")

_SENDERS = 8
_EACH = 2
_EACH_TENANT = 4
"""Whoever answers slowly, and at many endpoints, holds up his own messages and nobody else's."""
_TAKEN_MS = 60_000
_GONE = 410
_GIVE_UP_MS = 3 * 24 * 3600 * 1000
_POLL_SECONDS = 0.3


class Poster(Protocol):
    """Sends one request (`transport.Transport` is one)."""

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answered:
        """POST a JSON body."""


class Deliverer:
    """The delivery worker of a process. `chance()` in [0, 1) spreads retries."""

    def __init__(
        self,
        store: WebhookStore,
        box: SecretBox,
        poster: Poster,
        *,
        clock_ms: Callable[[], int],
        chance: Callable[[], float],
        agent: str,
        poll: float = _POLL_SECONDS,
    ) -> None:
        self._store, self._box, self._poster = store, box, poster
        self._clock_ms, self._chance, self._agent = clock_ms, chance, agent
        self._poll = poll
        self._free = BoundedSemaphore(_SENDERS)
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="webhook")
        self._wake = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Take nothing more; what is being sent ends by itself, or is sent again in the next life."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._senders.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            try:
                if self.round():
                    continue
            except Exception as error:
                _journal.warning("deliveries could not be taken: %s", type(error).__name__)
            self._wake.wait(self._poll)
            self._wake.clear()

    def round(self) -> bool:
        """Take what is due, as far as senders are free, and have it sent; True when anything was."""
        free = 0
        while free < _SENDERS and self._free.acquire(blocking=False):
            free += 1
        now = self._clock_ms()
        taken = 0
        try:
            due = self._store.claim(now, now + _TAKEN_MS, free, _EACH, _EACH_TENANT) if free else []
            for one in due:
                self._senders.submit(self._send_and_release, one)
                taken += 1
        finally:
            for _ in range(free - taken):
                self._free.release()
        return taken > 0

    def _send_and_release(self, due: Due) -> None:
        try:
            self.send(due)
        except Exception as error:
            # Left as it is: taken until its minute is over, then due again.
            _journal.warning("a delivery was not settled: %s", type(error).__name__)
        finally:
            self._free.release()
            self._wake.set()

    def send(self, due: Due) -> None:
        """Send one message and note what came of it."""
        endpoint, message = due.endpoint, due.delivery.message
        seconds = self._clock_ms() // 1000
        headers = {
            "user-agent": self._agent,
            "webhook-id": message,
            "webhook-timestamp": str(seconds),
            "webhook-signature": sign(self._secrets(due), message, seconds, due.payload),
        }
        answered = self._poster.post(endpoint.url, headers, due.payload)
        now = self._clock_ms()
        if answered.ok and answered.status is not None:
            self._store.delivered(due, answered.status, now)
            return
        asked = asked_pause(answered.retry_after, now)
        following = next_attempt(due.delivery.attempts + 1, now, self._chance(), asked)
        if answered.status == _GONE:
            following = None
        self._store.failed(due, answered.status, answered.failure or "refused", now, following)
        if answered.status == _GONE:
            self._store.disable(endpoint.id, "gone (410)")
        elif following is None and now - (endpoint.failing_since or now) >= _GIVE_UP_MS:
            self._store.disable(endpoint.id, "failing for days")

    def _secrets(self, due: Due) -> list[str]:
        """The secret in force, and the one before while it is still accepted."""
        endpoint = due.endpoint
        sealed = [endpoint.secret]
        if endpoint.old_secret is not None and (endpoint.old_until or 0) > self._clock_ms():
            sealed.append(endpoint.old_secret)
        return [self._box.open(each, endpoint.id) for each in sealed]
