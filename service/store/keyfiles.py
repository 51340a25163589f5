"""Secret keys as files: `DIR/keys/` (mode 0700), one JSON file (mode 0600) a key.

A key is written to a temporary file, synced, and linked into place without replacing: a crash leaves a whole
key or none, and two processes that start at once agree on whichever came first. A key is never overwritten.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.core.errors import TallyError

CHECKPOINT_PREFIX = "checkpoint-"


class KeyFileError(TallyError):
    """A key file is missing, malformed, or readable by others."""


@dataclass(frozen=True, slots=True)
class CheckpointKey:
    """Both halves of a log's checkpoint key, 32 bytes each, and when they were made (Unix milliseconds)."""

    name: str
    ed25519_seed: bytes
    evm_key: bytes
    created: int


class KeyFiles:
    """The folder of secret keys. `random(n)` gives n random bytes, `clock_ms` the time, for keys to be
    made.
    """

    def __init__(self, folder: Path, random: Callable[[int], bytes], clock_ms: Callable[[], int]) -> None:
        self._folder = folder
        self._random = random
        self._clock_ms = clock_ms

    def secret(self, name: str) -> bytes:
        """A 32-byte secret by name; made when absent (the API keys' pepper, for one)."""
        return _field(self._read_or_create(name, {"secret": self._random(32).hex()}), "secret", name)

    def evm(self, name: str) -> bytes:
        """A secp256k1 private key by name; made when absent."""
        return _field(self._read_or_create(name, {"evm_key": self._evm_key().hex()}), "evm_key", name)

    def checkpoint(self, log: str) -> CheckpointKey:
        """The active checkpoint key of a log (named like its folder in public URLs: `kaka`, `kaka-test`).

        Made when the log has none.
        """
        return self.checkpoints(log)[0]

    def checkpoints(self, log: str) -> list[CheckpointKey]:
        """All checkpoint keys of a log, newest and active first; the first one is made when there is none.

        Generations are `checkpoint-kaka.json`, `checkpoint-kaka.2.json`, and so on.
        """
        generation = 1
        while self.has(_generation(log, generation + 1)):
            generation += 1
        return [self._checkpoint(_generation(log, number)) for number in range(generation, 0, -1)]

    def _checkpoint(self, name: str) -> CheckpointKey:
        fresh = {"ed25519_seed": self._random(32).hex(), "evm_key": self._evm_key().hex()}
        members = self._read_or_create(name, fresh)
        created = members.get("created")
        if type(created) is not int:
            raise KeyFileError(f"{name}.json lacks the time it was created")
        seed, key = _field(members, "ed25519_seed", name), _field(members, "evm_key", name)
        return CheckpointKey(name, seed, key, created)

    def names(self) -> list[str]:
        """The names of all keys, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def has(self, name: str) -> bool:
        """Whether a key of this name exists."""
        return (self._folder / f"{name}.json").exists()

    def _evm_key(self) -> bytes:
        # A scalar of zero or ≥ n has probability 2^-128; refusing keys whose first four bytes are all ones
        # is enough.
        while True:
            key = self._random(32)
            if any(key) and key[:4] != b"\xff\xff\xff\xff":
                return key

    def _read_or_create(self, name: str, fresh: Mapping[str, object]) -> dict[str, object]:
        path = self._folder / f"{name}.json"
        if not path.exists():
            self._create(path, {**fresh, "created": self._clock_ms()})
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise KeyFileError(f"{path.name} is readable by others (mode {mode:04o}); run chmod 600 on it")
        try:
            members = json.loads(path.read_bytes())
        except ValueError:
            raise KeyFileError(f"{path.name} is not a key file") from None
        if not isinstance(members, dict):
            raise KeyFileError(f"{path.name} is not a key file")
        return members

    def _create(self, path: Path, members: Mapping[str, object]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{self._random(4).hex()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(members).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(temporary, path)
            except FileExistsError:
                return
        finally:
            temporary.unlink()
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _generation(log: str, number: int) -> str:
    return CHECKPOINT_PREFIX + (log if number == 1 else f"{log}.{number}")


def _field(members: Mapping[str, object], field: str, name: str) -> bytes:
    try:
        value = bytes.fromhex(str(members[field]))
    except (KeyError, ValueError):
        raise KeyFileError(f"{name}.json lacks a valid {field}") from None
    if len(value) != 32:
        raise KeyFileError(f"{name}.json: {field} is not 32 bytes")
    return value
