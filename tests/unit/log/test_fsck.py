"""Each kind of damage to a log is found, and named with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.log.fsck import LogCheck
from service.log.ports import StoredEntry
from tests.unit.log.memory import Disk, MemoryLastSigned, MemoryStore, Tables
from tests.unit.log.whole_log import IDENTITY, RECORD, Process, batches, submission

LOG_ID = IDENTITY.log_id
SIZE = 270


@pytest.fixture(scope="module")
def pristine() -> Disk:
    disk = Disk()
    store = MemoryStore(disk)
    store.create(RECORD)
    process = Process(store, MemoryLastSigned(disk)).start()
    process.post(*(submission(f"t{number}", "one-trade") for number in range(4)))
    for batch in batches([f"e{number}" for number in range(SIZE - 4)], 100):
        process.post(*batch)
    process.sequencer.stop()
    return disk


@pytest.fixture
def disk(pristine: Disk) -> Disk:
    return Disk(pristine.backup(), dict(pristine.signed))


def found(
    disk: Disk, anchored: list[tuple[int, bytes]] | None = None, sample: int = 1
) -> list[tuple[str, int | None]]:
    check = LogCheck(
        MemoryStore(disk), MemoryLastSigned(disk), RECORD, lambda log_id: anchored or [], sample=sample
    )
    return [(violation.code, violation.index) for violation in check.run()]


def test_a_whole_log_is_clean_and_everything_was_counted(disk: Disk) -> None:
    root = disk.tables[LOG_ID].checkpoints[104].root
    check = LogCheck(MemoryStore(disk), MemoryLastSigned(disk), RECORD, lambda _: [(104, root)], sample=10)
    assert list(check.run()) == []
    counts = check.counts
    assert (counts.entries, counts.contents, counts.tiles, counts.checkpoints, counts.anchors) == (
        270,
        27,
        3,
        4,
        1,
    )


def set_entry(index: int, **changes: Any) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables.entries[index] = replace(tables.entries[index], **changes)

    return change


def edit_entry(index: int, old: bytes, new: bytes) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        stored = tables.entries[index]
        assert stored.entry.count(old) == 1
        tables.entries[index] = replace(stored, entry=stored.entry.replace(old, new))

    return change


def swap_disclosures(tables: Tables) -> None:
    first, second = tables.entries[5], tables.entries[6]
    tables.entries[5] = replace(first, disclosures=second.disclosures)


def drop(index: int) -> Callable[[Tables], None]:
    return lambda tables: tables.entries.__delitem__(index)


def damage_tile(tables: Tables) -> None:
    tile = tables.tiles[0, 0]
    tables.tiles[0, 0] = replace(tile, hashes=bytes(32) + tile.hashes[32:])


def damage_middle(tables: Tables) -> None:
    tables.tiles[0, 0] = replace(tables.tiles[0, 0], middle=bytes(512))


def damage_edge(tables: Tables) -> None:
    tables.edges[0] = replace(tables.edges[0], hashes=tables.edges[0].hashes[:-32])


def set_checkpoint(size: int, **changes: Any) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables.checkpoints[size] = replace(tables.checkpoints[size], **changes)

    return change


def set_head(**changes: Any) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables.head = replace(tables.head, **changes)

    return change


def beyond(tables: Tables) -> None:
    last = tables.entries[-1]
    tables.entries.append(StoredEntry(SIZE, last.leaf, "new", "new", 0, "x", 0, last.digest, last.entry, ()))


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (set_entry(7, leaf=bytes(32)), ("leaf_differs", 7)),
        (edit_entry(7, b'"type":"x-note"', b'"type":"x-nope"'), ("leaf_differs", 7)),
        (edit_entry(7, b'{"prev"', b'{"pref"'), ("entry_format", 7)),
        (set_entry(7, seq=1), ("row_differs", 7)),
        (set_entry(2, trade="another"), ("trade_broken", 2)),
        (edit_entry(2, b'"prev":"0x', b'"prev":"0xf'), ("entry_format", 2)),
        (set_entry(7, received=1), ("received_decreases", 7)),
        (set_entry(7, received=2_000_000_000_000), ("row_differs", 7)),
        (set_entry(7, event="another"), ("row_differs", 7)),
        (set_entry(7, digest=bytes(32)), ("row_differs", 7)),
        (swap_disclosures, ("disclosure", 5)),
        (set_entry(7, disclosures=()), ("disclosure", 7)),
        (set_entry(7, disclosures=("AAAA",)), ("disclosure", 7)),
        (set_entry(7, disclosures=None), ("erasure", 7)),
        (set_entry(7, erased_at=5), ("erasure", 7)),
        (set_entry(7, erased_at=5, disclosures=("AAAA",)), ("disclosure", 7)),
        (drop(9), ("missing", 9)),
        (drop(SIZE - 1), ("missing", SIZE - 1)),
        (beyond, ("beyond_head", SIZE)),
        (damage_tile, ("tile_differs", None)),
        (damage_middle, ("tile_differs", None)),
        (lambda tables: tables.tiles.clear(), ("tile_differs", None)),
        (damage_edge, ("tile_differs", None)),
        (lambda tables: tables.edges.clear(), ("tile_differs", None)),
        (set_checkpoint(104, root=bytes(32)), ("root_differs", None)),
        (set_checkpoint(104, anchor_by=10**12), ("anchor_by", None)),
        (set_checkpoint(104, signed_at=1, anchor_by=2), ("signed_at_decreases", None)),
        (set_checkpoint(104, signed_at=1, anchor_by=2), ("signed_at", 103)),
        (lambda tables: tables.checkpoints.pop(SIZE), ("checkpoint_missing", SIZE - 1)),
        (set_head(root=bytes(32)), ("root_differs", None)),
        (set_head(signed_at=1), ("row_differs", None)),
        (set_head(size=SIZE - 1), ("beyond_head", SIZE - 1)),
    ],
)
def test_damage_is_found(
    disk: Disk, damage: Callable[[Tables], None], expected: tuple[str, int | None]
) -> None:
    damage(disk.tables[LOG_ID])
    assert expected in found(disk)


@pytest.mark.parametrize("index", [0, 3, 100, SIZE - 1])
def test_without_deep_every_byte_of_every_entry_is_still_bound(disk: Disk, index: int) -> None:
    edit_entry(index, b"x-note", b"x-nite")(disk.tables[LOG_ID])
    assert ("leaf_differs", index) in found(disk, sample=10**9)


def test_last_signed_is_compared(disk: Disk) -> None:
    disk.signed[LOG_ID] = (SIZE + 1, bytes(32))
    assert ("beyond_head", None) in found(disk)
    disk.signed[LOG_ID] = (104, bytes(32))
    assert found(disk) == [("root_differs", None)]
    disk.signed.clear()
    assert found(disk) == [("last_signed", None)]


def test_anchors_are_compared(disk: Disk) -> None:
    root = disk.tables[LOG_ID].checkpoints[104].root
    assert found(disk, [(104, root)]) == []
    assert found(disk, [(105, root)]) == [("root_differs", None)]
    assert found(disk, [(SIZE + 5, root)]) == [("beyond_head", None)]


def test_an_empty_log_is_clean() -> None:
    disk = Disk()
    MemoryStore(disk).create(RECORD)
    assert found(disk) == []
