"""State proofs, captured from a node and checked before anybody relies on them.

The header is encoded from the node's JSON and must hash to the block's hash (`debug_getRawHeader` is rarely
offered); the proofs must verify under its state root, with the pinned code hash. What a node cannot prove is
not believed.
"""

from __future__ import annotations

from typing import Any

from service.anchoring.errors import NodeUnreachable, StateUnavailable, WrongChain
from service.anchoring.ports import Block, CapturedProof
from service.chain.backend import Node, RpcError, data, quantity
from service.core import state_proof
from service.core.errors import VerificationError
from service.core.hexs import to_hex
from service.core.receipt import StateProof


def block_of(value: dict[str, Any]) -> Block:
    """The parts of an eth_getBlockByNumber answer that anchoring uses."""
    return Block(
        number=quantity(value["number"]),
        hash=data(value["hash"], 32),
        timestamp=quantity(value["timestamp"]),
        base_fee=quantity(value.get("baseFeePerGas") or "0x0"),
    )


def capture(
    node: Node, registry: str, code_hash: bytes, log: bytes, size: int, root: bytes, at: int | None = None
) -> CapturedProof | None:
    """Prove the anchor's slot at block `at` (None: the newest); None when the slot is empty there.

    Raises `StateUnavailable` when the node has pruned that state, `WrongChain` when other code is at the
    registry's address, `NodeUnreachable` when what the node gave does not verify.
    """
    block = node.call("eth_getBlockByNumber", "latest" if at is None else hex(at), False)
    if block is None:
        raise StateUnavailable(f"the node has no block {at}")
    slot = state_proof.anchor_slot(log, size, root)
    try:
        answer = node.call("eth_getProof", registry, [to_hex(slot)], block["number"])
    except RpcError as error:
        raise StateUnavailable(f"eth_getProof at {quantity(block['number'])}: {error.message}") from None
    try:
        return _checked(block, answer, registry, code_hash, slot)
    except (KeyError, TypeError, IndexError, VerificationError) as error:
        # Two nodes behind one URL, or a block replaced between the calls: the next try will tell.
        raise NodeUnreachable(f"the node's state proof does not verify: {error}") from None


def _checked(
    block: dict[str, Any], answer: dict[str, Any], registry: str, code_hash: bytes, slot: bytes
) -> CapturedProof | None:
    header = state_proof.encode_header(block)
    parsed = state_proof.parse_header(header)
    if parsed.hash != data(block["hash"], 32):
        raise VerificationError("the header does not hash to the block's hash")
    account_nodes = tuple(data(each) for each in answer["accountProof"])
    storage_nodes = tuple(data(each) for each in answer["storageProof"][0]["proof"])
    account = state_proof.verify_account(parsed.state_root, registry, account_nodes)
    if account.code_hash != code_hash:
        raise WrongChain(f"the registry's account has code hash {to_hex(account.code_hash)}")
    word = state_proof.verify_storage(account.storage_root, slot, storage_nodes)
    if word == 0:
        return None
    proof = StateProof(header, account_nodes, storage_nodes)
    return CapturedProof(block_of(block), state_proof.unpack_anchor(word), proof)
