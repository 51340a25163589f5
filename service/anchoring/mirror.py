"""Our record of the registry: which of a log's checkpoints are anchored, whoever paid for it.

The truth is the contract's state. From its head each slot names the size before it, and a log knows its own
root at every size it signed, so the whole history is read back without event logs. Reorganisations, a reset
chain, strangers who anchored our notes: all are the same case, the record is brought to what the chain says.
"""

from __future__ import annotations

from dataclasses import replace

from service.anchoring.errors import ForeignHistory, NodeUnreachable
from service.anchoring.ports import (
    AnchorOnChain,
    AnchorState,
    AnchorStore,
    Chain,
    Clock,
    Lease,
    LogToAnchor,
    RegistryHead,
)
from service.anchoring.tally import Tally
from service.core.state_proof import AnchorSlot


class Mirror:
    """Keeps the store's anchors equal to the chain's."""

    def __init__(self, chain: Chain, store: AnchorStore, clock: Clock, tally: Tally) -> None:
        self._chain = chain
        self._store = store
        self._clock = clock
        self._tally = tally

    def sync(self, lease: Lease, log: LogToAnchor) -> RegistryHead:
        """Bring one log's record to the chain's head, which is returned. Raises `ForeignHistory`,
        `NodeUnreachable`.
        """
        head = self._chain.head(log.log_id)
        newest = self._newest(log)
        if newest is None and head.size == 0:
            return head
        # Below a final anchor nothing can differ. Below another one it can, be its own place the same or not.
        if newest is not None and newest.state is AnchorState.FINAL and _is_head(newest, head):
            return head
        found, base = self._walk(log, head)
        self._replace(lease, log, found, base)
        return head

    def check(self, log: LogToAnchor) -> None:
        """Whether the chain's head is ours, for those who do not lead. Raises `ForeignHistory`."""
        head = self._chain.head(log.log_id)
        if head.size:
            self._check_ours(log, head.size, head.root)

    def _newest(self, log: LogToAnchor) -> AnchorOnChain | None:
        return self._store.newest(self._chain.chain_id, self._chain.registry, log.log_id)

    def _walk(self, log: LogToAnchor, head: RegistryHead) -> tuple[list[AnchorOnChain], int]:
        """The chain's anchors from the head down to one that we hold final and unchanged (its size is the
        base, 0: none).
        """
        found: list[AnchorOnChain] = []
        size, root = head.size, head.root
        while size:
            self._check_ours(log, size, root)
            slot = self._chain.anchored_at(log.log_id, size, root)
            if slot is None:
                raise NodeUnreachable("the chain moved while its anchors were read")
            known = self._store.anchor(self._chain.chain_id, self._chain.registry, log.log_id, size, root)
            if known is not None and known.slot == slot and known.state is AnchorState.FINAL:
                return found, size
            found.append(self._anchor(log, size, root, slot, known))
            size = slot.prev_size
            root = self._root(log, size) if size else b""
        return found, size

    def _check_ours(self, log: LogToAnchor, size: int, root: bytes) -> None:
        if self._root(log, size) != root:
            raise ForeignHistory(
                f"the registry holds a checkpoint of size {size} of {log.identity.origin} "
                "with a root that is not this log's"
            )

    def _root(self, log: LogToAnchor, size: int) -> bytes:
        rows = log.view.checkpoints(size - 1, 1)
        if not rows or rows[0].size != size:
            raise ForeignHistory(
                f"the registry holds a checkpoint of size {size} of {log.identity.origin} "
                "that this log never signed"
            )
        return rows[0].root

    def _anchor(
        self, log: LogToAnchor, size: int, root: bytes, slot: AnchorSlot, known: AnchorOnChain | None
    ) -> AnchorOnChain:
        if known is not None and known.slot == slot:
            return known
        event = self._chain.anchored_event(log.log_id, size, root, slot.block_number)
        return AnchorOnChain(
            log_id=log.log_id,
            chain_id=self._chain.chain_id,
            registry=self._chain.registry,
            size=size,
            root=root,
            slot=slot,
            state=AnchorState.INCLUDED,
            ours=event is not None and self._store.sent(event.tx),
            tx=event.tx if event else None,
            gas_used=event.gas_used if event else None,
        )

    def _replace(self, lease: Lease, log: LogToAnchor, found: list[AnchorOnChain], base: int) -> None:
        """Above the base: what was found stays or is added, everything else is orphaned. Oldest first: no
        reader ever finds an anchor without those before it (the earliest that covers an entry counts).
        """
        now = self._clock()
        held = self._store.above(self._chain.chain_id, self._chain.registry, log.log_id, base)
        above = {(a.size, a.root): a for a in held}
        there = {(a.size, a.root) for a in found}
        for anchor in above.values():
            if (anchor.size, anchor.root) not in there:
                self._store.put_anchor(lease, _orphaned(anchor), now)
                self._tally.count("orphaned")
        for anchor in reversed(found):
            if above.get((anchor.size, anchor.root)) == anchor:
                continue
            self._store.put_anchor(lease, anchor, now)
            self._tally.count("anchored" if anchor.ours else "adopted")
            self._tally.count("gas_used", (anchor.gas_used or 0) if anchor.ours else 0)


def _is_head(anchor: AnchorOnChain, head: RegistryHead) -> bool:
    place = (anchor.size, anchor.root, anchor.slot.block_number, anchor.slot.timestamp)
    return place == (head.size, head.root, head.block_number, head.timestamp)


def _orphaned(anchor: AnchorOnChain) -> AnchorOnChain:
    return replace(anchor, state=AnchorState.ORPHANED, proof=None, proof_block=None, proof_final=False)
