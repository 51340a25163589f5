"""A log's checkpoint keys as a running process uses them: a rotation is seen without a restart.

The key files are the one place where a rotation is written down. Every process looks at their folder before
it signs (some microseconds), and every process on the same files picks the same key for the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.note import parse_vkey
from service.log.errors import LogError
from service.store.keyfiles import CheckpointKey, KeyFiles


@dataclass(frozen=True, slots=True)
class RingKey:
    """One generation of a log's checkpoint key, with its signer."""

    key: CheckpointKey
    signer: CheckpointSigner

    @property
    def address(self) -> str:
        """The EVM key's address."""
        return self.signer.address

    @property
    def ed25519(self) -> bytes:
        """The Ed25519 public key, 32 bytes: what the registry is told."""
        return parse_vkey(self.signer.vkey).public_key


class CheckpointRing:
    """The `NoteSigners` of one log over its key files. Safe among threads."""

    def __init__(self, keys: KeyFiles, name: str, identity: LogIdentity) -> None:
        self._files = keys
        self._name = name
        self._identity = identity
        self._lock = Lock()
        self._version: object = None
        self._keys: tuple[RingKey, ...] = ()

    def all(self) -> tuple[RingKey, ...]:
        """All generations, newest first; the newest may be one whose moment has not come yet."""
        with self._lock:
            version = self._files.version()
            # A folder that is away (unmounted, say) is no rotation, and no reason to make a first key.
            away = bool(self._keys) and not self._files.has(self._keys[-1].key.name)
            if version != self._version and not away:
                self._keys = self._read()
                self._version = version if version == self._files.version() else None
            return self._keys

    def at(self, at: int) -> RingKey:
        """The key that signs at this time (Unix seconds). Raises `LogError` when every key is retired."""
        usable = [each for each in self.all() if each.key.retired is None]
        begun = [each for each in usable if each.key.active_from <= 1000 * at]
        if not usable:
            raise LogError(f"every checkpoint key of {self._name} is retired; run tally log rotate-key")
        # A clock that was set back may find that none has begun: then the oldest has.
        return begun[0] if begun else usable[-1]

    def active(self, at: int) -> CheckpointSigner:
        """The signer of new checkpoints at this time (Unix seconds)."""
        return self.at(at).signer

    def of(self, address: str) -> CheckpointSigner | None:
        """The signer of this address, retired or not."""
        return next((each.signer for each in self.all() if each.address == address), None)

    def unretired(self) -> list[RingKey]:
        """The keys that may still anchor, oldest first: those that the registry has to know."""
        return [each for each in reversed(self.all()) if each.key.retired is None]

    def staged(self) -> RingKey | None:
        """The next key, while it is prepared and nobody signs with it."""
        key = self._files.staged(self._name)
        return None if key is None else self._of(key)

    def _read(self) -> tuple[RingKey, ...]:
        known = {each.key: each for each in self._keys}
        return tuple(known.get(key) or self._of(key) for key in self._files.checkpoints(self._name))

    def _of(self, key: CheckpointKey) -> RingKey:
        return RingKey(key, CheckpointSigner(self._identity, key.ed25519_seed, key.evm_key))
