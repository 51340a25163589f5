"""When a request is sent again: exponential backoff with full jitter, within a total time.

Posting is idempotent (an event's id is its idempotency key), so everything that leaves the outcome open
may be repeated. Nothing else is: a 4xx means that the same request would fail in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from service.client.errors import ApiProblem, ServiceUnreachable
from service.core.errors import TallyError

_RETRIED: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds: the first pause grows `factor` times up to `longest_pause`; none starts after `max_elapsed`.

    `max_elapsed` 0 sends every request once.
    """

    first_pause: float = 0.1
    factor: float = 2.0
    longest_pause: float = 10.0
    max_elapsed: float = 60.0

    def pause(
        self, error: TallyError, attempt: int, elapsed: float, jitter: Callable[[], float]
    ) -> float | None:
        """Seconds to wait before the next attempt, or None to give up.

        `attempt` counts from 0, `elapsed` is since the first attempt began, `jitter` draws uniformly from
        [0, 1).
        """
        if not may_retry(error):
            return None
        ceiling = min(self.longest_pause, self.first_pause * self.factor ** min(attempt, 64))
        pause = ceiling * jitter()
        if isinstance(error, ApiProblem) and error.retry_after is not None:
            pause += error.retry_after  # never earlier than asked, and not all clients at once
        return pause if elapsed + pause < self.max_elapsed else None


def may_retry(error: TallyError) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, ApiProblem):
        # A log that is sealed for ever answers 503 without a time: waiting does not help.
        return error.status in _RETRIED and not (error.slug == "log-halted" and error.retry_after is None)
    return isinstance(error, ServiceUnreachable)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds from a Retry-After header: delta-seconds or an HTTP date (RFC 9110 §10.2.3), else None."""
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None
