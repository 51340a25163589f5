"""What both clients are told once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

import httpx

from service.client.promises import PromiseChecker
from service.client.retry import RetryPolicy
from service.core.trust import Trust


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of both clients, as in `ClientSettings`."""

    trust: Trust | None
    origin: str | None
    retry: RetryPolicy
    timeout: float
    now: Callable[[], int]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """`url` of the service, `api_key` for what is not public, `trust` in whose keys checkpoints must be
    signed.

    Without `trust` answers must still prove themselves under the checkpoint they bring, but nobody knows
    whose checkpoint that is. `origin` binds the client to one log, and then a foreign log's receipt is
    refused. `timeout` in seconds is for each attempt and each of its phases. Clock and jitter are for
    tests to replace.
    """

    url: str
    api_key: str | None = field(default=None, repr=False)
    trust: Trust | None = None
    origin: str | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeout: float = 30.0
    now: Callable[[], int] = _now_ms
    monotonic: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def promises(self) -> PromiseChecker:
        """What checks the checkpoints that answers bring."""
        return PromiseChecker(self.trust, self.origin, self.now)

    def headers(self, authenticated: bool) -> dict[str, str]:
        """The headers of a request."""
        key = {}
        if authenticated and self.api_key is not None:
            key = {"authorization": f"Bearer {self.api_key}"}
        # Answers are hashes and random salts, which hardly compress; and a small answer cannot unfold.
        return {"accept": "application/json, text/plain", "accept-encoding": "identity", **key}

    def limits(self) -> httpx.Limits:
        """Connections kept open: posting is one at a time or a few in parallel."""
        return httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=30.0)
