"""The data folder of the embedded service: its lock, credentials.json and trust.json."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service.core.errors import TallyError


class DataFolderError(TallyError):
    """The data folder cannot be used; the message says why."""


def check_in_use(folder: Path) -> None:
    """DataFolderError unless the folder holds a service's keys: a misspelt path must not make new ones."""
    if not (folder / "keys").is_dir():
        raise DataFolderError(
            f"{folder} is no data folder of a service: check --data, or start one there with tally serve or "
            "tally log open"
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder against a second service while the context lasts; DataFolderError when it is
    taken.

    The lock is the kernel's (flock), so it ends with the process however that ends.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderError(
                f"another service is running on {folder}; stop it or choose another --data"
            ) from None
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, mode: int) -> None:
    """Replace a file in one step; after a crash it is the old one or the new one, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask is
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_credentials(folder: Path) -> Mapping[str, Any]:
    """`credentials.json` of an earlier run; empty when there is none or it is damaged (keys are then made
    anew).
    """
    try:
        content = json.loads((folder / "credentials.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_credentials(folder: Path, credentials: Mapping[str, Any]) -> None:
    """Write `credentials.json`, readable by its owner alone: it holds the plain API keys of the embedded
    service.
    """
    content = json.dumps(credentials, ensure_ascii=False, indent=2) + "\n"
    write_atomically(folder / "credentials.json", content.encode(), 0o600)
