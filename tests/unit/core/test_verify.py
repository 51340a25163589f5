"""Verification as a whole, and steps 1 to 3: format, entry, disclosures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.core.verdict import Status, Verdict
from service.core.verify import verify_receipt
from tests.reference import genuine
from tests.reference.genuine import NOW, T0
from tests.unit.core.verification import (
    LOG,
    TRUST,
    Value,
    append_told,
    receipt_of,
    status,
    tampered,
    verify,
    view_of,
)


@pytest.fixture
def receipt() -> Value:
    return genuine.genuine()


def test_a_genuine_receipt_is_good_by_a_named_block(receipt: Value) -> None:
    report = verify(receipt)
    assert report.verdict is Verdict.GOOD
    assert report.exit_code == 0
    facts = report.facts
    assert facts.entry is not None and facts.anchor is not None and facts.checkpoint is not None
    assert facts.entry.log_name == "卡卡同盟"
    assert dict(facts.entry.claims)["amount"] == 93_500
    assert facts.entry.withheld == 1
    assert facts.entry.consents[0].missing == ()
    assert facts.entry.signatures[0][0] == "platform"
    assert facts.anchor.basis == "block_hash"
    assert facts.anchor.timestamp == T0 + 420
    assert facts.promise == "kept"
    assert (status(report, 9), report.steps[8].reason) == (Status.SKIPPED, "only_one")
    assert status(verify(genuine.genuine(3)), 9) is Status.OK


def test_a_genuine_receipt_is_good_by_a_node(receipt: Value) -> None:
    report = verify(receipt, named=False, view=view_of(receipt))
    assert report.verdict is Verdict.GOOD
    assert report.facts.anchor is not None and report.facts.anchor.basis == "node"


def test_layout_and_hints_do_not_matter(receipt: Value) -> None:
    hashes = genuine.block_hashes(receipt)
    receipt["hints"] = {"anything": ["at", "all"]}
    data = json.dumps(receipt, indent=3, ensure_ascii=True, sort_keys=False).encode()
    assert verify_receipt(data, trust=TRUST, block_hashes=hashes, now=NOW).verdict is Verdict.GOOD
    del receipt["hints"]
    assert verify(receipt).verdict is Verdict.GOOD


def test_an_entry_without_disclosures_is_good(receipt: Value) -> None:
    receipt["disclosures"] = []
    report = verify(receipt)
    assert report.verdict is Verdict.GOOD
    assert report.facts.entry is not None and report.facts.entry.withheld == 5


@pytest.mark.parametrize("fields", [15, 16, 17, 20, 21])
def test_headers_of_every_fork(fields: int) -> None:
    given = genuine.receipt(LOG, 5, [genuine.anchor(LOG, 5, genuine.ON_CHAIN[0], fields=fields)])
    assert verify(given).verdict is Verdict.GOOD


OTHER_FILES = [b"", b"x", b"{", b"null", b"[]", b"{}", b"\xff\xfe", b"{" * 10_000]
OTHER_FILES += [b'{"format":"tallystick-receipt/1"}', genuine.encode(genuine.trust())]


@pytest.mark.parametrize("data", OTHER_FILES)
def test_other_files_are_wrong_files(data: bytes) -> None:
    report = verify_receipt(data, trust=TRUST, now=NOW)
    assert (report.verdict, report.exit_code, report.reason) == (Verdict.WRONG_FILE, 3, "not_a_receipt")
    assert len(report.steps) == 1


def test_other_versions_and_too_large_files_are_wrong_files(receipt: Value) -> None:
    assert verify({**receipt, "format": "tallystick-receipt/2"}).verdict is Verdict.WRONG_FILE
    assert verify({**receipt, "hints": {"x": "y" * 1024 * 1024}}).verdict is Verdict.WRONG_FILE
    assert verify({**receipt, "extra": 1}).verdict is Verdict.WRONG_FILE


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("cosignatures",), ["x"]),
        (("hints",), []),
        (("index",), -1),
        (("index",), "5"),
        (("index",), True),
        (("entry",), None),
        (("inclusion",), ["0x" + "AA" * 32]),
        (("inclusion",), ["0x" + "aa" * 31]),
        (("inclusion",), ["0x" + "aa" * 32] * 65),
        (("disclosures",), "x"),
        (("disclosures",), [1]),
        (("checkpoint",), None),
        (("log", "chain_id"), 0),
        (("log", "origin"), "with space"),
        (("log", "extra"), 1),
        (("anchors",), {}),
        (("anchors", 0, "size"), 0),
        (("anchors", 0, "extra"), 1),
        (("anchors", 0, "via"), {}),
        (("anchors", 0, "state_proof", "header"), "0xabc"),
        (("anchors", 0, "state_proof", "account"), ["abcd"]),
    ],
)
def test_malformed_members_of_a_receipt_are_bad(
    receipt: Value, place: tuple[Any, ...], value: object
) -> None:
    target: Any = receipt
    for token in place[:-1]:
        target = target[token]
    target[place[-1]] = value
    report = verify_receipt(genuine.encode(receipt), trust=TRUST, now=NOW)
    tampered(report, 1, "receipt_malformed")


def test_an_entry_that_is_not_canonical_is_bad(receipt: Value) -> None:
    receipt["entry"] = receipt["entry"].replace('"seq":1', '"seq": 1')
    tampered(verify(receipt), 2, "entry_malformed")


def test_an_entry_of_another_log_is_bad(receipt: Value) -> None:
    receipt["log"]["origin"] = "tallystick.test/logs/kakb"
    tampered(verify(receipt), 2, "entry_of_other_log")


def test_a_claim_that_was_not_committed_is_bad(receipt: Value) -> None:
    receipt["disclosures"][1] = genuine.disclosures("A-1", {"amount": 93_501})[0]
    tampered(verify(receipt), 3, "disclosure_not_committed")


def test_a_disclosure_given_twice_is_bad(receipt: Value) -> None:
    receipt["disclosures"].append(receipt["disclosures"][0])
    tampered(verify(receipt), 3, "disclosure_not_committed")


def test_two_values_of_one_claim_are_bad() -> None:
    told = genuine.disclosures("X-1", {"amount": 1}) + genuine.disclosures("X-1 again", {"amount": 2})
    given = receipt_of(lambda log: append_told(log, told))
    tampered(verify(given), 3, "claim_twice")
