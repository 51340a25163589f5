"""Events for measuring: 600 bytes and 6 claims each, all different, all valid under the gift-card profile."""

from __future__ import annotations

import random

from service.core.times import format_time

EVENTS_A_TRADE = 10
_START_MS = 1_790_000_000_000


def realistic_event_batch(n: int, seed: int, *, start_ms: int = _START_MS) -> list[dict[str, object]]:
    """`n` payout events of 600 bytes (canonical JSON) with 6 claims; ten share a trade. The same seed gives
    the same ids.

    They refer to no other event, so any of them can be posted in any order. `start_ms`: when the first
    occurred.
    """
    rng = random.Random(f"benchmark/{seed}")
    return [_event(rng, seed, number, start_ms) for number in range(n)]


def _event(rng: random.Random, seed: int, number: int, start_ms: int) -> dict[str, object]:
    trade = f"bench-{seed}-{number // EVENTS_A_TRADE:07d}"
    event = f"{trade}.{number % EVENTS_A_TRADE}"
    leg = {
        "leg": 1,
        "channel": rng.choice(("alipay", "wechat", "bank")),
        "kind": "money",
        "amount": rng.randint(1_000, 99_999),
        "currency": "CNY",
        "payee": f"0x{rng.getrandbits(256):064x}",
        "channel_ref": f"{rng.getrandbits(112):028x}",
        "channel_time": format_time(start_ms + number),
        "channel_evidence": f"0x{rng.getrandbits(256):064x}",
    }
    return {
        "event": event,
        "trade": trade,
        "type": "payout",
        "occurred": format_time(start_ms + number),
        "claims": {
            "payout": f"{event}.p",
            "state": "succeeded",
            "legs": [leg],
            "attempt": 1,
            "final": True,
            "capture": {"mode": "online", "system": "bench-core", "version": "1"},
        },
    }
