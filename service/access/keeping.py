"""How long it is kept who was shown what, and by which share or grant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from service.access.ports import GrantStore, RecordStore, ShareStore

KEPT_DAYS: Final = 1096
"""Three years after an access, and after a share or grant has ended: as long as somebody may claim on account
of it (Civil Code, art. 188), and no longer than necessary (PIPL, art. 19)."""
_DAY_MS: Final = 86_400_000


class AccessKeeping:
    """Forgets what is older. Safe to call from any thread and process, any number of times."""

    def __init__(
        self, shares: ShareStore, grants: GrantStore, records: RecordStore, clock_ms: Callable[[], int]
    ) -> None:
        self._shares, self._grants, self._records = shares, grants, records
        self._clock_ms = clock_ms

    def sweep(self) -> int:
        """Delete it; how many records, shares and grants."""
        before = self._clock_ms() - KEPT_DAYS * _DAY_MS
        return sum(
            (
                self._records.forget_records(before),
                self._shares.forget_shares(before),
                self._grants.forget_grants(before),
            )
        )
