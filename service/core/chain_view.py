"""A view of the chain that the caller named: what verification may ask a node. Nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from service.core.errors import TallyError
from service.core.state_proof import AnchorSlot


class NodeUnreachable(TallyError):
    """No node named for this chain answered as a node should: this says nothing about a receipt."""


class NodesDisagree(TallyError):
    """Two nodes that the caller named answered differently."""


@dataclass(frozen=True, slots=True)
class Block:
    """A canonical block; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


class ChainView(Protocol):
    """One or several nodes' view of chains, each method about the canonical chain.

    With several nodes an answer is given only if all agree. Errors: NodeUnreachable, NodesDisagree. No
    retries are expected of the caller; answers may be cached for the life of the view.
    """

    def finalized(self, chain_id: int) -> Block:
        """The newest block that the node calls final."""

    def block(self, chain_id: int, number: int) -> Block | None:
        """The canonical block at a height; None if the node has none."""

    def code_hash(self, chain_id: int, address: str, number: int) -> bytes:
        """keccak256 of the runtime code at the address at the end of block `number`."""

    def anchored_at(
        self, chain_id: int, registry: str, log: bytes, size: int, root: bytes, number: int | None
    ) -> AnchorSlot | None:
        """The registry's `anchoredAt` at the end of block `number` (None: the newest); None if not
        anchored."""

    def head_size(self, chain_id: int, registry: str, log: bytes, number: int) -> int:
        """The size of the registry's head of the log at the end of block `number`."""
