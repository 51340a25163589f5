"""LastSigned as files: one a log, outside the database and its backups.

A file holds two slots of one text line each, in different 4 KiB blocks; a value overwrites the older slot
and is synced before `advance` returns. A crash in between spoils that slot at most, the other still holds
the value before, and nothing was signed yet for the new one. Overwriting costs one fdatasync, a quarter of
write, fsync, rename, and fsync of the folder.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from threading import Lock

from service.log.errors import LogHalted, StoreFailed

_SLOT = 4096
_LONGEST = 256  # bytes of a line, and what comes behind it
_LINE = re.compile(
    rb"tallystick-last-signed/1 ([0-9a-f]{64}) ([0-9]{1,16}) ([0-9a-f]{64}) ([0-9a-f]{64})\n\0*"
)


class FileLastSigned:
    """The files `DIR/<log id>`. Safe among threads and, by flock, among processes that share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._failed: str | None = None
        self._synced: dict[bytes, tuple[int, bytes]] = {}

    def read(self, log_id: bytes) -> tuple[int, bytes] | None:
        """The largest (size, root) signed, or None when the log has no file. `LogHalted` when no slot is
        readable.
        """
        with self._lock, self._open(log_id) as file:
            return None if file is None else self._durable(file, log_id)[0]

    def advance(self, log_id: bytes, size: int, root: bytes) -> None:
        """Raise the value; durable on return. Smaller sizes change nothing; `LogHalted` for a second root
        at one size.
        """
        line = _line(log_id, size, root)
        with self._lock:
            if not self._path(log_id).exists():
                self._create(self._path(log_id), line)
            with self._open(log_id) as file:
                if file is None:
                    raise LogHalted("the file of LastSigned was removed while it was written")
                last, slot = self._durable(file, log_id)
                if size == last[0] and root != last[1]:
                    raise LogHalted(f"another root was signed at size {size} before")
                if size > last[0]:
                    self._sync(file, (line.ljust(_SLOT, b"\0"), (1 - slot) * _SLOT))
                    self._synced[log_id] = (size, root)

    def _durable(self, file: int, log_id: bytes) -> tuple[tuple[int, bytes], int]:
        """The value and its slot. Whoever wrote it may have died before it was synced: then it is now."""
        value, slot = self._newest(file, log_id)
        if self._synced.get(log_id) != value:
            self._sync(file)
            self._synced[log_id] = value
        return value, slot

    def _sync(self, file: int, write: tuple[bytes, int] | None = None) -> None:
        if self._failed is not None:
            raise StoreFailed(self._failed)
        try:
            if write is not None:
                os.pwrite(file, *write)
            os.fdatasync(file)
        except OSError as error:
            # After a failed sync the kernel may report the next one as done without it: only a restart
            # reads the truth.
            self._failed = f"LastSigned was not written: {error.strerror}"
            raise StoreFailed(self._failed) from error

    def _newest(self, file: int, log_id: bytes) -> tuple[tuple[int, bytes], int]:
        """The value, and the slot it stands in."""
        slots = [_parse(os.pread(file, _LONGEST, slot * _SLOT), log_id) for slot in (0, 1)]
        known = [(value, slot) for slot, value in enumerate(slots) if value is not None]
        if not known:
            raise LogHalted(
                f"LastSigned of log 0x{log_id.hex()} is unreadable: restore the file, "
                "or move it away and see tally log adopt"
            )
        return max(known)

    def _path(self, log_id: bytes) -> Path:
        return self._folder / log_id.hex()

    @contextmanager
    def _open(self, log_id: bytes) -> Iterator[int | None]:
        try:
            file = os.open(self._path(log_id), os.O_RDWR)
        except FileNotFoundError:
            yield None
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _create(self, path: Path, line: bytes) -> None:
        """Put a whole file in its place, or find that another process just did: there is never half a
        file.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file, temporary = mkstemp(dir=self._folder, prefix=".")
        try:
            os.write(file, line.ljust(2 * _SLOT, b"\0"))
            os.fsync(file)
            with suppress(FileExistsError):
                os.link(temporary, path)
        except OSError as error:
            raise StoreFailed(f"LastSigned was not written: {error.strerror}") from error
        finally:
            os.close(file)
            os.unlink(temporary)
        for folder in (self._folder, self._folder.parent):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _line(log_id: bytes, size: int, root: bytes) -> bytes:
    content = b"tallystick-last-signed/1 %s %d %s " % (log_id.hex().encode(), size, root.hex().encode())
    return content + sha256(content).hexdigest().encode() + b"\n"


def _parse(slot: bytes, log_id: bytes) -> tuple[int, bytes] | None:
    match = _LINE.fullmatch(slot)
    if match is None or match[1] != log_id.hex().encode():
        return None
    size, root = int(match[2]), bytes.fromhex(match[3].decode())
    return (size, root) if _line(log_id, size, root) == slot.rstrip(b"\0") else None
