"""How much of the service one platform, or the holder of one link, may occupy at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from service.api.problems import Refusal


class Admission:
    """Requests in flight by platform (or holder); beyond the limit 429. For one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_flight: Counter[str] = Counter()

    @contextmanager
    def admit(self, platform: str) -> Iterator[None]:
        """Count one request of the platform while the context lasts."""
        if self._in_flight[platform] >= self._limit:
            raise Refusal(
                "too-many-requests",
                f"at most {self._limit} such requests at once; wait for their answers",
                headers={"retry-after": "1"},
            )
        self._in_flight[platform] += 1
        try:
            yield
        finally:
            self._in_flight[platform] -= 1
            if not self._in_flight[platform]:
                del self._in_flight[platform]
