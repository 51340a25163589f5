"""Snapshots: whatever a crash leaves on disk, a whole one is found."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from service.chain.snapshots import Snapshots, write_durably


def state(number: int) -> bytes:
    """A state dump, as far as it is looked at."""
    return json.dumps({"block": {"number": number}, "accounts": {}}).encode()


def best(folder: Path) -> bytes | None:
    return next(Snapshots(folder).candidates(), None)


def test_nothing_at_first(tmp_path: Path) -> None:
    assert best(tmp_path) is None
    assert not Snapshots(tmp_path).exist()


def test_the_newest_comes_first_and_the_one_before_second(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        Snapshots(tmp_path).write(gzip.compress(state(number)))
    assert list(Snapshots(tmp_path).candidates()) == [state(3), state(2)]


@pytest.mark.parametrize(
    "damage", [b"", b"\x1f\x8b", gzip.compress(b"[]", mtime=0), gzip.compress(b"not json", mtime=0), b"{}"]
)
def test_a_damaged_newest_gives_way_to_the_one_before(tmp_path: Path, damage: bytes) -> None:
    for number in (1, 2):
        Snapshots(tmp_path).write(gzip.compress(state(number)))
    (tmp_path / "state.json.gz").write_bytes(damage)
    assert best(tmp_path) == state(1)


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    Snapshots(tmp_path).write(gzip.compress(state(1)))
    whole = gzip.compress(state(2))
    for length in range(len(whole)):
        Snapshots(tmp_path).write(gzip.compress(state(1)))
        Snapshots(tmp_path).write(whole)
        (tmp_path / "state.json.gz").write_bytes(whole[:length])
        assert best(tmp_path) == state(1)


def test_a_damaged_newest_never_replaces_the_one_before(tmp_path: Path) -> None:
    for number in (1, 2):
        Snapshots(tmp_path).write(gzip.compress(state(number)))
    (tmp_path / "state.json.gz").write_bytes(b"")
    Snapshots(tmp_path).write(gzip.compress(state(3)))
    assert list(Snapshots(tmp_path).candidates()) == [state(3), state(1)]


def test_a_crash_at_any_rename_leaves_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Snapshots(tmp_path).write(gzip.compress(state(1)))
    replace = os.replace

    class Crash(Exception):
        pass

    for survives in (0, 1):
        renames = 0

        def crash(source: object, target: object, survives: int = survives) -> None:
            nonlocal renames
            if renames == survives:
                raise Crash
            renames += 1
            replace(str(source), str(target))

        monkeypatch.setattr(Path, "replace", lambda self, target: crash(self, target))
        with pytest.raises(Crash):
            Snapshots(tmp_path).write(gzip.compress(state(2)))
        monkeypatch.undo()
        assert best(tmp_path) == state(1)


def test_a_durable_write_replaces(tmp_path: Path) -> None:
    write_durably(tmp_path / "chain.json", b"a")
    write_durably(tmp_path / "chain.json", b"b")
    assert (tmp_path / "chain.json").read_bytes() == b"b"
    assert os.listdir(tmp_path) == ["chain.json"]
