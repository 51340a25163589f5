"""Answers come back to the event loop together, each to whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

import pytest

from service.api.replies import Replies


async def test_answers_given_together_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    wakes: list[Callable[..., Any]] = []
    wake = loop.call_soon_threadsafe

    def counted(callback: Callable[..., Any], *arguments: Any) -> asyncio.Handle:
        wakes.append(callback)
        return wake(callback, *arguments)

    replies = Replies()
    calls: list[Future[int]] = [Future() for _ in range(50)]
    waiting = [asyncio.ensure_future(replies.of(call)) for call in calls]
    await asyncio.sleep(0)
    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)

    def answer() -> None:
        for number, call in enumerate(calls):
            call.set_result(number)

    answering = Thread(target=answer)
    answering.start()
    answering.join()  # the loop stands still meanwhile
    monkeypatch.undo()
    assert await asyncio.wait_for(asyncio.gather(*waiting), 10) == list(range(50))
    assert len(wakes) == 1


async def test_no_answer_is_lost_among_threads() -> None:
    replies = Replies()
    for _ in range(20):
        calls: list[Future[int]] = [Future() for _ in range(40)]
        waiting = [asyncio.ensure_future(replies.of(call)) for call in calls]
        await asyncio.sleep(0)
        threads = [
            Thread(target=lambda own: [call.set_result(7) for call in own], args=(calls[part::4],))
            for part in range(4)
        ]
        for thread in threads:
            thread.start()
        assert await asyncio.wait_for(asyncio.gather(*waiting), 10) == [7] * 40
        for thread in threads:
            thread.join()


async def test_a_refusal_is_raised_and_a_call_answered_before_is_answered() -> None:
    replies = Replies()
    refused: Future[int] = Future()
    refused.set_exception(LookupError("gone"))
    with pytest.raises(LookupError, match="gone"):
        await replies.of(refused)
    answered: Future[int] = Future()
    answered.set_result(3)
    assert await replies.of(answered) == 3


async def test_who_leaves_takes_his_call_back_and_troubles_nobody() -> None:
    replies = Replies()
    left, stays = Future[int](), Future[int]()
    leaving = asyncio.ensure_future(replies.of(left))
    staying = asyncio.ensure_future(replies.of(stays))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert left.cancelled()
    stays.set_result(1)
    assert await asyncio.wait_for(staying, 10) == 1


async def test_an_answer_to_somebody_who_has_left_is_dropped() -> None:
    replies = Replies()
    taken, stays = Future[int](), Future[int]()
    assert taken.set_running_or_notify_cancel()  # it cannot be taken back any more
    leaving = asyncio.ensure_future(replies.of(taken))
    staying = asyncio.ensure_future(replies.of(stays))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    taken.set_result(1)
    stays.set_result(2)
    assert await asyncio.wait_for(staying, 10) == 2
