"""The chain and the store as a mirror sees them: plain data at the ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from service.anchoring.ports import (
    AnchoredEvent,
    AnchorOnChain,
    AnchorState,
    AnchorStore,
    Chain,
    Lease,
    LogToAnchor,
    Promise,
    RegistryHead,
    SignedNote,
)
from service.core.checkpoint import LogIdentity
from service.core.state_proof import AnchorSlot

LOG = b"\x01" * 32
LEASE = Lease("k", "a", 1, 1000)


def root(size: int) -> bytes:
    """The log's root at a size."""
    return bytes([size]) * 32


@dataclass(frozen=True)
class Row:
    """A signed checkpoint."""

    size: int
    root: bytes
    signed_at: int = 0
    anchor_by: int = 3600


@dataclass
class FakeView:
    """A log that signed a checkpoint at each of these sizes."""

    sizes: list[int]

    def latest(self) -> SignedNote | None:
        raise NotImplementedError

    def checkpoint(self, size: int) -> SignedNote | None:
        raise NotImplementedError

    def checkpoints(self, after: int, count: int = 100) -> list[Promise]:
        return [Row(size, root(size)) for size in self.sizes if size > after][:count]

    def consistency(self, old: int, new: int) -> list[bytes]:
        raise NotImplementedError


def log_of(sizes: list[int]) -> LogToAnchor:
    """A log to anchor."""
    return LogToAnchor(LogIdentity("a/b", LOG, 5, "0x" + "aa" * 20), FakeView(sizes))


@dataclass
class FakeChain:
    """The registry's anchors of one log: (size, root, block), oldest first; a block's time is its number
    unless said.
    """

    anchors: list[tuple[int, bytes, int]] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)
    chain_id: int = 5
    registry: str = "0x" + "aa" * 20

    def head(self, log_id: bytes) -> RegistryHead:
        if not self.anchors:
            return RegistryHead(0, 0, 0, 0, 0, bytes(32))
        size, at, block = self.anchors[-1]
        return RegistryHead(size, self.time(block), block, 0, len(self.anchors), at)

    def time(self, block: int) -> int:
        return self.times.get(block, block)

    def anchored_at(self, log_id: bytes, size: int, at: bytes) -> AnchorSlot | None:
        before = (0, b"", 0)
        for anchor in self.anchors:
            if anchor[:2] == (size, at):
                prev_time = self.time(before[2]) if before[0] else 0
                return AnchorSlot(self.time(anchor[2]), anchor[2], before[0], prev_time, 0)
            before = anchor
        return None

    def anchored_event(self, log_id: bytes, size: int, at: bytes, block: int) -> AnchoredEvent | None:
        return None

    def port(self) -> Chain:
        """As the port."""
        return cast(Chain, self)


class Crash(Exception):
    """The process died."""


@dataclass
class MemoryStore:
    """Anchors in memory; `crash_after` writes it dies."""

    rows: dict[tuple[int, bytes], AnchorOnChain] = field(default_factory=dict)
    crash_after: int | None = None

    def standing(self) -> list[AnchorOnChain]:
        """Not orphaned, by size."""
        kept = [each for each in self.rows.values() if each.state is not AnchorState.ORPHANED]
        return sorted(kept, key=lambda each: each.size)

    def put_anchor(self, lease: Lease, anchor: AnchorOnChain, now: int) -> None:
        if self.crash_after == 0:
            raise Crash
        if self.crash_after is not None:
            self.crash_after -= 1
        self.rows[anchor.size, anchor.root] = anchor

    def newest(self, chain_id: int, registry: str, log_id: bytes) -> AnchorOnChain | None:
        return self.standing()[-1] if self.standing() else None

    def anchor(
        self, chain_id: int, registry: str, log_id: bytes, size: int, at: bytes
    ) -> AnchorOnChain | None:
        return next((each for each in self.standing() if (each.size, each.root) == (size, at)), None)

    def above(self, chain_id: int, registry: str, log_id: bytes, size: int) -> list[AnchorOnChain]:
        return [each for each in self.standing() if each.size > size]

    def sent(self, tx: bytes) -> bool:
        return False

    def port(self) -> AnchorStore:
        """As the port."""
        return cast(AnchorStore, self)
