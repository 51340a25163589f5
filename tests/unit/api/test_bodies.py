"""Bodies: limits by announcement and by count, the budget, and that giving up gives back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from service.api import bodies
from service.api.bodies import BodyBudget, bounded_body
from service.api.problems import Refusal


def request(chunks: Iterable[bytes], length: int | None = None) -> Request:
    """A request whose body comes in these chunks; a chunk too many is noticed."""
    waiting = list(chunks)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    made = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    made.state.waiting = waiting
    return made


async def test_a_body_within_the_limit_is_whole() -> None:
    budget = BodyBudget(100)
    async with bounded_body(request([b"ab", b"", b"cd"], 4), budget, 10) as body:
        assert body == b"abcd"
        assert budget.used == 4
    assert budget.used == 0


async def test_an_announced_size_is_refused_unread() -> None:
    one = request([b"x" * 11], 11)
    with pytest.raises(Refusal) as caught:
        async with bounded_body(one, BodyBudget(100), 10):
            pass
    assert caught.value.kind.status == 413
    assert len(one.state.waiting) == 1


async def test_chunks_are_counted_and_refused_at_the_one_that_exceeds() -> None:
    budget = BodyBudget(100)
    one = request([b"x" * 6] * 5)
    with pytest.raises(Refusal) as caught:
        async with bounded_body(one, budget, 10):
            pass
    assert caught.value.kind.slug == "body-too-large"
    assert len(one.state.waiting) == 3
    assert budget.used == 0


async def test_a_body_without_announcement_reserves_its_limit() -> None:
    budget = BodyBudget(100)
    async with bounded_body(request([b"x"]), budget, 10):
        assert budget.used == 10


async def test_a_disconnect_is_not_a_body() -> None:
    budget = BodyBudget(100)
    with pytest.raises(ClientDisconnect):
        async with bounded_body(request([], 5), budget, 10):
            pass
    assert budget.used == 0


async def test_the_budget_is_first_come_first_served() -> None:
    budget = BodyBudget(10)
    await budget.reserve(8)
    large = asyncio.create_task(budget.reserve(9))
    await asyncio.sleep(0)
    small = asyncio.create_task(budget.reserve(1))
    await asyncio.sleep(0)
    assert not small.done()
    budget.release(8)
    await asyncio.gather(large, small)
    assert budget.used == 10


async def test_small_bodies_never_wait_behind_large_ones() -> None:
    mebibyte = 1024 * 1024
    budget = BodyBudget(mebibyte)
    async with bounded_body(request([b"x"], mebibyte // 2), budget, mebibyte):
        waiting = asyncio.create_task(budget.reserve(mebibyte))
        await asyncio.sleep(0)
        async with bounded_body(request([b"ab"], 2), budget, 10) as body:
            assert body == b"ab"
            assert budget.used == mebibyte // 2 + 2
        # They have a quarter to themselves, and no more than that.
        small = [budget.of(64 * 1024) for _ in range(4)]
        for purse in small:
            await purse.reserve(64 * 1024)
        late = asyncio.create_task(small[0].reserve(1))
        await asyncio.sleep(0)
        assert not late.done()
        assert not waiting.done()
        small[0].release(64 * 1024)
        await late
    await waiting


async def test_waiting_ends_with_503_and_lets_others_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_BUDGET_WAIT_SECONDS", 0.02)
    budget = BodyBudget(10)
    await budget.reserve(8)
    waiting = asyncio.create_task(budget.reserve(9))
    await asyncio.sleep(0.01)
    small = asyncio.create_task(budget.reserve(2))
    with pytest.raises(Refusal) as caught:
        await waiting
    assert caught.value.kind.status == 503
    await small
    assert budget.used == 10


@pytest.mark.parametrize("granted_first", [False, True])
async def test_a_cancelled_waiter_leaks_nothing(granted_first: bool) -> None:
    budget = BodyBudget(10)
    await budget.reserve(10)
    waiting = asyncio.create_task(budget.reserve(5))
    await asyncio.sleep(0)
    if granted_first:
        budget.release(10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not granted_first:
        budget.release(10)
    assert budget.used == 0
