"""Evidence is taken by so many at once, and pages are set where nobody's reads wait for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request

from service.access.readers import Reader
from service.api.problems import Refusal
from service.api.routers.evidence import Taking, evidence_admitted, take_evidence
from service.disputes.evidence_room import EvidenceRoom, Wanted
from tests.unit.api.test_app import Fixture

KEY = Reader("key", "k1", "kaka", "live")
SHARE = Reader("share", "s1", "kaka", "live", trade="t1")
WANTED = Wanted("kaka", "t1")


@pytest.fixture
async def request_() -> AsyncIterator[Request]:
    made = Fixture()
    app = cast(Any, made.app)._app
    object.__setattr__(made.services, "threads", ThreadPoolExecutor(1, thread_name_prefix="read"))
    object.__setattr__(made.services, "printers", ThreadPoolExecutor(1, thread_name_prefix="print"))
    async with made.client:
        yield cast(Request, SimpleNamespace(app=app))
    made.services.threads.shutdown()
    made.services.printers.shutdown()


def _thread(_room: EvidenceRoom, _wanted: Wanted) -> bytes:
    return threading.current_thread().name.split("_")[0].encode()


async def test_reads_go_on_while_every_printer_is_busy(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EvidenceRoom, "json", _thread)
    begun, end = threading.Event(), threading.Event()

    def printing(room: EvidenceRoom, wanted: Wanted) -> bytes:
        begun.set()
        assert end.wait(60)
        return _thread(room, wanted)

    pages = asyncio.create_task(take_evidence(request_, KEY, printing, WANTED))
    try:
        assert await asyncio.to_thread(begun.wait, 60)
        assert await take_evidence(request_, KEY, EvidenceRoom.json, WANTED) == b"read"
        bare = replace(WANTED, certificate=False)
        assert await take_evidence(request_, KEY, _thread, bare) == b"read"
    finally:
        end.set()
    assert await pages == b"print"


async def test_one_link_and_one_platform_have_so_many_in_flight(request_: Request) -> None:
    end = threading.Event()

    def waiting(_room: EvidenceRoom, _wanted: Wanted) -> bytes:
        assert end.wait(60)
        return b"done"

    def taking(reader: Reader, take: Taking = waiting) -> asyncio.Task[bytes | None]:
        return asyncio.create_task(take_evidence(request_, reader, take, WANTED))

    share = [taking(SHARE) for _ in range(9)]
    key = [taking(KEY) for _ in range(9)]
    other = taking(Reader("share", "s2", "kaka", "live", trade="t1"))
    elsewhere = taking(Reader("key", "k9", "bendi", "live"))
    await asyncio.sleep(0)
    end.set()
    told = await asyncio.gather(*share, *key, other, elsewhere, return_exceptions=True)
    refused = [number for number, each in enumerate(told) if isinstance(each, Refusal)]
    assert refused == [8, 17, 18], "one too many of the link, of the key, and of the platform"
    assert {each.kind.status for each in told if isinstance(each, Refusal)} == {429}
    assert told[19] == b"done", "another platform has its own"
    with evidence_admitted(request_, SHARE):
        pass  # what ended counts no more


async def test_nothing_is_taken_of_another_trade(request_: Request) -> None:
    assert await take_evidence(request_, SHARE, _thread, Wanted("kaka", "t2")) is None
