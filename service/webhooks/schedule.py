"""When a delivery is attempted again: the schedule that the Standard Webhooks specification recommends, and
what an endpoint asks for beside it.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

_MINUTE, _HOUR = 60, 3600
_PAUSES = (
    5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR
)  # fmt: skip
_JITTER = 0.2
_SECONDS = re.compile(r"[0-9]{1,10}")
ATTEMPTS = len(_PAUSES) + 1


def next_attempt(attempts: int, now: int, chance: float, asked: int = 0) -> int | None:
    """When to try again (ms) after `attempts` failed ones; None when it is given up, after some three days.

    `chance` in [0, 1) spreads what failed together over a fifth of the pause. `asked` (ms): how long the
    endpoint asks to be left alone. It may prolong a pause, up to the longest there is, and never shortens
    one: attempts are few, and must not be used up within an outage.
    """
    if attempts >= ATTEMPTS:
        return None
    pause = max(_PAUSES[attempts - 1] * 1000, min(asked, _PAUSES[-1] * 1000))
    return now + int(pause * (1 + _JITTER * chance))


def asked_pause(retry_after: str | None, now: int) -> int:
    """How long (ms) a `Retry-After` asks to wait from `now` (Unix ms): seconds, or a date (RFC 9110,
    10.2.3). 0 for one that is absent, past, or neither.
    """
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return int(text) * 1000
    try:
        until = parsedate_to_datetime(text)
        return max(0, int(until.timestamp() * 1000) - now)
    except (ValueError, TypeError, OverflowError):
        return 0
