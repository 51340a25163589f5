"""What an endpoint may ask for beside the schedule."""

from __future__ import annotations

import pytest

from service.webhooks.schedule import ATTEMPTS, asked_pause, next_attempt

NOW = 1_900_000_000_000  # 2030-03-17T17:46:40Z
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        (None, 0),
        ("0", 0),
        ("120", 120_000),
        ("9999999999", 9_999_999_999_000),
        ("Sun, 17 Mar 2030 17:48:40 GMT", 120_000),
        ("Sun, 17 Mar 2030 17:46:00 GMT", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("\u0661\u0662", 0),
        ("Sun, 99 Mar 2030 17:48:40 GMT", 0),
        ("Sun, 17 Mar 99999999999 17:48:40 GMT", 0),
    ],
)
def test_what_is_asked_for(text: str | None, pause: int) -> None:
    assert asked_pause(text, NOW) == pause


def test_a_pause_is_prolonged_within_bounds_and_never_shortened() -> None:
    assert next_attempt(1, 0, 0.0, 2 * HOUR) == 2 * HOUR
    assert next_attempt(1, 0, 0.0, 1000) == 5000
    assert next_attempt(1, 0, 0.0, 10**15) == 24 * HOUR
    assert next_attempt(5, 0, 0.0, 60_000) == 5 * HOUR
    assert next_attempt(1, 0, 0.5, 2 * HOUR) == int(2.2 * HOUR)
    assert next_attempt(ATTEMPTS, 0, 0.0, HOUR) is None
