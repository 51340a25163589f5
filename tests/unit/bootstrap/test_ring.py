"""A log's checkpoint keys as a running process sees them: which one signs, whatever becomes of the files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.bootstrap.ring import CheckpointRing
from service.core.checkpoint import LogIdentity
from service.log.errors import LogError
from service.store.keyfiles import KeyFiles

IDENTITY = LogIdentity("log.example/kaka", b"\x07" * 32, 1, "0x" + "22" * 20)
NOW = 1_769_846_400


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    return KeyFiles(tmp_path / "keys", os.urandom, lambda: 1000 * NOW)


def test_a_rotation_is_seen_without_a_restart(keys: KeyFiles) -> None:
    ring = CheckpointRing(keys, "kaka", IDENTITY)
    old = ring.active(NOW)
    keys.stage("kaka")
    assert ring.active(NOW + 1000) is old
    keys.activate("kaka", 1000 * (NOW + 60))
    assert ring.active(NOW + 59) is old
    new = ring.active(NOW + 60)
    assert new.address != old.address
    assert (ring.of(old.address), ring.of(new.address)) == (old, new)
    keys.retire(keys.checkpoints("kaka")[1], 1000 * (NOW + 90))
    assert [each.address for each in ring.unretired()] == [new.address]
    assert ring.of(old.address) is not None  # its checkpoints may be asked for for ever
    assert ring.active(NOW - 5).address == new.address  # a clock that was set back


def test_no_key_at_all_is_no_signature(keys: KeyFiles) -> None:
    ring = CheckpointRing(keys, "kaka", IDENTITY)
    keys.retire(keys.checkpoint("kaka"), 1000 * NOW)
    with pytest.raises(LogError, match="rotate-key"):
        ring.active(NOW)


def test_a_folder_that_is_away_is_no_rotation(keys: KeyFiles, tmp_path: Path) -> None:
    ring = CheckpointRing(keys, "kaka", IDENTITY)
    key = ring.active(NOW)
    (tmp_path / "keys").rename(tmp_path / "away")
    assert ring.active(NOW) is key
    (tmp_path / "keys").mkdir(mode=0o700)
    assert ring.active(NOW) is key
    assert not list((tmp_path / "keys").iterdir())  # and no new key is made
