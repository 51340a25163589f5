"""Fixtures of the client's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.client import Client, RetryPolicy
from tests.unit.client.true_log import API_KEY, NOW, ORIGIN, Bend, TrueLog, transport


@pytest.fixture
def log() -> TrueLog:
    return TrueLog()


@pytest.fixture
def make_client(log: TrueLog) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(bend: Bend | None = None, **settings: Any) -> Client:
        settings = {
            "trust": log.trust,
            "origin": ORIGIN,
            "now": lambda: NOW,
            "retry": RetryPolicy(max_elapsed=0),
            **settings,
        }
        made.append(Client("http://service.test", API_KEY, transport=transport(log, bend), **settings))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()
