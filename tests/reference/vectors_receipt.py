"""Receipts, genuine and spoilt, each with the verdict that a verifier must reach."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.reference import genuine
from tests.reference.genuine import ON_CHAIN, T0, Anchored

Value = dict[str, Any]
LOG = genuine.make_log()


def build() -> Value:
    """The content of `receipts.json`."""
    return {
        "comment": "Verdict, exit code, deciding step (0: none) and reason at `now` (ms), with this trust "
        "file and no other view of the chain than the case's block hashes.",
        "now": genuine.NOW,
        "trust": genuine.trust(),
        "cases": [*good(), *undecided(), *broken(), *tampered()],
    }


def case(name: str, receipt: Value, verdict: str, step: int, reason: str, named: bool = True) -> Value:
    """One row; exit codes are those of the verdicts."""
    exits = {"good": 0, "tampered": 1, "promise_broken": 1, "consent_invalid": 1, "wrong_file": 3}
    hashes = {
        str(chain): [genuine.hexed(each) for each in found]
        for chain, found in genuine.block_hashes(receipt).items()
    }
    return {
        "name": name,
        "verdict": verdict,
        "exit_code": exits.get(verdict, 2),
        "step": step,
        "reason": reason,
        "block_hashes": hashes if named else {},
        "receipt": receipt,
    }


def good() -> list[Value]:
    """Genuine in every way a receipt may be."""
    late = genuine.receipt(LOG, 5, [genuine.anchor(LOG, 5, ON_CHAIN[1])])
    both = genuine.receipt(LOG, 5, [genuine.anchor(LOG, 5, each) for each in ON_CHAIN])
    named: list[tuple[str, Value]] = [
        ("a quote", genuine.genuine(3)),
        ("an acceptance with a consent and a platform's signature", genuine.genuine(5)),
        ("a payout with a lower time bound", genuine.genuine(8, 1)),
        ("a later anchor", late),
        ("two anchors", both),
        ("through a directory log", genuine.receipt(LOG, 5, [genuine.via_anchor(LOG, 5, 7)])),
        ("nothing disclosed", {**genuine.genuine(), "disclosures": []}),
        ("a header of 15 fields", genuine.receipt(LOG, 5, [genuine.anchor(LOG, 5, ON_CHAIN[0], fields=15)])),
    ]
    return [case(name, receipt, "good", 0, "good") for name, receipt in named]


def undecided() -> list[Value]:
    """Nothing wrong, and not enough to be good."""
    young = {**genuine.genuine(), "anchors": []}
    unproven = genuine.genuine()
    unproven["anchors"][0]["state_proof"] = None
    stranger = copy.deepcopy(LOG)
    stranger.keys = replace(LOG.keys, ed25519_seed=bytes(32), evm_key=b"\x01" * 32)
    forged = {**genuine.genuine(), "checkpoint": stranger.note(6, genuine.signed_at(6))}
    return [
        case("no anchor yet", young, "not_anchored_yet", 7, "no_anchors"),
        case("no block named", genuine.genuine(), "anchor_not_checked", 8, "no_view", named=False),
        case("no state proof", unproven, "anchor_not_checked", 8, "no_state_proof"),
        case("a checkpoint by a stranger", forged, "log_not_trusted", 6, "unknown_key"),
    ]


def broken() -> list[Value]:
    """Genuine, and somebody is convicted by it: the log of a late anchor, the platform of a false consent."""
    late = {**genuine.genuine(), "checkpoint": LOG.note(6, T0 + 301, T0 + 419)}
    return [
        case("anchored a second late", late, "promise_broken", 8, "anchored_late"),
        case("a consent over another channel", spoilt_consent(), "consent_invalid", 4, "consent_wrong"),
    ]


def spoilt_consent() -> Value:
    """A genuine record of an acceptance whose consent is a signature over something else."""
    log = copy.deepcopy(LOG)
    claims = genuine.acceptance_claims(log)
    claims["consent"]["channel"] = "cash"
    log.append("A-2", "T-2", "acceptance", claims)
    anchored = Anchored(len(log.entries), 130, T0 + 60 * 15)
    return genuine.receipt(log, 11, [genuine.anchor(log, 11, anchored, (*ON_CHAIN, anchored))])


def tampered() -> list[Value]:
    """One change each."""
    found: list[Value] = []

    def add(name: str, step: int, reason: str, change: Callable[[Value], Any]) -> None:
        receipt = genuine.genuine()
        change(receipt)
        found.append(case(name, receipt, "tampered", step, reason))

    def anchor(receipt: Value) -> Value:
        of: Value = receipt["anchors"][0]
        return of

    other_amount = genuine.disclosures("A-1", {"amount": 93_501})[0]
    add("a cosignature", 1, "receipt_malformed", lambda r: r["cosignatures"].append("x"))
    add("white space in the entry", 2, "entry_malformed", lambda r: r.update(entry=r["entry"] + " "))
    add(
        "another amount",
        3,
        "disclosure_not_committed",
        lambda r: r["disclosures"].__setitem__(1, other_amount),
    )
    add(
        "a disclosure twice",
        3,
        "disclosure_not_committed",
        lambda r: r["disclosures"].append(r["disclosures"][0]),
    )
    add("another index", 5, "not_included", lambda r: r.update(index=4))
    add("a path cut short", 5, "not_included", lambda r: r["inclusion"].pop())
    add("a path too long", 5, "not_included", lambda r: r["inclusion"].append(r["inclusion"][0]))
    add(
        "signed five minutes later",
        6,
        "signed_at_other_time",
        lambda r: r.update(checkpoint=LOG.note(6, T0 + 601)),
    )
    beyond = LOG.note(6, T0 + 301, T0 + 301 + genuine.MAX_DELAY + 1)
    add("a promise beyond maxDelay", 6, "promise_out_of_bounds", lambda r: r.update(checkpoint=beyond))
    add(
        "another registry",
        7,
        "anchor_in_other_registry",
        lambda r: anchor(r).update(registry="0x" + "11" * 20),
    )
    add("another root", 7, "not_anchored_there", lambda r: anchor(r).update(root="0x" + "00" * 32))
    note = LOG.note(8, genuine.signed_at(8))
    add("the note of another size", 7, "anchor_note_differs", lambda r: anchor(r).update(checkpoint=note))
    proof = "state_proof_wrong"
    add("a storage node missing", 7, proof, lambda r: anchor(r)["state_proof"]["storage"].pop())
    add("a storage node twice", 7, proof, lambda r: twice(anchor(r)["state_proof"]["storage"]))
    add("an account node missing", 7, proof, lambda r: anchor(r)["state_proof"]["account"].pop(0))
    add("proofs swapped", 7, proof, lambda r: swap(anchor(r)["state_proof"]))
    unknown = genuine.anchor(LOG, 5, Anchored(9, 105, T0 + 560))
    add("a size that was never anchored", 7, proof, lambda r: r.update(anchors=[unknown]))
    code = genuine.anchor(LOG, 5, ON_CHAIN[0], code=b"another contract")
    add("another contract's code", 7, "other_code", lambda r: r.update(anchors=[code]))
    future = genuine.anchor(LOG, 5, ON_CHAIN[0], (Anchored(7, 111, T0 + 420),))
    add("a slot from after its header", 7, "slot_impossible", lambda r: r.update(anchors=[future]))
    return found


def twice(nodes: list[str]) -> None:
    """The last node again."""
    nodes.append(nodes[-1])


def swap(proof: Value) -> None:
    """Account for storage."""
    proof["account"], proof["storage"] = proof["storage"], proof["account"]
