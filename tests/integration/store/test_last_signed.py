from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.log.errors import LogHalted, StoreFailed
from service.store.last_signed import FileLastSigned

LOG = b"\x0a" * 32


def root(size: int) -> bytes:
    return size.to_bytes(32, "big")


def filled(folder: Path, *sizes: int) -> FileLastSigned:
    last_signed = FileLastSigned(folder)
    for size in sizes:
        last_signed.advance(LOG, size, root(size))
    return last_signed


def test_it_only_rises(tmp_path: Path) -> None:
    last_signed = filled(tmp_path / "signed")
    assert last_signed.read(LOG) is None
    for size, expected in [(0, 0), (5, 5), (3, 5), (5, 5), (6, 6), (100, 100)]:
        last_signed.advance(LOG, size, root(size))
        assert (
            last_signed.read(LOG)
            == FileLastSigned(tmp_path / "signed").read(LOG)
            == (expected, root(expected))
        )
    assert last_signed.read(b"\x0b" * 32) is None


def test_another_root_at_the_same_size_is_a_fork(tmp_path: Path) -> None:
    last_signed = filled(tmp_path, 5)
    with pytest.raises(LogHalted, match="another root"):
        last_signed.advance(LOG, 5, root(6))
    assert last_signed.read(LOG) == (5, root(5))


def test_the_folder_is_private_and_the_file_small(tmp_path: Path) -> None:
    filled(tmp_path / "signed", 1, 2, 3)
    assert (tmp_path / "signed").stat().st_mode & 0o077 == 0
    (file,) = (tmp_path / "signed").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert file.stat().st_size == 8192


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(torn=st.integers(0, 4096), newest=st.integers(2, 9), junk=st.binary(min_size=1, max_size=8))
def test_a_torn_write_leaves_the_value_before_it(tmp_path: Path, torn: int, newest: int, junk: bytes) -> None:
    """A crash in the middle of `advance`: of the slot only the first bytes arrive, or junk does."""
    folder = tmp_path / f"{torn}-{newest}-{junk.hex()}"
    filled(folder, *range(newest))
    before = (folder / LOG.hex()).read_bytes()
    filled(folder, newest)
    after = bytearray((folder / LOG.hex()).read_bytes())
    slot = 0 if before[:4096] != after[:4096] else 4096
    assert before[4096 - slot : 8192 - slot] == after[4096 - slot : 8192 - slot], (
        "the other slot is not touched"
    )
    after[slot + torn : slot + 4096] = before[slot + torn : slot + 4096]
    (folder / LOG.hex()).write_bytes(after)
    assert FileLastSigned(folder).read(LOG) in [(newest - 1, root(newest - 1)), (newest, root(newest))]
    after[slot + 30 : slot + 30 + len(junk)] = junk
    (folder / LOG.hex()).write_bytes(after)
    assert FileLastSigned(folder).read(LOG) in [(newest - 1, root(newest - 1)), (newest, root(newest))]
    filled(folder, newest + 1)
    assert FileLastSigned(folder).read(LOG) == (newest + 1, root(newest + 1))


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"junk" * 2048])
def test_a_file_that_cannot_be_read_halts(tmp_path: Path, content: bytes) -> None:
    last_signed = filled(tmp_path, 5)
    (tmp_path / LOG.hex()).write_bytes(content)
    with pytest.raises(LogHalted, match="unreadable"):
        last_signed.read(LOG)
    with pytest.raises(LogHalted, match="unreadable"):
        last_signed.advance(LOG, 6, root(6))


def test_another_logs_file_is_not_taken(tmp_path: Path) -> None:
    last_signed = filled(tmp_path, 5)
    (tmp_path / LOG.hex()).rename(tmp_path / (b"\x0b" * 32).hex())
    with pytest.raises(LogHalted):
        last_signed.read(b"\x0b" * 32)


def test_the_write_is_synced_before_advance_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last_signed = filled(tmp_path, 1)
    trace: list[str] = []
    pwrite, fdatasync = os.pwrite, os.fdatasync

    def traced_pwrite(file: int, data: bytes, offset: int) -> int:
        trace.append("write")
        return pwrite(file, data, offset)

    def traced_fdatasync(file: int) -> None:
        trace.append("sync")
        fdatasync(file)

    monkeypatch.setattr(os, "pwrite", traced_pwrite)
    monkeypatch.setattr(os, "fdatasync", traced_fdatasync)
    last_signed.advance(LOG, 2, root(2))
    assert trace == ["write", "sync"]
    last_signed.advance(LOG, 1, root(1))
    assert last_signed.read(LOG) == (2, root(2))
    assert trace == ["write", "sync"], "what changes nothing costs nothing"
    trace.clear()
    later = FileLastSigned(tmp_path)
    assert [later.read(LOG), later.read(LOG)] == [(2, root(2))] * 2
    assert trace == ["sync"], "who wrote the value may have been killed before it was synced"


def test_after_a_failed_sync_nothing_is_taken_for_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_signed = filled(tmp_path, 1)
    fdatasync = os.fdatasync

    def failing(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", failing)
    with pytest.raises(StoreFailed):
        last_signed.advance(LOG, 2, root(2))
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    with pytest.raises(StoreFailed):
        last_signed.advance(LOG, 3, root(3))


ADVANCE = """
import os, sys, time
from pathlib import Path
from service.store.last_signed import FileLastSigned
print("ready", flush=True)
while not os.path.exists(sys.argv[1] + "/go"):
    time.sleep(0.001)
last_signed = FileLastSigned(Path(sys.argv[1]))
for size in range(int(sys.argv[2]), 3000, 3):
    last_signed.advance(bytes([10]) * 32, size, size.to_bytes(32, "big"))
    assert last_signed.read(bytes([10]) * 32)[0] >= size
"""


def test_several_processes_raise_one_value(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADVANCE, str(tmp_path)]
    processes = [subprocess.Popen([*command, str(start)], stdout=subprocess.PIPE) for start in range(3)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    (tmp_path / "go").touch()
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert FileLastSigned(tmp_path).read(LOG) == (2999, root(2999))
