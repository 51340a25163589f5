"""The brake on guessing short codes.

A code has just under 50 bits. With five million codes alive (three platforms' shares of a quarter) one guess
opens some share with a chance of 2^-27; sixty wrong ones a minute, all the year round, make that one in
four for a whole year of an attack that everybody notices. So wrong codes are counted per minute, by caller
and by all callers together, in the database: the brake holds across processes and restarts.

An attempt is counted before the code is looked up and taken back when the code was right. Whoever sends
many at once gains nothing by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from service.access.errors import TooManyAttempts
from service.access.ports import ShareStore

WRONG_A_MINUTE = 10
"""By one caller: an IPv4 address, or an IPv6 network of 64 bits."""
WRONG_A_MINUTE_BY_ALL = 60
TRIES_A_MINUTE = 60
"""By one caller, right ones too: each costs a few writes."""
EVERYBODY = bytes(16)
_LIMITS = (WRONG_A_MINUTE, WRONG_A_MINUTE_BY_ALL, TRIES_A_MINUTE)
_LIMITS_OF_ONE = (WRONG_A_MINUTE, 2**31, TRIES_A_MINUTE)
_MINUTE_MS = 60_000


class CodeBrake:
    """Counts attempts. Several processes over one store share the counts.

    `purpose` keeps attempts of different kinds apart. `together` False: only callers are limited, not all of
    them together; for secrets that nobody guesses, where such a limit would let anybody lock everybody out.
    """

    def __init__(
        self,
        store: ShareStore,
        *,
        clock_ms: Callable[[], int],
        purpose: bytes = b"",
        together: bool = True,
    ) -> None:
        self._store = store
        self._clock_ms = clock_ms
        self._purpose = purpose
        self._limits = _LIMITS if together else _LIMITS_OF_ONE

    def admit(self, caller: bytes) -> Callable[[], None]:
        """Count one attempt of `caller` (16 bytes); TooManyAttempts beyond a limit.

        What is returned takes the attempt back as a wrong one: call it when the code was right. A refused
        attempt costs a read and is not counted.
        """
        now = self._clock_ms()
        minute = now // _MINUTE_MS
        wrong = (self._kept_apart(caller), self._kept_apart(EVERYBODY))
        who = (*wrong, sha256(self._purpose + b"tries" + caller).digest()[:16])
        wait = (minute + 1) * _MINUTE_MS - now
        self._check(self._store.count_attempt(minute, who, 0), wait, room_for=1)
        self._check(self._store.count_attempt(minute, who, 1), wait, room_for=0)
        return lambda: self._take_back(minute, wrong)

    def _take_back(self, minute: int, who: tuple[bytes, bytes]) -> None:
        self._store.count_attempt(minute, who, -1)

    def _kept_apart(self, who: bytes) -> bytes:
        return sha256(self._purpose + who).digest()[:16] if self._purpose else who

    def _check(self, counts: Sequence[int], wait: int, *, room_for: int) -> None:
        if any(count + room_for > limit for count, limit in zip(counts, self._limits, strict=True)):
            raise TooManyAttempts(wait / 1000)
