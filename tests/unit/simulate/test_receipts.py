"""Receipts as files, and what completes them: anchors and tiles of a public log."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from service.client import AsyncClient
from service.core import receipt as core_receipt
from service.core import tile
from service.core.errors import TallyError, VerificationError
from service.core.hexs import to_hex
from service.core.merkle import leaf_hash, verify_inclusion
from service.core.receipt import Receipt
from service.simulate import realistic_event_batch
from service.simulate.public_log import Anchored, LogUnreachable, PublicLog
from service.simulate.receipts import ReceiptFiles
from tests.unit.client.true_log import API_KEY, NOW, TrueLog, transport

PROOF = {"header": "0xc0", "account": ["0xc1", "0xc2"], "storage": ["0xc3"]}


class PublicSide:
    """Anchors and tiles of a log in memory, two anchors a page. `proved`: sizes with a state proof."""

    def __init__(self, log: TrueLog) -> None:
        self.log = log
        self.proved: set[int] = set()
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.paths.append(path)
        if path == "/logs/kaka/anchors":
            start = int(request.url.params.get("cursor", "0"))
            sizes = self.log.anchored[start : start + 2]
            following = str(start + 2) if len(self.log.anchored) > start + 2 else None
            return httpx.Response(
                200, content=orjson.dumps({"anchors": list(map(self._anchor, sizes)), "next": following})
            )
        if match := re.fullmatch(r"/logs/kaka/(tile/.*)", path):
            return httpx.Response(200, content=self.log.read_tile(*tile.parse_path(match[1])))
        return httpx.Response(404)

    def _anchor(self, size: int) -> dict[str, Any]:
        anchor = core_receipt.anchor_value(self.log.anchor(0, size))
        del anchor["inclusion"]
        return anchor | {"state_proof": PROOF if size in self.proved else None}


@pytest.fixture
def log() -> TrueLog:
    """A log of 12 batches of 50 events, anchored after some of them."""
    log = TrueLog()
    events = realistic_event_batch(600, 1)
    for start in range(0, 600, 50):
        log.append(events[start : start + 50])
    log.anchored = [100, 150, 300, 500]
    return log


@pytest.fixture
def side(log: TrueLog) -> PublicSide:
    return PublicSide(log)


def public(side: PublicSide) -> PublicLog:
    return PublicLog("http://s.test", "kaka", httpx.MockTransport(side))


def test_the_earliest_anchor_completes_a_receipt(log: TrueLog, side: PublicSide) -> None:
    side.proved = {100, 150, 300}
    reading = public(side)
    assert reading.refresh() == Anchored(size=500, proved=300)
    for index, size in ((0, 100), (99, 100), (100, 150), (299, 300), (300, 500), (499, 500)):
        whole = reading.complete(log.receipt(log.entries[index]))
        [anchor] = whole.anchors
        assert anchor.size == size
        assert (anchor.state_proof is not None) == (size in side.proved)
        assert anchor.checkpoint == log.notes[size]
        verify_inclusion(leaf_hash(whole.entry), index, size, anchor.inclusion, anchor.root)
        assert core_receipt.parse(core_receipt.format(whole)) == whole
    bare = Receipt(log.log, log.entries[550].entry, (), 550, log.notes[600], ())
    assert reading.complete(bare) is bare


def test_an_entry_that_is_not_there_is_never_completed(log: TrueLog, side: PublicSide) -> None:
    reading = public(side)
    reading.refresh()
    forged = Receipt(log.log, b"another entry", (), 7, log.notes[600], ())
    with pytest.raises(VerificationError):
        reading.complete(forged)


def test_only_what_may_change_is_read_again(log: TrueLog, side: PublicSide) -> None:
    side.proved = {100, 150}
    reading = public(side)
    assert reading.refresh() == Anchored(500, 150)
    side.paths.clear()
    side.proved |= {300, 500}
    log.anchored.append(600)
    assert reading.refresh() == Anchored(600, 500)
    assert len(side.paths) == 2, "the first page was settled"


def test_one_tile_serves_many_receipts(log: TrueLog, side: PublicSide) -> None:
    reading = public(side)
    reading.refresh()
    for stored in log.entries[:500]:
        reading.complete(
            log.receipt(stored)
            if stored.index < 3
            else Receipt(log.log, stored.entry, (), stored.index, "", ())
        )
    assert len(side.paths) < 15


def test_an_empty_log_has_no_anchors(side: PublicSide) -> None:
    side.log.anchored = []
    assert public(side).refresh() == Anchored(0, 0)


@pytest.mark.parametrize("status", [404, 500])
def test_a_log_that_does_not_answer(status: int) -> None:
    reading = PublicLog("http://s.test", "kaka", httpx.MockTransport(lambda _: httpx.Response(status)))
    with pytest.raises(LogUnreachable, match=str(status)):
        reading.refresh()


def test_a_connection_that_breaks() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    with pytest.raises(LogUnreachable, match="slow"):
        PublicLog("http://s.test", "kaka", httpx.MockTransport(broken)).refresh()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"anchors":[{}]}', b'{"anchors":[],"next":7}', b"\xff"])
def test_nonsense_is_a_tally_error(body: bytes) -> None:
    reading = PublicLog(
        "http://s.test", "kaka", httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    )
    with pytest.raises(TallyError):
        reading.refresh()


@pytest.mark.parametrize("word", ["c0", "0xz0", 7])
def test_malformed_hex_is_a_tally_error(log: TrueLog, side: PublicSide, word: object) -> None:
    side.proved = {100}
    spoiled = PROOF | {"header": word}

    def answer(request: httpx.Request) -> httpx.Response:
        response = side(request)
        return httpx.Response(
            200, content=response.content.replace(orjson.dumps(PROOF), orjson.dumps(spoiled))
        )

    with pytest.raises(TallyError):
        PublicLog("http://s.test", "kaka", httpx.MockTransport(answer)).refresh()


def test_files(tmp_path: Path, log: TrueLog, side: PublicSide) -> None:
    files = ReceiptFiles(tmp_path)
    for index in (3, 120, 560):
        stored = log.entries[index]
        files("kaka", stored.event, replace(log.receipt(stored), anchors=()))
    side.log.anchored = [150, 300]
    reading = public(side)
    reading.refresh()
    before = {path: path.read_bytes() for _, path in files.kept["kaka"].files}
    assert files.kept["kaka"].last == 560
    assert files.complete("kaka", reading) == 2
    for index, path in files.kept["kaka"].files:
        event = log.entries[index].event
        assert path == tmp_path / event["trade"] / f"{event['event']}.receipt.json"
        whole = core_receipt.parse(path.read_bytes())
        assert whole.index == index
        assert (path.read_bytes() == before[path]) == (index == 560)
    assert not list(tmp_path.rglob(".*")), "no temporary file is left"


def test_without_a_folder_indexes_are_kept(log: TrueLog) -> None:
    files = ReceiptFiles(None)
    files("kaka", log.entries[5].event, log.receipt(log.entries[5]))
    assert files.kept["kaka"].indexes == [5]
    assert files.kept["kaka"].files == []
    assert files.kept["kaka"].log_id == log.identity.log_id


def test_what_the_client_returns_can_be_kept(tmp_path: Path, log: TrueLog) -> None:
    async def post() -> Receipt:
        async with AsyncClient("http://s.test", API_KEY, transport=transport(log), now=lambda: NOW) as client:
            return await client.post(log.entries[0].event)

    receipt = asyncio.run(post())
    files = ReceiptFiles(tmp_path)
    files("kaka", log.entries[0].event, receipt)
    assert to_hex(leaf_hash(core_receipt.parse(files.kept["kaka"].files[0][1].read_bytes()).entry))
