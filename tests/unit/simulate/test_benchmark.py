"""Events for measuring."""

from __future__ import annotations

from statistics import mean

from service.core.canonical import canonicalize
from service.profiles.giftcard import check_event
from service.simulate import realistic_event_batch


def test_six_hundred_bytes_and_six_claims() -> None:
    events = realistic_event_batch(500, 3)
    sizes = [len(canonicalize(event)) for event in events]
    assert min(sizes) >= 590
    assert max(sizes) <= 600
    assert 594 < mean(sizes) < 600
    for event in events:
        check_event(event)
        assert len(event["claims"]) == 6  # type: ignore[arg-type]
    assert len({event["event"] for event in events}) == 500
    assert len({event["trade"] for event in events}) == 50


def test_the_same_seed_gives_the_same_batch() -> None:
    assert realistic_event_batch(20, 3) == realistic_event_batch(30, 3)[:20]
    assert realistic_event_batch(20, 3) != realistic_event_batch(20, 4)
