"""The registry contract: typed reads, calldata for every function, and its custom errors as exceptions.

The contract's documentation is its interface (`contracts/interfaces/IAuditRegistry.sol`); names here are its
names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.anchoring.errors import NodeUnreachable, WrongChain, refusal
from service.anchoring.ports import AnchoredEvent, RegistryHead
from service.chain import artifact
from service.chain.backend import Node, RpcError, data, quantity
from service.chain.codec import Codec, Value
from service.core.eip712 import keccak256
from service.core.errors import FormatError
from service.core.hexs import to_hex
from service.core.state_proof import AnchorSlot

CheckpointArgs = tuple[bytes, int, bytes, int, int, bytes]
"""(log, size, root, signedAt, anchorBy, via): `SignedCheckpoint.to_registry_args`."""
ZERO = bytes(32)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A checkpoint key; a time of 0 means never (Unix seconds)."""

    added_at: int
    retired_at: int
    compromised_at: int


@dataclass(frozen=True, slots=True)
class LogInfo:
    """What the registry keeps of a log beside its head; `owner` is the zero address when nobody opened it."""

    owner: str
    challenge_deposit: int
    pending_owner: str
    max_delay: int
    is_sealed: bool
    successor: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken promise, proven on chain: 1 missed, 2 late, 3 fork, 4 leaf conflict, 5 unanswered."""

    kind: int
    key: str
    reported_at: int
    signed_at: int
    compromised_at: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """State of the challenge of one checkpoint; all zero when it was never challenged."""

    challenger: str
    challenged_at: int
    pending: int
    settled: int
    key: str


@dataclass(frozen=True, slots=True)
class Path:
    """An inclusion proof as the registry takes it."""

    index: int
    leaf: bytes
    proof: tuple[bytes, ...]

    def abi(self) -> tuple[int, bytes, tuple[bytes, ...]]:
        """The struct."""
        return self.index, self.leaf, self.proof


class Calldata:
    """Calldata of every function that changes the registry. Pure."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def open_log(
        self, origin: str, key: str, ed25519_key: bytes, max_delay: int, challenge_deposit: int
    ) -> bytes:
        """`openLog`."""
        return self._codec.call("openLog", origin, key, ed25519_key, max_delay, challenge_deposit)

    def anchor(
        self, c: CheckpointArgs, signature: bytes, old_size: int, consistency: Sequence[bytes]
    ) -> bytes:
        """`anchor`."""
        return self._codec.call("anchor", c, signature, old_size, tuple(consistency))

    def add_key(self, log: bytes, key: str, ed25519_key: bytes) -> bytes:
        """`addKey`."""
        return self._codec.call("addKey", log, key, ed25519_key)

    def retire_key(self, log: bytes, key: str) -> bytes:
        """`retireKey`."""
        return self._codec.call("retireKey", log, key)

    def declare_compromised(self, log: bytes, key: str) -> bytes:
        """`declareCompromised`."""
        return self._codec.call("declareCompromised", log, key)

    def seal(self, log: bytes, successor: bytes = ZERO) -> bytes:
        """`seal`."""
        return self._codec.call("seal", log, successor)

    def transfer_ownership(self, log: bytes, new_owner: str) -> bytes:
        """`transferOwnership`."""
        return self._codec.call("transferOwnership", log, new_owner)

    def accept_ownership(self, log: bytes) -> bytes:
        """`acceptOwnership`."""
        return self._codec.call("acceptOwnership", log)

    def report_missed_anchor(self, c: CheckpointArgs, signature: bytes) -> bytes:
        """`reportMissedAnchor`."""
        return self._codec.call("reportMissedAnchor", c, signature)

    def report_late_anchor(self, c: CheckpointArgs, signature: bytes, size: int, root: bytes) -> bytes:
        """`reportLateAnchor`."""
        return self._codec.call("reportLateAnchor", c, signature, size, root)

    def report_fork(
        self,
        a: CheckpointArgs,
        sig_a: bytes,
        b: CheckpointArgs,
        sig_b: bytes,
        prefix_root: bytes = ZERO,
        consistency: Sequence[bytes] = (),
    ) -> bytes:
        """`reportFork`."""
        return self._codec.call("reportFork", a, sig_a, b, sig_b, prefix_root, tuple(consistency))

    def report_leaf_conflict(
        self, a: CheckpointArgs, sig_a: bytes, in_a: Path, b: CheckpointArgs, sig_b: bytes, in_b: Path
    ) -> bytes:
        """`reportLeafConflict`."""
        return self._codec.call("reportLeafConflict", a, sig_a, in_a.abi(), b, sig_b, in_b.abi())

    def challenge(self, c: CheckpointArgs, signature: bytes) -> bytes:
        """`challenge` (payable: the log's deposit)."""
        return self._codec.call("challenge", c, signature)

    def answer(self, c: CheckpointArgs, size: int, root: bytes, consistency: Sequence[bytes]) -> bytes:
        """`answer`."""
        return self._codec.call("answer", c, size, root, tuple(consistency))

    def answer_via(
        self,
        c: CheckpointArgs,
        log_root: bytes,
        log_size: int,
        consistency: Sequence[bytes],
        via_size: int,
        via_root: bytes,
        leaf: Path,
    ) -> bytes:
        """`answerVia`."""
        return self._codec.call(
            "answerVia", c, log_root, log_size, tuple(consistency), via_size, via_root, leaf.abi()
        )

    def report_unanswered(self, c: CheckpointArgs) -> bytes:
        """`reportUnanswered`."""
        return self._codec.call("reportUnanswered", c)


class Registry:
    """One registry on one chain, read through its node. Refusals are `RegistryRefused` and its kinds, with
    the values.
    """

    def __init__(self, node: Node, address: str) -> None:
        loaded = artifact.load()
        self._node = node
        self._codec = Codec(loaded.abi)
        self.address = address
        self.code_hash = loaded.runtime_code_hash
        self.calldata = Calldata(self._codec)

    def has_code(self) -> bool:
        """Whether the registry is there. Raises `WrongChain` when other code is."""
        code = data(self._node.call("eth_getCode", self.address, "latest"))
        if code and keccak256(code) != self.code_hash:
            raise WrongChain(
                f"the code at {self.address} has hash {to_hex(keccak256(code))}, "
                f"the registry's is {to_hex(self.code_hash)}"
            )
        return bool(code)

    def head(self, log: bytes) -> RegistryHead:
        """`head`: the newest anchored checkpoint, zeros before the first."""
        return RegistryHead(*self._read("head", log)[0])

    def anchored_at(self, log: bytes, size: int, root: bytes, at: int | None = None) -> AnchorSlot | None:
        """`anchoredAt`; None when (size, root) was not anchored."""
        timestamp, block, prev_size, prev_timestamp, prev_signed_at = self._read(
            "anchoredAt", log, size, root, at=at
        )
        if timestamp == 0:
            return None
        return AnchorSlot(timestamp, block, prev_size, prev_timestamp, prev_signed_at)

    def log_info(self, log: bytes) -> LogInfo:
        """`logInfo`."""
        return LogInfo(*self._read("logInfo", log)[0])

    def key_info(self, log: bytes, key: str) -> KeyInfo:
        """`keyInfo`."""
        return KeyInfo(*self._read("keyInfo", log, key)[0])

    def challenge_info(self, digest: bytes) -> Challenge:
        """`challengeInfo`."""
        return Challenge(*self._read("challengeInfo", digest)[0])

    def faults(self, log: bytes) -> list[Fault]:
        """Every fault recorded for a log (`faults`, `faultAt`)."""
        (count,) = self._read("faults", log)
        return [Fault(*self._read("faultAt", log, n)[0]) for n in range(count)]

    def log_id(self, opener: str, origin: str) -> bytes:
        """`logId`."""
        (value,) = self._read("logId", opener, origin)
        assert isinstance(value, bytes)
        return value

    def verify_inclusion(self, log: bytes, size: int, root: bytes, path: Path) -> tuple[int, int]:
        """`verifyInclusion`: timestamp and number of the anchoring block, or a refusal."""
        timestamp, block = self._read("verifyInclusion", log, size, root, path.index, path.leaf, path.proof)
        return timestamp, block

    def verify_entry(
        self, log: bytes, size: int, root: bytes, index: int, entry: bytes, proof: Sequence[bytes]
    ) -> tuple[int, int]:
        """`verifyEntry`: as `verify_inclusion`, for the bytes of an entry."""
        timestamp, block = self._read("verifyEntry", log, size, root, index, entry, tuple(proof))
        return timestamp, block

    def anchored_event(self, log: bytes, size: int, root: bytes, block: int) -> AnchoredEvent | None:
        """The transaction in `block` that anchored (size, root), while the node keeps its logs."""
        place = {"fromBlock": hex(block), "toBlock": hex(block), "address": self.address}
        topics = [to_hex(self._codec.topic("Anchored")), to_hex(log)]
        for found in self._node.call("eth_getLogs", {**place, "topics": topics}):
            members = self._codec.event_data("Anchored", data(found["data"]))
            if (members["size"], members["root"]) == (size, root):
                tx = data(found["transactionHash"], 32)
                receipt = self._node.call("eth_getTransactionReceipt", to_hex(tx))
                gas_used = quantity(receipt["gasUsed"]) if receipt else 0
                return AnchoredEvent(size, root, tx, block, gas_used)
        return None

    def estimate(self, sender: str, calldata: bytes, tag: str) -> int:
        """Gas of a call to the registry on top of a block tag. Raises `RegistryRefused` when it reverts."""
        call = {"from": sender, "to": self.address, "data": to_hex(calldata)}
        try:
            return quantity(self._node.call("eth_estimateGas", call, tag))
        except RpcError as error:
            raise self._refused(error) from None

    def _read(self, function: str, *arguments: Value, at: int | None = None) -> tuple[Value, ...]:
        call = {"to": self.address, "data": to_hex(self._codec.call(function, *arguments))}
        try:
            answer = data(self._node.call("eth_call", call, "latest" if at is None else hex(at)))
        except RpcError as error:
            if error.data is None and "revert" not in error.message.lower():
                raise NodeUnreachable(f"{function}: {error}") from None
            raise self._refused(error) from None
        try:
            return self._codec.result(function, answer)
        except FormatError as error:
            # An empty answer: no contract there. To callers that is a node that knows nothing yet, or a reset
            # chain.
            raise NodeUnreachable(f"no registry answers at {self.address}: {error}") from None

    def _refused(self, error: RpcError) -> Exception:
        known = self._codec.error(error.data) if error.data else None
        return refusal(*known) if known else refusal("", {}, error.message)
