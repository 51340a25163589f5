"""A log in memory with real checkpoints signed by real keys: what the anchor worker reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from service.core import tree
from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.merkle import leaf_hash
from tests.reference.tiles import MemoryTiles


@dataclass(frozen=True)
class Row:
    """A signed checkpoint's row."""

    size: int
    root: bytes
    signed_at: int
    anchor_by: int


@dataclass(frozen=True)
class Noted:
    """A row with its note."""

    record: Row
    note: str


class GrowingLog:
    """Implements `LogView`; `grow` appends leaves and signs one checkpoint."""

    def __init__(self, origin: str, ed25519_seed: bytes, evm_key: bytes, promise: int = 3600) -> None:
        self.origin = origin
        self._seed, self._key = ed25519_seed, evm_key
        self._promise = promise
        self._leaves: list[bytes] = []
        self._rows: list[Row] = []
        self.signer: CheckpointSigner | None = None
        self.broken: Exception | None = None

    def keys(self) -> tuple[str, bytes]:
        """The address and the Ed25519 public key."""
        signer = CheckpointSigner(
            LogIdentity(self.origin, bytes(32), 1, "0x" + "00" * 20), self._seed, self._key
        )
        return signer.address, bytes(32)

    def belongs(self, identity: LogIdentity) -> None:
        """Sign for this identity from now on."""
        self.signer = CheckpointSigner(identity, self._seed, self._key)

    def grow(self, leaves: int = 1, *, signed_at: int | None = None) -> Row:
        """Append leaves and sign."""
        for _ in range(leaves):
            self._leaves.append(leaf_hash(f"{self.origin} {len(self._leaves)}".encode()))
        now = int(time.time()) if signed_at is None else signed_at
        size = len(self._leaves)
        row = Row(size, tree.root(self._tiles(), size), now, now + self._promise)
        self._rows.append(row)
        return row

    def _tiles(self) -> MemoryTiles:
        return MemoryTiles(self._leaves)

    @property
    def rows(self) -> list[Row]:
        """Everything signed."""
        return self._rows

    def latest(self) -> Noted | None:
        """The newest."""
        if self.broken is not None:
            raise self.broken
        return self._noted(self._rows[-1]) if self._rows else None

    def checkpoint(self, size: int) -> Noted | None:
        """The one of this size."""
        return next((self._noted(row) for row in self._rows if row.size == size), None)

    def checkpoints(self, after: int, count: int = 100) -> Sequence[Row]:
        """Those above a size."""
        return [row for row in self._rows if row.size > after][:count]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """A consistency proof."""
        return tree.consistency_proof(self._tiles(), old, new)

    def _noted(self, row: Row) -> Noted:
        assert self.signer is not None
        return Noted(row, self.signer.sign(row.size, row.root, row.signed_at, row.anchor_by))
