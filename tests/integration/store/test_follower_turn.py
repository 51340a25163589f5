"""Whose turn it is to follow, among processes that share a database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from service.bootstrap import follower
from service.bootstrap.follower import LeasedTurn


def test_one_follows_until_it_gives_back_or_is_gone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_700_000_000_000]
    monkeypatch.setattr(follower, "clock_ms", lambda: now[0])
    first, second = LeasedTurn(engine), LeasedTurn(engine)
    assert first.take()
    assert not second.take()
    for _ in range(10):  # renewed as it goes
        now[0] += 4_000
        assert first.take()
        assert not second.take()
    first.give_back()
    assert second.take()
    assert not first.take()
    now[0] += 15_001  # second is gone without a word
    assert first.take()
    assert not second.take()
