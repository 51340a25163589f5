from __future__ import annotations

import pytest

from service.core.errors import TallyError
from service.log.errors import LogError, LogHalted, NotInLog
from service.log.notes import CheckpointNotes, FixedSigners
from service.log.ports import CheckpointRecord
from service.log.reader import StoredLogReader
from tests.reference import rfc9162
from tests.unit.log.memory import Disk, MemoryLastSigned, MemoryStore
from tests.unit.log.whole_log import IDENTITY, RECORD, SIGNER, Process, batches

SIZES = (1, 2, 255, 256, 257, 600)


@pytest.fixture(scope="module")
def process() -> Process:
    disk = Disk()
    store = MemoryStore(disk)
    store.create(RECORD)
    process = Process(store, MemoryLastSigned(disk)).start()
    size = 0
    names = [f"e{number}" for number in range(SIZES[-1])]
    for until in SIZES:
        for batch in batches(names[size:until], 1000):
            process.post(*batch)
        size = until
    return process


@pytest.fixture
def reader(process: Process) -> StoredLogReader:
    return StoredLogReader(IDENTITY.log_id, process.store, process.notes, cached_tiles=2)


@pytest.fixture(scope="module")
def leaves(process: Process) -> list[bytes]:
    return [each.leaf for each in process.store.entries(IDENTITY.log_id, 0, 1000)]


@pytest.mark.parametrize("size", SIZES)
def test_proofs_and_ranges_are_the_rfcs(reader: StoredLogReader, leaves: list[bytes], size: int) -> None:
    for index in {0, size // 2, size - 1}:
        assert reader.inclusion(index, size) == rfc9162.path(index, leaves[:size])
        assert reader.consistency(index, size) == rfc9162.proof(index, leaves[:size])
        assert reader.compact_range(index, size) == rfc9162.compact_range(index, leaves[index:size])


def test_tiles_at_any_width_up_to_the_log(reader: StoredLogReader, leaves: list[bytes]) -> None:
    assert reader.tile(0, 2, 600 - 512) == b"".join(leaves[512:])
    assert reader.tile(0, 0, 256) == b"".join(leaves[:256])
    assert reader.tile(0, 1, 7) == b"".join(leaves[256:263])
    assert reader.tile(1, 0, 2) == rfc9162.mth(leaves[:256]) + rfc9162.mth(leaves[256:512])
    for level, index, width in [
        (0, 2, 89),
        (0, 3, 1),
        (1, 0, 3),
        (2, 0, 1),
        (0, 0, 0),
        (0, 0, 257),
        (0, 2, 256),
    ]:
        with pytest.raises(NotInLog):
            reader.tile(level, index, width)


@pytest.mark.parametrize(("low", "high"), [(0, 601), (3, 2), (-1, 5)])
def test_what_lies_beyond_the_log_is_named_so(reader: StoredLogReader, low: int, high: int) -> None:
    with pytest.raises(TallyError):
        reader.consistency(low, high)
    with pytest.raises(TallyError):
        reader.inclusion(low, high)
    with pytest.raises(TallyError):
        reader.compact_range(low, high)


def test_what_is_known_to_be_signed_is_not_looked_up_again(
    process: Process, leaves: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes and tiles within what was seen cost no look at LastSigned, and anything beyond costs one."""
    reader = StoredLogReader(IDENTITY.log_id, process.store, process.notes)
    assert reader.covers(600)
    read = process.last_signed.read
    looks: list[bytes] = []

    def counted(log_id: bytes) -> tuple[int, bytes] | None:
        looks.append(log_id)
        return read(log_id)

    monkeypatch.setattr(process.last_signed, "read", counted)
    assert reader.covers(0)
    assert reader.covers(599)
    assert reader.tile(0, 2, 88) == b"".join(leaves[512:])
    assert reader.inclusion(3, 600) == rfc9162.path(3, leaves)
    assert looks == []
    assert not reader.covers(601)
    assert len(looks) == 1


def test_a_checkpoint_asked_for_again_comes_from_memory_until_the_log_may_not_sign(process: Process) -> None:
    notes = CheckpointNotes(IDENTITY.log_id, process.last_signed, FixedSigners([SIGNER]))
    reader = StoredLogReader(IDENTITY.log_id, process.store, notes)
    first = reader.checkpoint(257)
    assert first is not None
    assert reader.checkpoint(257) == first
    assert notes.known(257) == (first.record, first.note)
    assert notes.known(258) is None
    notes.refuse("another history")
    with pytest.raises(LogHalted):
        reader.checkpoint(257)


def test_checkpoints(reader: StoredLogReader) -> None:
    assert [record.size for record in reader.checkpoints(0)] == list(SIZES)
    assert [record.size for record in reader.checkpoints(2, 2)] == [255, 256]
    latest, at, promise = reader.latest(), reader.checkpoint(257), reader.promise(257)
    assert latest is not None
    assert latest.record.size == reader.size() == 600
    assert at is not None
    assert at.record.size == 257
    assert promise is not None
    assert promise.record.size == 600
    assert reader.checkpoint(258) is None
    assert reader.promise(600) is None
    assert at.note == SIGNER.sign(257, at.record.root, at.record.signed_at, at.record.anchor_by)


def test_entries_by_leaf_event_and_trade(reader: StoredLogReader, leaves: list[bytes]) -> None:
    by_leaf, by_event = reader.entry_by_leaf(leaves[7]), reader.entry_by_event("e7")
    assert by_leaf == by_event == reader.entry(7)
    assert by_leaf is not None
    assert reader.trade("trade-e7") == [by_leaf]
    assert reader.digests(["e7", "nobody"]) == {"e7": by_leaf.digest}
    assert reader.entry_by_leaf(bytes(32)) is None
    assert reader.entry_by_event("nobody") is None
    assert reader.entry(600) is None


def test_an_unknown_key_is_named(process: Process) -> None:
    record = CheckpointRecord(1, bytes(32), 1, 2, bytes(32), "0x" + "9" * 40)
    with pytest.raises(LogError, match="0x9999"):
        process.notes.note(record)


def test_an_empty_log() -> None:
    disk = Disk()
    store = MemoryStore(disk)
    store.create(RECORD)
    process = Process(store, MemoryLastSigned(disk)).start()
    reader = StoredLogReader(IDENTITY.log_id, store, process.notes)
    assert reader.size() == 0
    assert reader.latest() is None
    assert reader.consistency(0, 0) == []
    with pytest.raises(NotInLog):
        reader.inclusion(0, 0)
