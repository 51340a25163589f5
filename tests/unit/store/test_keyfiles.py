"""Key files: modes, never overwritten, refused when readable by others."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.store.keyfiles import KeyFileError, KeyFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def key_files(folder: Path) -> KeyFiles:
    """Key files with real randomness and a fixed clock."""
    return KeyFiles(folder, os.urandom, lambda: 1_769_846_400_000)


def test_a_key_is_made_once_and_kept(folder: Path) -> None:
    first = key_files(folder)
    key = first.checkpoint("kaka")
    assert key_files(folder).checkpoint("kaka") == key
    assert key.created == 1_769_846_400_000
    assert first.names() == ["checkpoint-kaka"]
    assert len({key.ed25519_seed, key.evm_key, first.secret("pepper"), first.evm("owner")}) == 4


def test_modes(folder: Path) -> None:
    key_files(folder).secret("pepper")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "pepper.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["pepper.json"]


def test_a_data_folder_that_keys_are_the_first_in_is_closed_to_others(folder: Path) -> None:
    key_files(folder / "data" / "keys").secret("pepper")
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700


def test_a_key_readable_by_others_is_refused(folder: Path) -> None:
    keys = key_files(folder)
    keys.secret("pepper")
    (folder / "pepper.json").chmod(0o640)
    with pytest.raises(KeyFileError, match="0640"):
        keys.secret("pepper")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"secret":"zz"}', b'{"secret":"00"}', b'{"secret":1}']
)
def test_a_damaged_key_is_refused_and_not_replaced(folder: Path, content: bytes) -> None:
    keys = key_files(folder)
    keys.secret("pepper")
    (folder / "pepper.json").write_bytes(content)
    with pytest.raises(KeyFileError):
        keys.secret("pepper")
    assert (folder / "pepper.json").read_bytes() == content


def test_those_who_start_at_once_agree(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: key_files(folder).secret("pepper"), range(32)))
    assert len(keys) == 1


def test_scalars_out_of_range_are_drawn_again(folder: Path) -> None:
    draws = iter([bytes(32), b"\xff" * 32, b"\x01" * 32, b"\x02" * 32])
    key = KeyFiles(folder, lambda n: next(draws) if n == 32 else os.urandom(n), lambda: 0).evm("owner")
    assert key == b"\x01" * 32


def test_the_newest_generation_is_active(folder: Path) -> None:
    keys = key_files(folder)
    first = keys.checkpoint("kaka")
    second = folder / "checkpoint-kaka.2.json"
    second.write_bytes((folder / "checkpoint-kaka.json").read_bytes())
    second.chmod(0o600)
    assert [key.name for key in keys.checkpoints("kaka")] == ["checkpoint-kaka.2", "checkpoint-kaka"]
    assert keys.checkpoint("kaka").name == "checkpoint-kaka.2"
    assert keys.checkpoints("kaka")[1] == first
    assert [key.name for key in keys.checkpoints("kaka-test")] == ["checkpoint-kaka-test"]


def test_a_staged_key_signs_from_its_moment_on(folder: Path) -> None:
    keys = key_files(folder)
    first, version = keys.checkpoint("kaka"), keys.version()
    staged = keys.stage("kaka")
    assert (keys.stage("kaka"), keys.staged("kaka")) == (staged, staged)
    assert keys.checkpoints("kaka") == [first]
    second = keys.activate("kaka", 1_800_000_000_000)
    assert (second.evm_key, second.active_from) == (staged.evm_key, 1_800_000_000_000)
    assert keys.checkpoints("kaka") == [second, first]
    assert keys.staged("kaka") is None
    assert keys.version() != version
    assert stat.S_IMODE((folder / f"{second.name}.json").stat().st_mode) == 0o600
    with pytest.raises(KeyFileError, match=r"no checkpoint-kaka\.next"):
        keys.activate("kaka", 1)


def test_a_retirement_is_noted_once(folder: Path) -> None:
    keys = key_files(folder)
    key = keys.checkpoint("kaka")
    keys.retire(key, 5)
    keys.retire(key, 6)
    assert [each.retired for each in keys.checkpoints("kaka")] == [5]
    (folder / "checkpoint-kaka.retired").write_text("{}")
    with pytest.raises(KeyFileError, match="does not say when"):
        keys.checkpoints("kaka")


@pytest.mark.parametrize("lost", ["checkpoint-kaka.json", "checkpoint-kaka.2.json"])
def test_a_generation_that_is_missing_is_not_passed_over(folder: Path, lost: str) -> None:
    keys = key_files(folder)
    keys.checkpoint("kaka")
    for _ in range(2):
        keys.stage("kaka")
        keys.activate("kaka", 1)
    before = sorted(path.name for path in folder.iterdir())
    (folder / lost).unlink()
    with pytest.raises(KeyFileError, match=f"{lost} is missing"):
        keys.checkpoints("kaka")
    assert sorted(path.name for path in folder.iterdir()) == [name for name in before if name != lost]


def test_changes_within_one_tick_of_the_clock_are_seen(folder: Path) -> None:
    keys = key_files(folder)
    keys.checkpoint("kaka")
    version, times = keys.version(), folder.stat()
    keys.stage("kaka")
    os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert keys.version() != version


def test_two_who_activate_at_once_agree(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faster, slower = key_files(folder), key_files(folder)
    faster.checkpoint("kaka")
    faster.stage("kaka")
    create = slower._create

    def overtaken(file: str, members: Mapping[str, object]) -> None:
        faster.activate("kaka", 1)
        create(file, members)

    monkeypatch.setattr(slower, "_create", overtaken)
    assert slower.activate("kaka", 2) == faster.checkpoint("kaka")
    assert (faster.checkpoint("kaka").active_from, len(faster.checkpoints("kaka"))) == (1, 2)
