"""What anchoring needs from the outside, and what it hands to the rest of the house.

`service.bootstrap.chain` wires it: a `ChainRoom` makes the `Anchoring` of a process, which the rest of the
house asks for `deadline_risk`, `signing_stop` and `metrics` (no I/O); anchors are read from the store.

Hashes are `bytes` of 32, addresses lower-case hex, fees wei a gas. `*_at`, `anchor_by` and block timestamps
are Unix seconds, everything else about time is Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from service.anchoring.fees import Fees
from service.anchoring.send_state import Attempt, Mined, Slot
from service.core.checkpoint import LogIdentity, SignedCheckpoint
from service.core.receipt import StateProof
from service.core.state_proof import AnchorSlot

Clock = Callable[[], int]
"""Unix time in milliseconds."""


# --- logs
# ---------------------------------------------------------------------------------------------------------


class SignedNote(Protocol):
    """A committed checkpoint with its signed note (`service.log.ports.NotedCheckpoint` is one)."""

    @property
    def note(self) -> str: ...


class Promise(Protocol):
    """A signed checkpoint's row (`service.log.ports.CheckpointRecord` is one)."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def signed_at(self) -> int: ...
    @property
    def anchor_by(self) -> int: ...


class LogView(Protocol):
    """One log, as far as it is signed (`service.log.ports.LogReader` is one). Synchronous, safe among
    threads.
    """

    def latest(self) -> SignedNote | None:
        """The newest signed checkpoint; None while the log is empty."""

    def checkpoint(self, size: int) -> SignedNote | None:
        """The signed checkpoint of exactly this size."""

    def checkpoints(self, after: int, count: int = 100) -> Sequence[Promise]:
        """At most `count` signed checkpoints larger than `after`, ascending."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between two sizes."""


@dataclass(frozen=True, slots=True)
class LogToAnchor:
    """A log whose checkpoints the worker anchors."""

    identity: LogIdentity
    view: LogView

    @property
    def log_id(self) -> bytes:
        """The log's id."""
        return self.identity.log_id


# --- chain
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A block header's parts; `timestamp` in seconds, `base_fee` in wei (0 before EIP-1559)."""

    number: int
    hash: bytes
    timestamp: int
    base_fee: int


@dataclass(frozen=True, slots=True)
class RegistryHead:
    """The registry's head of a log; all zero before the first anchor."""

    size: int
    timestamp: int
    block_number: int
    signed_at: int
    anchors: int
    root: bytes


@dataclass(frozen=True, slots=True)
class AnchoredEvent:
    """Where the `Anchored` event of a (size, root) was found: a hint, never a proof."""

    size: int
    root: bytes
    tx: bytes
    block: int
    gas_used: int


@dataclass(frozen=True, slots=True)
class CapturedProof:
    """A state proof that was checked against its own header: the header's hash is `block.hash`, both proofs
    hold, the registry's code hash is the pinned one, and the slot holds `slot`.
    """

    block: Block
    slot: AnchorSlot
    proof: StateProof


class SendResult(StrEnum):
    """What a node says to a raw transaction."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    NONCE_TOO_LOW = "nonce too low"
    UNDERPRICED = "underpriced"
    FEE_TOO_LOW = "fee too low"
    NO_FUNDS = "insufficient funds"
    REFUSED = "refused"


class Chain(Protocol):
    """The chain, through one registry, for one gas key. Every method may raise `NodeUnreachable`; an answer
    may be stale (nodes lag, load balancers mix), never invented. `at` is a block number, None is the newest
    block.
    """

    @property
    def chain_id(self) -> int: ...
    @property
    def registry(self) -> str: ...
    @property
    def sender(self) -> str: ...

    def newest(self) -> Block:
        """The newest block."""

    def syncing(self) -> bool:
        """Whether the node is still catching up with its chain."""

    def block(self, number: int) -> Block | None:
        """The canonical block of this number."""

    def final(self) -> int:
        """Number of the newest final block, by the configured rule; -1 while there is none."""

    def priority_fee(self) -> int:
        """What the node suggests as a tip, wei a gas."""

    def nonce(self, at: int | None = None) -> int:
        """Transactions of the gas key mined up to this block (None: the newest). `StateUnavailable`."""

    def balance(self) -> int:
        """Wei of the gas key."""

    def mined(self, tx: bytes) -> Mined | None:
        """Where this transaction is on the canonical chain."""

    def head(self, log_id: bytes) -> RegistryHead:
        """The registry's head."""

    def anchored_at(self, log_id: bytes, size: int, root: bytes) -> AnchorSlot | None:
        """The registry's slot for (size, root); None when it was not anchored."""

    def anchored_event(self, log_id: bytes, size: int, root: bytes, block: int) -> AnchoredEvent | None:
        """The transaction in this block that anchored (size, root), if the node still has it."""

    def anchor_call(
        self, log_id: bytes, checkpoint: SignedCheckpoint, old_size: int, consistency: Sequence[bytes]
    ) -> bytes:
        """Calldata of `anchor`. No I/O."""

    def estimate(self, calldata: bytes, *, pending: bool) -> int:
        """Gas that this call to the registry needs: on top of what waits in the node's pool (`pending`), or
        of the newest block alone. Raises `RegistryRefused` (and its kinds) when it would revert.
        """

    def sign(self, calldata: bytes, nonce: int, fees: Fees, gas_limit: int) -> tuple[bytes, bytes]:
        """Raw transaction to the registry and its hash. No I/O."""

    def send(self, raw: bytes) -> tuple[SendResult, str]:
        """Broadcast; the node's own words beside the result. `NodeUnreachable` means that it may have
        arrived.
        """

    def prove(self, log_id: bytes, size: int, root: bytes, at: int | None = None) -> CapturedProof | None:
        """A checked state proof of the slot at a block; None when the slot is empty there. Raises
        `StateUnavailable` when the node has pruned it, `WrongChain` when the code is not the pinned one.
        """


class Settler(Protocol):
    """A chain of our own has nobody else to make blocks and keep them: this does both."""

    def settle(self) -> None:
        """Make what is on chain final, and write the chain to disk."""

    def restore(self) -> bool:
        """Bring back whatever is missing: the node, the registry, the logs in it. True when anything was."""


# --- store
# --------------------------------------------------------------------------------------------------------


class AnchorState(StrEnum):
    """An anchor is on chain, on chain for good, or was taken back by a reorganisation (or a reset of the
    chain).
    """

    INCLUDED = "included"
    FINAL = "final"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class AnchorOnChain:
    """One (size, root) as the registry recorded it. `tx` and `gas_used` are hints; `ours`: our gas key paid
    for it.

    `proof` was captured at `proof_block`; it is served only once that block is final (`proof_final`).
    """

    log_id: bytes
    chain_id: int
    registry: str
    size: int
    root: bytes
    slot: AnchorSlot
    state: AnchorState
    ours: bool
    tx: bytes | None = None
    gas_used: int | None = None
    proof: StateProof | None = None
    proof_block: int | None = None
    proof_final: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send, until `expires` (ms). `fence` tells this term from every other."""

    name: str
    holder: str
    fence: int
    expires: int


class AnchorStore(Protocol):
    """Durable records of anchoring. Every write is durable when the call returns, and stands or falls as one.
    Safe among threads and processes: writes that take a lease check it inside their transaction and raise
    `LeaseLost`.
    """

    def acquire(self, name: str, holder: str, now: int, ttl: int) -> Lease | None:
        """Take the lease, or renew it when held by `holder` already; None while somebody else's runs (ms)."""

    def release(self, lease: Lease) -> None:
        """Let others take it at once. Nothing happens when it is somebody else's by now."""

    def open_slots(self, chain_id: int, sender: str) -> Sequence[Slot]:
        """All slots that are not closed, by nonce."""

    def add_slot(self, lease: Lease, slot: Slot, now: int) -> Slot:
        """Store a new slot with its first attempt, before it is sent. Raises `AnchoringError` when the nonce
        is in use.
        """

    def add_attempt(self, lease: Lease, slot: Slot, attempt: Attempt, now: int) -> Slot:
        """Store one more attempt of a slot, before it is sent."""

    def save_slot(self, lease: Lease, slot: Slot, now: int) -> None:
        """Store a slot's progress (everything but its attempts); a final phase closes it."""

    def put_anchor(self, lease: Lease, anchor: AnchorOnChain, now: int) -> None:
        """Insert or replace the record of (log, chain, registry, size, root)."""

    def newest(self, chain_id: int, registry: str, log_id: bytes) -> AnchorOnChain | None:
        """The largest anchor that is not orphaned."""

    def sent(self, tx: bytes) -> bool:
        """Whether this transaction is one of our attempts."""

    def anchor(
        self, chain_id: int, registry: str, log_id: bytes, size: int, root: bytes
    ) -> AnchorOnChain | None:
        """The record of (size, root) unless it is orphaned."""

    def proven(self, chain_id: int, registry: str, limit: int = 20) -> Sequence[AnchorOnChain]:
        """Anchors that have a state proof, those proven at the newest blocks first."""

    def above(self, chain_id: int, registry: str, log_id: bytes, size: int) -> Sequence[AnchorOnChain]:
        """All anchors larger than `size` that are not orphaned, ascending."""

    def unsettled(self, chain_id: int, registry: str, limit: int = 100) -> Sequence[AnchorOnChain]:
        """Anchors that are included but not final, or have no final proof; oldest first."""


# --- what others read
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogAnchoring:
    """One log's standing: what is anchored, what is signed, the nearest promise still open (None: none)."""

    anchored_size: int
    signed_size: int
    anchor_by: int | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class AnchoringMetrics:
    """Counters since the start and gauges of now. `skew` in seconds: newest block's time minus the host's
    clock.
    """

    sent: int = 0
    rebroadcast: int = 0
    bumped: int = 0
    reverted: int = 0
    anchored: int = 0
    adopted: int = 0
    orphaned: int = 0
    proofs: int = 0
    resets: int = 0
    node_failures: int = 0
    fee_capped: int = 0
    gas_used: int = 0
    leading: bool = False
    in_flight: int = 0
    block: int = -1
    final_block: int = -1
    skew: int = 0
    balance: int = 0
    reachable: bool = False
    problem: str | None = None
    logs: dict[bytes, LogAnchoring] = field(default_factory=dict)
