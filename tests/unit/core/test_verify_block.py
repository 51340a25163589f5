"""Step 8: the block against what the caller named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.core.chain_view import Block, NodesDisagree, NodeUnreachable
from service.core.state_proof import AnchorSlot
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from tests.reference import genuine
from tests.reference.genuine import NOW, T0
from tests.unit.core.verification import (
    CHAIN,
    LOG,
    TRUST,
    Value,
    View,
    tampered,
    undecided,
    verify,
    view_of,
)


@pytest.fixture
def receipt() -> Value:
    return genuine.genuine()


def test_blocks_that_nobody_named(receipt: Value) -> None:
    undecided(verify(receipt, named=False), Verdict.ANCHOR_NOT_CHECKED, 8, "no_view")
    data = genuine.encode(receipt)
    for hashes in ({CHAIN: [b"\x00" * 32]}, {CHAIN: {b"\x00" * 32}}):
        report = verify_receipt(data, trust=TRUST, block_hashes=hashes, now=NOW)
        undecided(report, Verdict.ANCHOR_NOT_CHECKED, 8, "block_not_named")
    elsewhere = {CHAIN + 1: genuine.block_hashes(receipt)[CHAIN]}
    report = verify_receipt(data, trust=TRUST, block_hashes=elsewhere, now=NOW)
    undecided(report, Verdict.ANCHOR_NOT_CHECKED, 8, "no_view")


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"final": Block(109, b"", 0)}, Verdict.ANCHOR_NOT_CHECKED, "block_not_final"),
        ({"hashes": {110: b"\x01" * 32}}, Verdict.ANCHOR_NOT_CHECKED, "block_not_canonical"),
        ({"hashes": {}}, Verdict.ANCHOR_NOT_CHECKED, "block_not_canonical"),
        ({"failing": NodeUnreachable("down")}, Verdict.CANNOT_REACH_NODE, "node_unreachable"),
        ({"failing": NodesDisagree("differ")}, Verdict.ANCHOR_NOT_CHECKED, "nodes_disagree"),
    ],
)
def test_what_a_node_may_answer(receipt: Value, change: Value, verdict: Verdict, reason: str) -> None:
    view = replace(view_of(receipt), **change)
    undecided(verify(receipt, named=False, view=view), verdict, 8, reason)


def test_the_final_block_itself_is_final(receipt: Value) -> None:
    view = view_of(receipt, final=Block(110, b"", T0 + 540))
    assert verify(receipt, named=False, view=view).verdict is Verdict.GOOD


def test_a_named_block_needs_no_node(receipt: Value) -> None:
    assert verify(receipt, view=View(failing=NodeUnreachable("down"))).verdict is Verdict.GOOD


def test_tampering_is_found_without_asking_the_node(receipt: Value) -> None:
    receipt["index"] = 4
    tampered(verify(receipt, named=False, view=View(failing=AssertionError("asked"))), 5, "not_included")


def node_key(size: int = 7) -> tuple[bytes, int, bytes]:
    return LOG.keys.log, size, LOG.root(size)


SLOT = AnchorSlot(T0 + 420, 100, 0, 0, 0)


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"code": b"\x00" * 32}, Verdict.ANCHOR_NOT_CHECKED, "node_has_other_code"),
        ({"slots": {}}, Verdict.NOT_ANCHORED_YET, "anchor_unknown_to_node"),
        ({"slots": {}, "newest": {node_key(): SLOT}}, Verdict.NOT_ANCHORED_YET, "block_not_final"),
        (
            {"slots": {node_key(): replace(SLOT, prev_size=7)}},
            Verdict.ANCHOR_NOT_CHECKED,
            "node_answer_impossible",
        ),
        ({"failing": NodeUnreachable("down")}, Verdict.CANNOT_REACH_NODE, "node_unreachable"),
    ],
)
def test_without_a_state_proof_the_node_is_asked(
    receipt: Value, change: Value, verdict: Verdict, reason: str
) -> None:
    receipt["anchors"][0]["state_proof"] = None
    view = View(slots={node_key(): SLOT})
    report = verify(receipt, view=view)
    assert report.verdict is Verdict.GOOD
    assert report.facts.anchor is not None and report.facts.anchor.basis == "node_word"
    undecided(verify(receipt, view=replace(view, **change)), verdict, 8, reason)
    undecided(verify(receipt), Verdict.ANCHOR_NOT_CHECKED, 8, "no_state_proof")
