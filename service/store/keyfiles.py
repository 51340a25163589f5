"""Secret keys as files: `DIR/keys/` (mode 0700), one JSON file (mode 0600) a key.

A key is written to a temporary file, synced, and linked into place without replacing: a crash leaves a whole
key or none, and two processes that start at once agree on whichever came first. A key is never overwritten.

A log's checkpoint keys are generations: `checkpoint-kaka.json`, `checkpoint-kaka.2.json`, and so on. The next
one is *staged* as `checkpoint-kaka.next.json` (nobody signs with it) until the registry knows it; then it
becomes a generation, with the moment from which it signs. `checkpoint-kaka.retired` and
`checkpoint-kaka.2.retired` say when a generation was retired; the key itself stays, for notes of its
checkpoints are derived again from it.
"""

from __future__ import annotations

import json
import os
import re
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
    """Both halves of a log's checkpoint key, 32 bytes each. In Unix milliseconds: when they were made, from
    when on they sign, and since when they are retired.
    """

    name: str
    ed25519_seed: bytes
    evm_key: bytes
    created: int
    active_from: int
    retired: int | None = None


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
        """All checkpoint keys of a log, newest first; the first one is made when there is none. The newest
        may be one whose moment has not come yet. Raises `KeyFileError` when one in between is missing: an
        older one would sign in its stead, or a new one be made.
        """
        return [self._checkpoint(_generation(log, number)) for number in range(self._newest(log), 0, -1)]

    def staged(self, log: str) -> CheckpointKey | None:
        """The next checkpoint key of a log, if one is prepared. It signs nothing before `activate`."""
        name = _staged(log)
        return self._checkpoint(name) if self.has(name) else None

    def stage(self, log: str) -> CheckpointKey:
        """The next checkpoint key of a log; made when none is prepared."""
        return self._checkpoint(_staged(log))

    def activate(self, log: str, active_from: int) -> CheckpointKey:
        """Make the staged key the newest generation, signing from `active_from` (ms) on; after a crash half
        way, finish that. Raises `KeyFileError` when none is staged.
        """
        staged = self.staged(log)
        if staged is None:
            raise KeyFileError(f"there is no {_staged(log)}.json")
        newest = self.checkpoints(log)[0]
        if newest.evm_key != staged.evm_key:
            members = {
                "ed25519_seed": staged.ed25519_seed.hex(),
                "evm_key": staged.evm_key.hex(),
                "created": staged.created,
                "active_from": active_from,
            }
            self._create(f"{_generation(log, self._newest(log) + 1)}.json", members)
            newest = self.checkpoints(log)[0]
        if newest.evm_key != staged.evm_key:
            raise KeyFileError(f"another key became the newest of {log} at the same time")
        (self._folder / f"{_staged(log)}.json").unlink(missing_ok=True)  # another run may have been faster
        self._sync_folder()
        return newest

    def retire(self, key: CheckpointKey, at: int) -> None:
        """Note since when (ms) a checkpoint key is retired. What was noted before stands."""
        self._create(f"{key.name}.retired", {"retired": at})

    def version(self) -> tuple[int, frozenset[str]]:
        """Another value whenever a key was added, activated or retired: the folder's time of change, which
        several changes within one tick of the clock may share, and what is in it.
        """
        try:
            return self._folder.stat().st_mtime_ns, frozenset(os.listdir(self._folder))
        except FileNotFoundError:
            return 0, frozenset()

    def _newest(self, log: str) -> int:
        numbered = re.compile(re.escape(_generation(log, 1)) + r"\.([0-9]{1,9})")
        later = {int(match[1]) for name in self.names() if (match := numbered.fullmatch(name))}
        newest = max(later, default=1)
        missing = [
            number
            for number in range(1, newest)
            if number not in later and not self.has(_generation(log, number))
        ]
        if missing:
            raise KeyFileError(
                f"{_generation(log, missing[0])}.json is missing though {_generation(log, newest)}.json is "
                "there: restore it from the backup of the keys"
            )
        return newest

    def _checkpoint(self, name: str) -> CheckpointKey:
        fresh = {"ed25519_seed": self._random(32).hex(), "evm_key": self._evm_key().hex()}
        members = self._read_or_create(name, fresh)
        created = members.get("created")
        if type(created) is not int:
            raise KeyFileError(f"{name}.json lacks the time it was created")
        active_from = members.get("active_from", created)
        if type(active_from) is not int:
            raise KeyFileError(f"{name}.json: active_from is not a time")
        seed, key = _field(members, "ed25519_seed", name), _field(members, "evm_key", name)
        return CheckpointKey(name, seed, key, created, active_from, self._retired(name))

    def _retired(self, name: str) -> int | None:
        try:
            members = json.loads((self._folder / f"{name}.retired").read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            members = None
        if not isinstance(members, dict) or type(members.get("retired")) is not int:
            raise KeyFileError(f"{name}.retired does not say when the key was retired")
        return int(members["retired"])

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
            self._create(path.name, {**fresh, "created": self._clock_ms()})
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

    def _create(self, file: str, members: Mapping[str, object]) -> None:
        path = self._folder / file
        # The data folder, too: to whoever runs a command that only makes keys, this one is the first.
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{self._random(4).hex()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as written:
                written.write(json.dumps(members).encode("ascii"))
                written.flush()
                os.fsync(written.fileno())
            try:
                os.link(temporary, path)
            except FileExistsError:
                return
        finally:
            temporary.unlink()
        self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _generation(log: str, number: int) -> str:
    return CHECKPOINT_PREFIX + (log if number == 1 else f"{log}.{number}")


def _staged(log: str) -> str:
    return f"{CHECKPOINT_PREFIX}{log}.next"


def _field(members: Mapping[str, object], field: str, name: str) -> bytes:
    try:
        value = bytes.fromhex(str(members[field]))
    except (KeyError, ValueError):
        raise KeyFileError(f"{name}.json lacks a valid {field}") from None
    if len(value) != 32:
        raise KeyFileError(f"{name}.json: {field} is not 32 bytes")
    return value
