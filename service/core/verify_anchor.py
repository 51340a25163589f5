"""Steps 7 and 8: anchors, their slots proven from a block header, and that header against the caller's view.

What an anchor proves: the registry recorded (size, root) at the slot's time, and the entry is under that
root. That the anchored tree extends the tree of the POST is the registry's own rule; a receipt shows that
both hold the entry at the same index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from service.core.chain_view import ChainView, NodesDisagree, NodeUnreachable
from service.core.checkpoint import ZERO, LogIdentity, SignedCheckpoint, parse_signed
from service.core.errors import TallyError
from service.core.merkle import leaf_hash, verify_inclusion
from service.core.receipt import Anchor, Receipt, StateProof
from service.core.state_proof import (
    AnchorSlot,
    Header,
    anchor_slot,
    parse_header,
    unpack_anchor,
    verify_account,
    verify_storage,
)
from service.core.trust import Trust, TrustedChain
from service.core.verdict import AnchorFact, StepFailed, StepUndecided, Verdict
from service.core.verify_checkpoint import check_by_trusted_key, check_self_consistent, trusted_log


@dataclass(frozen=True, slots=True)
class Context:
    """What the anchors of one receipt are checked against; `now` in ms."""

    receipt: Receipt
    identity: LogIdentity
    leaf: bytes
    checkpoint: SignedCheckpoint
    trust: Trust | None
    block_hashes: Mapping[int, Collection[bytes]]
    view: ChainView | None
    now: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One anchor's proven parts; without a state proof slot and header are None until a node is asked."""

    anchor: Anchor
    log: bytes
    size: int
    root: bytes
    chain: TrustedChain
    slot: AnchorSlot | None = None
    header: Header | None = None
    basis: str = ""


def check_anchor(context: Context, anchor: Anchor) -> Evidence:
    """Step 7 for one anchor, as far as the file and the caller's trust reach."""
    receipt, identity = context.receipt, context.identity
    here = (identity.chain_id, identity.registry)
    if anchor.via is None and (anchor.chain_id, anchor.registry) != here:
        raise StepFailed("anchor_in_other_registry", f"{anchor.registry} on chain {anchor.chain_id}")
    _check_included(context.leaf, receipt.index, anchor.size, anchor.inclusion, anchor.root)
    if anchor.size == context.checkpoint.size and anchor.root != context.checkpoint.root:
        raise StepFailed("fork", f"two roots at size {anchor.size}: one signed at the POST, another anchored")
    note = _check_note(context, anchor)
    log, size, root = _registered(context, anchor)
    slot, header, code_hash = None, None, None
    if anchor.state_proof is not None:
        slot, header, code_hash = _prove_slot(anchor, anchor.state_proof, anchor_slot(log, size, root))
        _check_slot(slot, size, header)
    # Only now, when the file could not be refuted by itself, does it matter what the caller trusts.
    trusted = trusted_log(context.trust, context.identity)
    if note is not None:
        check_by_trusted_key(*note, trusted)
    chain = context.trust.chain(anchor.chain_id, anchor.registry) if context.trust else None
    if chain is None:
        raise StepUndecided(Verdict.LOG_NOT_TRUSTED, "unknown_registry", f"the directory's {anchor.registry}")
    if code_hash is not None and code_hash != chain.code_hash:
        raise StepFailed("other_code", f"the proven account runs code {code_hash.hex()}")
    return Evidence(anchor, log, size, root, chain, slot, header)


def confirm(context: Context, evidence: Evidence) -> Evidence:
    """Step 8 for one anchor: its header is of the chain that the caller named, and final."""
    try:
        if evidence.header is not None:
            return replace(
                evidence, basis=_confirm_header(context, evidence.anchor.chain_id, evidence.header)
            )
        return _ask_for_slot(context, evidence)
    except NodeUnreachable as error:
        raise StepUndecided(Verdict.CANNOT_REACH_NODE, "node_unreachable", str(error)) from None
    except NodesDisagree as error:
        raise StepUndecided(Verdict.ANCHOR_NOT_CHECKED, "nodes_disagree", str(error)) from None


def anchor_fact(context: Context, evidence: Evidence) -> AnchorFact:
    """The facts of a confirmed anchor, with the time bounds of docs/protocol.md §9."""
    anchor, slot, header = evidence.anchor, evidence.slot, evidence.header
    assert slot is not None
    # The lower bound needs a tree that the log signed without this entry: the one anchored just before.
    bounded = anchor.via is None and 0 < slot.prev_size <= context.receipt.index
    trusted = trusted_log(context.trust, context.identity)
    return AnchorFact(
        chain_id=anchor.chain_id,
        registry=anchor.registry,
        size=anchor.size,
        root=anchor.root,
        via=None if anchor.via is None else anchor.via.log,
        timestamp=slot.timestamp,
        block_number=slot.block_number,
        not_before=slot.prev_signed_at if bounded else None,
        not_before_at_least=slot.prev_timestamp - trusted.max_delay if bounded else None,
        header_number=None if header is None else header.number,
        header_hash=None if header is None else header.hash,
        basis=evidence.basis,
    )


def _registered(context: Context, anchor: Anchor) -> tuple[bytes, int, bytes]:
    """The (log, size, root) whose slot the registry holds: the log's own, or the directory log's."""
    via, log = anchor.via, context.identity.log_id
    if via is None:
        return log, anchor.size, anchor.root
    leaf = leaf_hash(log + anchor.size.to_bytes(32, "big") + anchor.root)
    _check_included(leaf, via.index, via.size, via.inclusion, via.root)
    return via.log, via.size, via.root


def _check_note(context: Context, anchor: Anchor) -> tuple[SignedCheckpoint, str] | None:
    """The anchored note, if given, and the address that signed it; it is of this size and root, for this
    route."""
    if anchor.checkpoint is None:
        if anchor.via is not None:
            detail = "an anchor through a directory log needs the platform's note"
            raise StepFailed("anchor_note_missing", detail)
        return None
    try:
        signed = parse_signed(anchor.checkpoint)
    except TallyError as error:
        raise StepFailed("anchor_note_malformed", str(error)) from None
    if (signed.size, signed.root) != (anchor.size, anchor.root):
        raise StepFailed("anchor_note_differs", "the anchor's note is of another size or root")
    if signed.via != (ZERO if anchor.via is None else anchor.via.log):
        raise StepFailed("anchor_note_differs", "the anchor's note is to be anchored elsewhere")
    return signed, check_self_consistent(signed, context.identity, context.now)


def _check_included(leaf: bytes, index: int, size: int, proof: tuple[bytes, ...], root: bytes) -> None:
    try:
        verify_inclusion(leaf, index, size, proof, root)
    except TallyError as error:
        raise StepFailed("not_anchored_there", str(error)) from None


def _prove_slot(anchor: Anchor, proof: StateProof, slot: bytes) -> tuple[AnchorSlot, Header, bytes]:
    try:
        header = parse_header(proof.header)
        account = verify_account(header.state_root, anchor.registry, proof.account)
        word = verify_storage(account.storage_root, slot, proof.storage)
        return unpack_anchor(word), header, account.code_hash
    except TallyError as error:
        raise StepFailed("state_proof_wrong", str(error)) from None


def _check_slot(slot: AnchorSlot, size: int, header: Header | None) -> None:
    """What the registry's code can have written, and the header can know."""
    fits = slot.prev_size < size and slot.prev_timestamp <= slot.timestamp
    if header is not None:
        same_block = slot.block_number == header.number
        fits = fits and slot.block_number <= header.number and slot.timestamp <= header.timestamp
        fits = fits and (not same_block or slot.timestamp == header.timestamp)
    if not fits:
        raise StepFailed("slot_impossible", f"{slot}")


def _confirm_header(context: Context, chain_id: int, header: Header) -> str:
    named = context.block_hashes.get(chain_id, ())
    if header.hash in named:
        return "block_hash"
    if context.view is None:
        reason = "block_not_named" if named else "no_view"
        raise StepUndecided(
            Verdict.ANCHOR_NOT_CHECKED, reason, f"block {header.number} 0x{header.hash.hex()}"
        )
    final = context.view.finalized(chain_id)
    if header.number > final.number:
        detail = f"block {header.number}, final is {final.number}"
        raise StepUndecided(Verdict.ANCHOR_NOT_CHECKED, "block_not_final", detail)
    block = context.view.block(chain_id, header.number)
    if block is None or block.hash != header.hash:
        detail = (
            f"block {header.number} of the node is {'absent' if block is None else '0x' + block.hash.hex()}"
        )
        raise StepUndecided(Verdict.ANCHOR_NOT_CHECKED, "block_not_canonical", detail)
    return "node"


def _ask_for_slot(context: Context, evidence: Evidence) -> Evidence:
    """Without a state proof: only the node's word, at its final block."""
    if context.view is None:
        raise StepUndecided(Verdict.ANCHOR_NOT_CHECKED, "no_state_proof", "the anchor brings no state proof")
    view, chain_id, registry = context.view, evidence.chain.chain_id, evidence.chain.registry
    final = view.finalized(chain_id).number
    code_hash = view.code_hash(chain_id, registry, final)
    if code_hash != evidence.chain.code_hash:
        detail = f"the node has code {code_hash.hex()} at {registry}"
        raise StepUndecided(Verdict.ANCHOR_NOT_CHECKED, "node_has_other_code", detail)
    key = (chain_id, registry, evidence.log, evidence.size, evidence.root)
    slot = view.anchored_at(*key, final)
    if slot is None:
        reason = "anchor_unknown_to_node" if view.anchored_at(*key, None) is None else "block_not_final"
        raise StepUndecided(Verdict.NOT_ANCHORED_YET, reason, f"size {evidence.size} at block {final}")
    try:
        _check_slot(slot, evidence.size, None)
    except StepFailed as failed:  # the node's fault, not the receipt's
        raise StepUndecided(Verdict.ANCHOR_NOT_CHECKED, "node_answer_impossible", failed.detail) from None
    return replace(evidence, slot=slot, basis="node_word")
