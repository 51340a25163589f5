"""The embedded chain on disk: whole snapshots, the newest and the one before it.

A snapshot is gzip (so a torn one is noticed by its checksum) of the node's state dump. It is written to a
temporary file and synced; then the newest becomes the one before, and the temporary file the newest. A crash
at any point leaves one that loads.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

_NEWEST = "state.json.gz"
_PREVIOUS = "state.previous.json.gz"


class Snapshots:
    """The snapshots in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, compressed: bytes) -> None:
        """Make this the newest snapshot, durably."""
        temporary = self._folder / ".state.new"
        _write_synced(temporary, compressed)
        newest, previous = self._folder / _NEWEST, self._folder / _PREVIOUS
        if newest.exists() and _readable(newest) is not None:
            newest.replace(previous)
        temporary.replace(newest)
        sync_folder(self._folder)

    def candidates(self) -> Iterator[bytes]:
        """The state dumps that can be read, best first."""
        for name in (_NEWEST, _PREVIOUS):
            state = _readable(self._folder / name)
            if state is not None:
                yield state

    def exist(self) -> bool:
        """Whether any snapshot was ever written here."""
        return (self._folder / _NEWEST).exists() or (self._folder / _PREVIOUS).exists()


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file so that a crash leaves the old content or the new, never a part."""
    temporary = path.with_name(f".{path.name}.new")
    _write_synced(temporary, content)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _readable(path: Path) -> bytes | None:
    try:
        state = gzip.decompress(path.read_bytes())
        value = json.loads(state)
    except (OSError, EOFError, zlib.error, ValueError):
        return None
    return state if isinstance(value, dict) and "accounts" in value and "block" in value else None
