"""Receipts put together from what the log and the chain have so far (complete at the POST, anchors
come later).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from service.core.checkpoint import LogIdentity
from service.core.receipt import Anchor, Receipt, ReceiptLog
from service.core.tree import batch_inclusion_proofs
from service.log.errors import EventErased, NotInLog
from service.log.ports import (
    AnchorReader,
    AnchorRecord,
    AppendedBatch,
    LogReader,
    NotedCheckpoint,
    StoredEntry,
)


class ProofReader(Protocol):
    """What of a `LogReader` an entry that has been read already needs to become a receipt."""

    def promise(self, index: int) -> NotedCheckpoint | None:
        """The checkpoint promised when this entry was posted."""

    def checkpoint(self, size: int) -> NotedCheckpoint | None:
        """The checkpoint of exactly this size."""

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The inclusion proof of an index in the tree of `size` leaves."""


def assemble(
    reader: LogReader, anchors: AnchorReader, identity: LogIdentity, index: int, *, disclosed: bool = True
) -> Receipt:
    """The receipt of an index: the checkpoint and path of its POST, which stay for ever, and its earliest
    anchor if any.

    Raises NotInLog, and EventErased when the content is gone; `disclosed=False` leaves the content out,
    erased or not.
    """
    entry = reader.entry(index)
    if entry is None:
        raise NotInLog(f"there is no entry {index}")
    return assemble_entry(reader, anchors, identity, entry, disclosed=disclosed)


def assemble_entry(
    reader: ProofReader,
    anchors: AnchorReader,
    identity: LogIdentity,
    entry: StoredEntry,
    *,
    disclosed: bool = True,
) -> Receipt:
    """`assemble` for an entry that has been read already."""
    if disclosed and entry.disclosures is None:
        raise EventErased([entry.event])
    promise = reader.promise(entry.index)
    if promise is None:
        raise NotInLog(f"no signed checkpoint covers entry {entry.index} yet")
    anchor = anchors.earliest_covering(identity.log_id, entry.index)
    return Receipt(
        log=receipt_log(identity),
        entry=entry.entry,
        disclosures=entry.disclosures if disclosed and entry.disclosures is not None else (),
        index=entry.index,
        checkpoint=promise.note,
        inclusion=tuple(reader.inclusion(entry.index, promise.record.size)),
        anchors=() if anchor is None else (anchor_of(reader, anchor, entry.index),),
        hints={} if anchor is None else _hints(anchor),
    )


def anchor_of(reader: ProofReader, anchor: AnchorRecord, index: int) -> Anchor:
    """An anchor with the path of an index to its root, and the checkpoint that was anchored."""
    anchored = reader.checkpoint(anchor.size)
    return Anchor(
        anchor.chain_id,
        anchor.registry,
        anchor.size,
        anchor.root,
        tuple(reader.inclusion(index, anchor.size)),
        checkpoint=None if anchored is None else anchored.note,
        state_proof=anchor.state_proof,
    )


def of_batch(identity: LogIdentity, batch: AppendedBatch) -> list[Receipt]:
    """The receipts of an answer of the sequencer, one a submission, in its order; nothing is read."""
    distinct = batch.distinct
    leaves = [item.leaf for item in distinct]
    paths = batch_inclusion_proofs(batch.first, leaves, batch.size, batch.left, batch.right)
    log = receipt_log(identity)
    return [
        Receipt(
            log,
            item.entry,
            item.disclosures,
            item.index,
            batch.checkpoint,
            tuple(paths[item.index - batch.first]),
        )
        for item in batch.appended
    ]


def receipt_log(identity: LogIdentity) -> ReceiptLog:
    """The log as a receipt names it."""
    return ReceiptLog(identity.origin, identity.log_id, identity.chain_id, identity.registry)


def _hints(anchor: AnchorRecord) -> dict[str, object]:
    hints: Sequence[tuple[str, object]] = (
        ("tx", anchor.tx),
        ("block", anchor.block),
        ("finality", anchor.finality),
    )
    return {name: value for name, value in hints if value is not None}
