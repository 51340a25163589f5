"""The client over real connections that break."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.client import AsyncClient, Client, RetryPolicy, ServiceUnreachable
from tests.integration.client.conftest import FaultyServer
from tests.unit.client.events import quote, trades
from tests.unit.client.true_log import API_KEY, NOW

QUICK = RetryPolicy(first_pause=0.01, max_elapsed=10)


def settings(server: FaultyServer, **more: Any) -> dict[str, Any]:
    return {"trust": server.log.trust, "now": lambda: NOW, "retry": QUICK, "timeout": 2.0, **more}


@pytest.mark.parametrize("fault", ["drop before", "drop after", "half", "never"])
def test_broken_connections_are_survived(faulty: FaultyServer, fault: str) -> None:
    with Client(faulty.url, API_KEY, **settings(faulty, timeout=0.5)) as client:
        client.post(quote(50))
        faulty.faults = [fault, fault]
        receipts = client.post_batch(trades(18))
        faulty.faults = [fault]
        client.post(quote(99))
    assert len(faulty.log.entries) == 20
    assert receipts == [faulty.log.receipt(stored) for stored in faulty.log.entries[1:19]]


def test_nobody_listens(faulty: FaultyServer) -> None:
    url = faulty.url
    faulty.close()
    with (
        Client(url, API_KEY, retry=RetryPolicy(first_pause=0.01, max_elapsed=0.2)) as client,
        pytest.raises(ServiceUnreachable),
    ):
        client.post(quote(1))


async def test_many_posts_at_once_by_the_asynchronous_client(faulty: FaultyServer) -> None:
    faulty.faults = ["drop before", "", "drop after", "", "half", ""]
    async with AsyncClient(faulty.url, API_KEY, **settings(faulty)) as client:
        receipts = await asyncio.gather(*(client.post(quote(number % 20)) for number in range(40)))
    assert len(faulty.log.entries) == 20
    assert receipts[:20] == receipts[20:]
