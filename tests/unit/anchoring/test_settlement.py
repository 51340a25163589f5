"""Finality and state proofs: only what is final is called so, and only proofs on canonical final headers are
served.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from service.anchoring.errors import NodeUnreachable, StateUnavailable
from service.anchoring.ports import AnchorOnChain, AnchorState, AnchorStore, Block, CapturedProof, Chain
from service.anchoring.settlement import Settlement
from service.anchoring.tally import Tally
from service.core.receipt import StateProof
from service.core.state_proof import AnchorSlot, encode_header, parse_header
from tests.unit.anchoring.fakes import LEASE, LOG, root

REGISTRY = "0x" + "aa" * 20


def header(number: int, fork: int = 0) -> bytes:
    """RLP of a block header."""
    hashes = ("parentHash", "sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot", "mixHash")
    numbers = ("difficulty", "gasLimit", "gasUsed", "timestamp")
    block: dict[str, object] = {name: bytes(32) for name in hashes} | dict.fromkeys(numbers, 0)
    rest = {"miner": bytes(20), "logsBloom": bytes(256), "nonce": bytes(8), "extraData": bytes([fork])}
    return encode_header({**block, **rest, "number": number})


def slot(block: int) -> AnchorSlot:
    return AnchorSlot(block, block, 0, 0, 0)


def anchor(block: int, **changes: object) -> AnchorOnChain:
    made = AnchorOnChain(LOG, 5, REGISTRY, 3, root(3), slot(block), AnchorState.INCLUDED, True)
    return replace(made, **changes)  # type: ignore[arg-type]


def proof(block: int, fork: int = 0) -> StateProof:
    return StateProof(header(block, fork), (b"account",), (b"storage",))


@dataclass
class Node:
    """A chain whose anchor is in block 10; state is served from `served` on, and headers are of `fork`."""

    final_block: int = 10
    newest: int = 12
    served: int = 0
    fork: int = 0
    anchored: int = 10
    asked: list[int | None] = field(default_factory=list)
    chain_id: int = 5
    registry: str = REGISTRY

    def final(self) -> int:
        return self.final_block

    def block(self, number: int) -> Block | None:
        return (
            Block(number, parse_header(header(number, self.fork)).hash, 0, 0)
            if number <= self.newest
            else None
        )

    def prove(self, log_id: bytes, size: int, at_root: bytes, at: int | None = None) -> CapturedProof | None:
        self.asked.append(at)
        number = self.newest if at is None else at
        if number < self.served:
            raise StateUnavailable("pruned")
        block = self.block(number)
        assert block is not None
        return (
            CapturedProof(block, slot(self.anchored), proof(number, self.fork))
            if number >= self.anchored
            else None
        )


@dataclass
class Store:
    """One anchor."""

    held: AnchorOnChain
    writes: int = 0

    def unsettled(self, chain_id: int, registry: str, limit: int = 100) -> list[AnchorOnChain]:
        settled = self.held.state is AnchorState.FINAL and self.held.proof_final
        return [] if settled else [self.held]

    def proven(self, chain_id: int, registry: str, limit: int = 20) -> list[AnchorOnChain]:
        return [self.held] if self.held.proof_block is not None else []

    def put_anchor(self, lease: object, changed: AnchorOnChain, now: int) -> None:
        self.held, self.writes = changed, self.writes + 1


def advance(node: Node, held: AnchorOnChain) -> AnchorOnChain:
    store = Store(held)
    settlement_of(node, store).advance(LEASE, {LOG})
    return store.held


def settlement_of(node: Node, store: Store) -> Settlement:
    return Settlement(cast(Chain, node), cast(AnchorStore, store), lambda: 0, Tally())


def test_not_before_its_block_is_final() -> None:
    node = Node(final_block=9)
    assert advance(node, anchor(10)) == anchor(10)
    assert node.asked == []


def test_final_with_a_proof_at_a_final_block() -> None:
    settled = advance(Node(final_block=11), anchor(10))
    assert (settled.state, settled.proof_final, settled.proof_block) == (AnchorState.FINAL, True, 11)
    assert settled.proof == proof(11)


def test_where_that_state_is_pruned_the_newest_block_is_proved_and_waits() -> None:
    node = Node(served=12)
    waiting = advance(node, anchor(10))
    assert (waiting.state, waiting.proof_final, waiting.proof_block) == (AnchorState.FINAL, False, 12)
    assert node.asked == [10, None]
    assert advance(node, waiting) == waiting
    node.final_block = 12
    settled = advance(node, waiting)
    assert (settled.proof_final, settled.proof) == (True, waiting.proof)


def test_a_waiting_proof_whose_header_was_orphaned_is_captured_again() -> None:
    node = Node(served=12)
    waiting = advance(node, anchor(10))
    node.fork, node.final_block = 1, 13
    node.newest = 14
    settled = advance(node, waiting)
    assert settled.proof == proof(13, fork=1)
    assert settled.proof_final


def test_a_proof_of_another_slot_is_not_taken() -> None:
    settled = advance(Node(anchored=8), anchor(10))
    assert (settled.proof, settled.proof_block, settled.proof_final) == (None, None, False)


def test_a_node_that_proves_nothing_is_no_node() -> None:
    with pytest.raises(NodeUnreachable, match="proves no state"):
        advance(Node(served=99), anchor(10))


def test_only_logs_whose_record_is_the_chains_are_settled() -> None:
    store = Store(anchor(10))
    settlement_of(Node(), store).advance(LEASE, set())
    assert store.writes == 0


def test_the_audit_keeps_proofs_on_canonical_headers() -> None:
    held = anchor(10, state=AnchorState.FINAL, proof=proof(11), proof_block=11, proof_final=True)
    store = Store(held)
    settlement_of(Node(), store).audit(LEASE)
    assert (store.held, store.writes) == (held, 0)


@pytest.mark.parametrize("node", [Node(fork=1), Node(newest=10)])
def test_the_audit_drops_those_on_others(node: Node) -> None:
    store = Store(anchor(10, state=AnchorState.FINAL, proof=proof(11), proof_block=11, proof_final=True))
    settlement_of(node, store).audit(LEASE)
    assert store.held == anchor(10)
