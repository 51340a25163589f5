"""The anchoring room's `Chain`: one registry, one gas key, one rule of finality."""

from __future__ import annotations

from collections.abc import Sequence

from service.anchoring.errors import NodeUnreachable, StateUnavailable
from service.anchoring.fees import Fees
from service.anchoring.ports import AnchoredEvent, Block, CapturedProof, RegistryHead, SendResult
from service.anchoring.send_state import Mined
from service.chain import node_errors, proofs
from service.chain.backend import Node, RpcError, data, quantity
from service.chain.finality import Finality
from service.chain.registry import Registry
from service.chain.signers import TransactionSigner
from service.core.checkpoint import SignedCheckpoint
from service.core.hexs import to_hex
from service.core.state_proof import AnchorSlot


class RegistryChain:
    """Implements `service.anchoring.ports.Chain`."""

    def __init__(self, node: Node, registry: Registry, signer: TransactionSigner, finality: Finality) -> None:
        self._node = node
        self._registry = registry
        self._signer = signer
        self._finality = finality
        self._checked = False

    @property
    def chain_id(self) -> int:
        """The chain's id."""
        return self._node.chain_id

    @property
    def registry(self) -> str:
        """The registry's address."""
        return self._registry.address

    @property
    def sender(self) -> str:
        """The gas key's address."""
        return self._signer.address

    def newest(self) -> Block:
        """The newest block; first of all, whether the registry's own code is there (else `WrongChain`)."""
        if not self._checked:
            if not self._registry.has_code():
                raise NodeUnreachable(f"there is no registry at {self.registry}")
            self._checked = True
        block = self._node.call("eth_getBlockByNumber", "latest", False)
        if block is None:
            raise NodeUnreachable("the node has no newest block")
        return proofs.block_of(block)

    def syncing(self) -> bool:
        """Whether the node says that it is still catching up."""
        return bool(self._node.call("eth_syncing"))

    def final(self) -> int:
        """Number of the newest final block, -1 while there is none."""
        return self._finality.newest(self._node)

    def priority_fee(self) -> int:
        """The node's suggested tip; 0 when it has no opinion (the policy's least tip holds then)."""
        try:
            return quantity(self._node.call("eth_maxPriorityFeePerGas"))
        except RpcError:
            return 0

    def nonce(self, at: int | None = None) -> int:
        """Transactions of the gas key mined up to a block."""
        try:
            answer = self._node.call(
                "eth_getTransactionCount", self.sender, "latest" if at is None else hex(at)
            )
        except RpcError as error:
            raise StateUnavailable(error.message) from None
        return quantity(answer)

    def balance(self) -> int:
        """Wei of the gas key."""
        return quantity(self._node.call("eth_getBalance", self.sender, "latest"))

    def mined(self, tx: bytes) -> Mined | None:
        """Where a transaction is on the canonical chain."""
        receipt = self._node.call("eth_getTransactionReceipt", to_hex(tx))
        if receipt is None or receipt.get("blockNumber") is None:
            return None
        return Mined(
            tx=tx,
            block=quantity(receipt["blockNumber"]),
            block_hash=data(receipt["blockHash"], 32),
            ok=quantity(receipt["status"]) == 1,
            gas_used=quantity(receipt["gasUsed"]),
        )

    def head(self, log_id: bytes) -> RegistryHead:
        """The registry's head."""
        return self._registry.head(log_id)

    def anchored_at(self, log_id: bytes, size: int, root: bytes) -> AnchorSlot | None:
        """The registry's slot for (size, root)."""
        return self._registry.anchored_at(log_id, size, root)

    def anchored_event(self, log_id: bytes, size: int, root: bytes, block: int) -> AnchoredEvent | None:
        """The transaction that anchored (size, root); None when the node cannot say."""
        try:
            return self._registry.anchored_event(log_id, size, root, block)
        except RpcError:
            return None

    def anchor_call(
        self, log_id: bytes, checkpoint: SignedCheckpoint, old_size: int, consistency: Sequence[bytes]
    ) -> bytes:
        """Calldata of `anchor`."""
        arguments = checkpoint.to_registry_args(log_id)
        return self._registry.calldata.anchor(arguments, checkpoint.signature, old_size, consistency)

    def estimate(self, calldata: bytes, *, pending: bool) -> int:
        """Gas of a call to the registry; `RegistryRefused` when it would revert."""
        return self._registry.estimate(self.sender, calldata, "pending" if pending else "latest")

    def sign(self, calldata: bytes, nonce: int, fees: Fees, gas_limit: int) -> tuple[bytes, bytes]:
        """Raw transaction to the registry and its hash."""
        return self._signer.sign(self.registry, calldata, nonce, fees, gas_limit)

    def send(self, raw: bytes) -> tuple[SendResult, str]:
        """Broadcast a raw transaction."""
        try:
            self._node.call("eth_sendRawTransaction", to_hex(raw))
        except RpcError as error:
            return node_errors.classify(error.message), error.message
        return SendResult.ACCEPTED, ""

    def prove(self, log_id: bytes, size: int, root: bytes, at: int | None = None) -> CapturedProof | None:
        """A checked state proof of the anchor's slot."""
        return proofs.capture(self._node, self.registry, self._registry.code_hash, log_id, size, root, at)

    def block(self, number: int) -> Block | None:
        """The canonical block of this number."""
        block = self._node.call("eth_getBlockByNumber", hex(number), False)
        return None if block is None else proofs.block_of(block)
