"""When a delivery is attempted again: the schedule that the Standard Webhooks specification recommends."""

from __future__ import annotations

_MINUTE, _HOUR = 60, 3600
_PAUSES = (
    5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR
)  # fmt: skip
_JITTER = 0.2
ATTEMPTS = len(_PAUSES) + 1


def next_attempt(attempts: int, now: int, chance: float) -> int | None:
    """When to try again (ms) after `attempts` failed ones; None when it is given up, after some three days.

    `chance` in [0, 1) spreads what failed together over a fifth of the pause.
    """
    if attempts >= ATTEMPTS:
        return None
    return now + int(_PAUSES[attempts - 1] * (1 + _JITTER * chance) * 1000)
