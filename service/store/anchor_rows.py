"""Between rows of the anchoring tables and the values of its ports. Lists of trie nodes are kept as RLP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Row

from service.anchoring.fees import Fees
from service.anchoring.ports import AnchorOnChain, AnchorState
from service.anchoring.send_state import Attempt, Mined, Phase, Slot
from service.core.hexs import to_hex
from service.core.receipt import StateProof
from service.core.rlp import rlp_decode, rlp_encode
from service.core.state_proof import AnchorSlot
from service.log.ports import AnchorRecord


def anchor_values(anchor: AnchorOnChain, now: int) -> Mapping[str, object]:
    """The row of an anchor; every column but its number."""
    proof = anchor.proof
    return {
        "log_id": anchor.log_id,
        "chain_id": anchor.chain_id,
        "registry": anchor.registry,
        "size": anchor.size,
        "root": anchor.root,
        "timestamp": anchor.slot.timestamp,
        "block": anchor.slot.block_number,
        "prev_size": anchor.slot.prev_size,
        "prev_timestamp": anchor.slot.prev_timestamp,
        "prev_signed_at": anchor.slot.prev_signed_at,
        "state": anchor.state.value,
        "seen": now,
        "tx": anchor.tx,
        "gas_used": anchor.gas_used,
        "ours": anchor.ours,
        "header": proof and proof.header,
        "account_nodes": proof and rlp_encode(list(proof.account)),
        "storage_nodes": proof and rlp_encode(list(proof.storage)),
        "proof_block": anchor.proof_block,
        "proof_final": anchor.proof_final,
    }


def anchor(row: Row[Any]) -> AnchorOnChain:
    """A row of `anchors`."""
    proof = None
    if row.header is not None:
        proof = StateProof(row.header, _nodes(row.account_nodes), _nodes(row.storage_nodes))
    return AnchorOnChain(
        log_id=row.log_id,
        chain_id=row.chain_id,
        registry=row.registry,
        size=row.size,
        root=row.root,
        slot=AnchorSlot(row.timestamp, row.block, row.prev_size, row.prev_timestamp, row.prev_signed_at),
        state=AnchorState(row.state),
        ours=row.ours,
        tx=row.tx,
        gas_used=row.gas_used,
        proof=proof,
        proof_block=row.proof_block,
        proof_final=row.proof_final,
    )


def _nodes(encoded: bytes) -> tuple[bytes, ...]:
    return tuple(cast("list[bytes]", rlp_decode(encoded)))


COVERING = (
    "chain_id, registry, size, root, tx, block, state, proof_final, header, account_nodes, storage_nodes"
)


def covering(row: Sequence[Any]) -> AnchorRecord:
    """What receipts are told of an anchor, from a row of `COVERING`: its state proof once that is final."""
    chain_id, registry, size, root, tx, block, state, proof_final, header, account, storage = row
    proof = StateProof(header, _nodes(account), _nodes(storage)) if proof_final and header else None
    return AnchorRecord(
        chain_id=chain_id,
        registry=registry,
        size=size,
        root=root,
        state_proof=proof,
        tx=None if tx is None else to_hex(tx),
        block=block,
        finality=AnchorState(state).value,
    )


def slot_progress(slot: Slot, now: int) -> Mapping[str, object]:
    """The columns of a slot that change; a final phase closes it."""
    mined = slot.mined
    return {
        "phase": slot.phase.value,
        "sent": slot.sent,
        "bumped": slot.bumped,
        "mined_tx": mined and mined.tx,
        "mined_block": mined and mined.block,
        "mined_hash": mined and mined.block_hash,
        "mined_ok": mined and mined.ok,
        "gas_used": mined and mined.gas_used,
        "closed": now if slot.phase.closed else None,
    }


def slot(row: Row[Any], attempts: tuple[Attempt, ...]) -> Slot:
    """A row of `anchor_slots` with its attempts."""
    mined = None
    if row.mined_tx is not None:
        mined = Mined(row.mined_tx, row.mined_block, row.mined_hash, row.mined_ok, row.gas_used)
    return Slot(
        number=row.number,
        chain_id=row.chain_id,
        sender=row.sender,
        nonce=row.nonce,
        log_id=row.log_id,
        attempts=attempts,
        opened=row.opened,
        sent=row.sent,
        bumped=row.bumped,
        phase=Phase(row.phase),
        mined=mined,
    )


def attempt_values(slot: int, number: int, attempt: Attempt) -> Mapping[str, object]:
    """The row of an attempt."""
    return {
        "slot": slot,
        "number": number,
        "tx": attempt.tx,
        "raw": attempt.raw,
        "size": attempt.size,
        "root": attempt.root,
        "old_size": attempt.old_size,
        "max_fee": attempt.fees.max_fee,
        "max_priority": attempt.fees.max_priority,
        "gas_limit": attempt.gas_limit,
        "created": attempt.created,
    }


def attempt(row: Row[Any]) -> Attempt:
    """A row of `anchor_attempts`."""
    return Attempt(
        tx=row.tx,
        raw=row.raw,
        size=row.size,
        root=row.root,
        old_size=row.old_size,
        fees=Fees(row.max_fee, row.max_priority),
        gas_limit=row.gas_limit,
        created=row.created,
    )
