"""Step 7: anchors and their proofs."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from service.core.verdict import Status, Verdict
from service.core.verify import verify_receipt
from tests.reference import genuine
from tests.reference.genuine import NOW, T0
from tests.unit.core.verification import (
    CHAIN,
    LOG,
    TRUST,
    Value,
    parse_trust,
    status,
    tampered,
    undecided,
    verify,
)


@pytest.fixture
def receipt() -> Value:
    return genuine.genuine()


def test_no_anchor_is_not_anchored_yet(receipt: Value) -> None:
    receipt["anchors"] = []
    report = verify(receipt)
    undecided(report, Verdict.NOT_ANCHORED_YET, 7, "no_anchors")
    assert (status(report, 8), report.steps[7].reason) == (Status.SKIPPED, "nothing_to_check")
    assert report.facts.promise == "unknown"
    assert verify(receipt, now=(T0 + 302) * 1000).facts.promise == "open"


def test_an_anchor_through_a_directory_is_verified_in_full() -> None:
    given = genuine.receipt(LOG, 5, [genuine.via_anchor(LOG, 5, 7)])
    report = verify(given)
    assert report.verdict is Verdict.GOOD
    assert report.facts.anchor is not None and report.facts.anchor.via is not None
    assert report.facts.anchor.not_before is None
    for place, value, reason in (
        (("via", "index"), 1, "not_anchored_there"),
        (("via", "root"), "0x" + "00" * 32, "not_anchored_there"),
        (("via", "size"), 6, "state_proof_wrong"),  # a size is bound by the slot, not by the path
        (("via", "size"), 9, "not_anchored_there"),
        (("via", "log"), "0x" + "00" * 32, "anchor_note_differs"),
        (("checkpoint",), None, "anchor_note_missing"),
        (("checkpoint",), LOG.note(7, genuine.signed_at(7)), "anchor_note_differs"),
        (("via",), None, "anchor_note_differs"),
    ):
        spoilt = copy.deepcopy(given)
        target: Any = spoilt["anchors"][0]
        for token in place[:-1]:
            target = target[token]
        target[place[-1]] = value
        tampered(verify(spoilt), 7, reason)
    chains = [{**genuine.trust()["chains"][0], "registry": "0x" + "77" * 20}]
    elsewhere = copy.deepcopy(given)
    elsewhere["anchors"][0]["registry"] = "0x" + "78" * 20
    elsewhere["anchors"][0]["state_proof"] = None
    trust = parse_trust({**genuine.trust(), "chains": [*genuine.trust()["chains"], *chains]})
    undecided(verify(elsewhere, trust=trust), Verdict.LOG_NOT_TRUSTED, 7, "unknown_registry")


def test_an_anchor_in_another_registry_or_chain_is_bad(receipt: Value) -> None:
    for member, value in (("registry", "0x" + "11" * 20), ("chain_id", 1)):
        spoilt = copy.deepcopy(receipt)
        spoilt["anchors"][0][member] = value
        tampered(verify(spoilt), 7, "anchor_in_other_registry")


def test_the_anchored_note_must_be_of_the_anchored_size_and_root(receipt: Value) -> None:
    receipt["anchors"][0]["checkpoint"] = LOG.note(8, genuine.signed_at(8))
    tampered(verify(receipt), 7, "anchor_note_differs")
    receipt["anchors"][0]["checkpoint"] = "x"
    tampered(verify(receipt), 7, "anchor_note_malformed")
    receipt["anchors"][0]["checkpoint"] = None
    assert verify(receipt).verdict is Verdict.GOOD


def test_the_anchored_note_must_be_by_a_trusted_key(receipt: Value) -> None:
    forger = copy.deepcopy(LOG)
    forger.keys = replace(LOG.keys, ed25519_seed=bytes(32), evm_key=b"\x01" * 32)
    receipt["anchors"][0]["checkpoint"] = forger.note(7, genuine.signed_at(7))
    undecided(verify(receipt), Verdict.LOG_NOT_TRUSTED, 7, "unknown_key")


def test_two_roots_at_one_size_are_a_fork() -> None:
    other = copy.deepcopy(LOG)
    other.entries[6] = b"rewritten"
    given = genuine.receipt(LOG, 5, [genuine.anchor(other, 5, genuine.ON_CHAIN[0])], size=7)
    tampered(verify(given), 7, "fork")


def test_an_anchor_that_the_state_does_not_hold_is_bad(receipt: Value) -> None:
    missing = genuine.anchor(LOG, 5, genuine.Anchored(9, 105, T0 + 560))
    tampered(verify({**receipt, "anchors": [missing]}), 7, "state_proof_wrong")


def test_other_code_at_the_registry_is_bad() -> None:
    anchor = genuine.anchor(LOG, 5, genuine.ON_CHAIN[0], code=b"another contract")
    tampered(verify(genuine.receipt(LOG, 5, [anchor])), 7, "other_code")


@pytest.mark.parametrize(
    "on_chain",
    [
        genuine.Anchored(7, 111, T0 + 420),  # recorded after the header's block
        genuine.Anchored(7, 110, T0 + 420),  # in the header's block, at another time
    ],
)
def test_a_slot_that_the_header_cannot_hold_is_bad(on_chain: genuine.Anchored) -> None:
    anchor = genuine.anchor(LOG, 5, genuine.ON_CHAIN[0], (on_chain,))
    tampered(verify(genuine.receipt(LOG, 5, [anchor])), 7, "slot_impossible")


def test_a_slot_later_than_its_header_is_bad() -> None:
    on_chain = genuine.Anchored(7, 100, T0 + 541)  # the header is of T0 + 540
    anchor = genuine.anchor(LOG, 5, genuine.ON_CHAIN[0], (on_chain,))
    tampered(verify(genuine.receipt(LOG, 5, [anchor])), 7, "slot_impossible")


def test_every_anchor_counts_and_the_earliest_is_told(receipt: Value) -> None:
    both = [genuine.anchor(LOG, 5, genuine.ON_CHAIN[1]), genuine.anchor(LOG, 5, genuine.ON_CHAIN[0])]
    given = genuine.receipt(LOG, 5, both)
    report = verify(given)
    assert report.verdict is Verdict.GOOD
    assert report.facts.anchor is not None and report.facts.anchor.size == 7
    given["anchors"][0]["state_proof"]["storage"].pop()
    tampered(verify(given), 7, "state_proof_wrong")


def test_one_confirmed_anchor_does_not_hide_an_unconfirmed_one() -> None:
    both = [genuine.anchor(LOG, 5, genuine.ON_CHAIN[0]), genuine.anchor(LOG, 5, genuine.ON_CHAIN[1])]
    given = genuine.receipt(LOG, 5, both)
    hashes = genuine.block_hashes(given)
    report = verify_receipt(
        genuine.encode(given), trust=TRUST, block_hashes={CHAIN: hashes[CHAIN][:1]}, now=NOW
    )
    undecided(report, Verdict.ANCHOR_NOT_CHECKED, 8, "block_not_named")


def test_the_time_is_bounded_from_both_sides() -> None:
    report = verify(genuine.genuine(genuine.PAYOUT, 1))
    anchor = report.facts.anchor
    assert anchor is not None
    assert anchor.timestamp == T0 + 720
    assert anchor.not_before == genuine.signed_at(7)
    assert anchor.not_before_at_least == T0 + 420 - genuine.MAX_DELAY


def test_an_index_below_the_anchor_before_has_no_lower_bound() -> None:
    report = verify(genuine.receipt(LOG, 5, [genuine.anchor(LOG, 5, genuine.ON_CHAIN[1])]))
    assert report.facts.anchor is not None and report.facts.anchor.not_before is None


def test_the_first_anchor_has_no_lower_bound(receipt: Value) -> None:
    anchor = verify(receipt).facts.anchor
    assert anchor is not None and (anchor.not_before, anchor.not_before_at_least) == (None, None)


def test_the_entry_must_be_in_the_anchored_tree(receipt: Value) -> None:
    path = receipt["anchors"][0]["inclusion"]
    for changed in (path[:-1], [*path, path[0]], path[::-1], ["0x" + "00" * 32, *path[1:]]):
        receipt["anchors"][0]["inclusion"] = changed
        tampered(verify(receipt), 7, "not_anchored_there")
    elsewhere = genuine.receipt(LOG, 5, [genuine.anchor(LOG, 4, genuine.ON_CHAIN[0])])
    tampered(verify(elsewhere), 7, "not_anchored_there")
