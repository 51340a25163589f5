"""From included to final, and the state proof that makes an anchor checkable without any node.

A proof is served only when the block it was captured at is final. Nodes keep the state of few blocks: a final
one is asked first; where its state is gone the newest block is proved instead, and the proof waits until that
block is final.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from service.anchoring.errors import NodeUnreachable, StateUnavailable
from service.anchoring.ports import (
    AnchorOnChain,
    AnchorState,
    AnchorStore,
    CapturedProof,
    Chain,
    Clock,
    Lease,
)
from service.anchoring.tally import Tally
from service.core.state_proof import parse_header


class Settlement:
    """Follows anchors to finality and keeps their proofs on canonical headers."""

    def __init__(self, chain: Chain, store: AnchorStore, clock: Clock, tally: Tally) -> None:
        self._chain = chain
        self._store = store
        self._clock = clock
        self._tally = tally

    def waiting(self) -> bool:
        """Whether any anchor is not final yet, or has no final proof."""
        return bool(self._store.unsettled(self._chain.chain_id, self._chain.registry, 1))

    def advance(self, lease: Lease, logs: Collection[bytes]) -> None:
        """Bring every unsettled anchor of these logs as far as the chain allows. Only for logs whose record
        was just brought to the chain's: what is final is never looked below again.
        """
        unsettled = self._store.unsettled(self._chain.chain_id, self._chain.registry)
        if not unsettled:
            return
        final = self._chain.final()
        for anchor in unsettled:
            if anchor.log_id not in logs:
                continue
            settled = self._settled(anchor, final)
            if settled != anchor:
                self._store.put_anchor(lease, settled, self._clock())

    def audit(self, lease: Lease) -> None:
        """Drop proofs whose header is not on the chain any more, and take their anchors' finality back. For
        every start, and whenever the chain was reorganised. If the proof at the newest block stands, so do
        all older ones.
        """
        while True:
            proven = self._store.proven(self._chain.chain_id, self._chain.registry)
            for anchor in proven:
                if self._canonical(anchor):
                    return
                self._store.put_anchor(lease, _unproven(anchor), self._clock())
            if not proven:
                return

    def _settled(self, anchor: AnchorOnChain, final: int) -> AnchorOnChain:
        if anchor.slot.block_number > final:
            return anchor
        anchor = replace(anchor, state=AnchorState.FINAL)
        if anchor.proof is not None and anchor.proof_block is not None:
            if anchor.proof_block > final:
                return anchor
            if self._canonical(anchor):
                return replace(anchor, proof_final=True)
        captured = self._captured(anchor, final)
        if captured is None or captured.slot != anchor.slot:
            return replace(anchor, proof=None, proof_block=None)  # the mirror will see what became of it
        self._tally.count("proofs")
        number = captured.block.number
        return replace(anchor, proof=captured.proof, proof_block=number, proof_final=number <= final)

    def _captured(self, anchor: AnchorOnChain, final: int) -> CapturedProof | None:
        try:
            return self._chain.prove(anchor.log_id, anchor.size, anchor.root, final)
        except StateUnavailable:
            pass
        try:
            return self._chain.prove(anchor.log_id, anchor.size, anchor.root)
        except StateUnavailable as error:
            raise NodeUnreachable(f"the node proves no state at all: {error}") from None

    def _canonical(self, anchor: AnchorOnChain) -> bool:
        assert anchor.proof is not None
        assert anchor.proof_block is not None
        block = self._chain.block(anchor.proof_block)
        return block is not None and block.hash == parse_header(anchor.proof.header).hash


def _unproven(anchor: AnchorOnChain) -> AnchorOnChain:
    return replace(anchor, state=AnchorState.INCLUDED, proof=None, proof_block=None, proof_final=False)
