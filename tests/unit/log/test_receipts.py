from __future__ import annotations

from dataclasses import replace

import pytest

from service.core import checkpoint, receipt
from service.core.merkle import verify_inclusion
from service.log import receipts
from service.log.errors import EventErased, NotInLog
from service.log.ports import AnchorRecord
from service.log.reader import StoredLogReader
from tests.unit.log.memory import Disk, MemoryLastSigned, MemoryStore, NoAnchors
from tests.unit.log.whole_log import IDENTITY, NOW, RECORD, REGISTRY, Process, check_receipt, submission


@pytest.fixture
def process() -> Process:
    disk = Disk()
    store = MemoryStore(disk)
    store.create(RECORD)
    return Process(store, MemoryLastSigned(disk)).start()


@pytest.fixture
def reader(process: Process) -> StoredLogReader:
    return StoredLogReader(IDENTITY.log_id, process.store, process.notes)


def test_the_receipt_read_later_is_the_receipt_of_the_post(process: Process, reader: StoredLogReader) -> None:
    posted = [
        process.receipts(*(submission(f"{call}-{n}") for n in range(call)))[-1] for call in (1, 5, 300, 2)
    ]
    for each in posted:
        assert receipts.assemble(reader, NoAnchors(), IDENTITY, each.index) == each
        check_receipt(each)
        assert receipt.parse(receipt.format(each)) == each


def test_an_anchor_brings_its_own_path_and_checkpoint(process: Process, reader: StoredLogReader) -> None:
    for name in "abc":
        process.post(submission(name))
    head = process.store.head(IDENTITY.log_id)
    anchor = AnchorRecord(31337, REGISTRY, 3, head.root, None, tx="0xabc", block=7, finality="safe")
    made = receipts.assemble(reader, NoAnchors(anchor), IDENTITY, 0)
    assert checkpoint.parse_signed(made.checkpoint).size == 1, "the promise of the POST stays"
    assert len(made.anchors) == 1
    (anchored,) = made.anchors
    assert (anchored.size, anchored.root, anchored.via) == (3, head.root, None)
    verify_inclusion(
        process.store.entries(IDENTITY.log_id, 0, 1)[0].leaf, 0, 3, list(anchored.inclusion), head.root
    )
    assert checkpoint.parse_signed(str(anchored.checkpoint)).root == head.root
    assert made.hints == {"tx": "0xabc", "block": 7, "finality": "safe"}


def test_what_is_not_there_and_what_was_erased(process: Process, reader: StoredLogReader) -> None:
    process.post(submission("a"))
    with pytest.raises(NotInLog):
        receipts.assemble(reader, NoAnchors(), IDENTITY, 1)
    entries = process.store.disk.tables[IDENTITY.log_id].entries  # type: ignore[attr-defined]
    entries[0] = replace(entries[0], disclosures=None, erased_at=NOW)
    with pytest.raises(EventErased):
        receipts.assemble(reader, NoAnchors(), IDENTITY, 0)
    bare = receipts.assemble(reader, NoAnchors(), IDENTITY, 0, disclosed=False)
    assert bare.disclosures == ()
    check_receipt(bare)
