"""Evidence: whose keys count, what is undecided, and that no number of its own makes a verifier work long."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from service.core import evidence, trade_head
from service.core.checkpoint import LogIdentity
from service.core.eip712 import SigningKey
from service.core.errors import FormatError
from service.core.evidence_disclosure import disclose, restore
from service.core.evidence_report import EvidenceReport
from service.core.receipt import parse as parse_receipt
from service.core.verdict import Status, Verdict
from service.core.verify import verify_receipt
from service.core.verify_evidence import verify_evidence, verify_parsed
from tests.reference import genuine, vectors_evidence
from tests.unit.core.verification import TRUST, Value, append_statement, parse_trust, receipt_of

TAKEN = vectors_evidence.TAKEN


def verify(value: Value, trust: Any = TRUST, now: int = genuine.NOW) -> EvidenceReport:
    hashes: dict[int, list[bytes]] = {}
    for each in vectors_evidence.receipts_of(value):
        for chain, found in genuine.block_hashes(each).items():
            hashes.setdefault(chain, []).extend(found)
    return verify_evidence(genuine.encode(value), trust=trust, block_hashes=hashes, now=now)


def with_key(**changes: Any) -> Any:
    value = genuine.trust()
    value["logs"][0]["keys"][0].update(changes)
    return parse_trust(value)


def test_without_trust_nothing_is_refuted_and_nothing_is_good() -> None:
    report = verify(vectors_evidence.evidence(), trust=None)
    assert (report.verdict, report.reason, report.problems) == (Verdict.LOG_NOT_TRUSTED, "no_trust", ())
    assert (report.head, report.checkpoint) == (None, None)
    spoilt = vectors_evidence.evidence()
    spoilt["entries"].pop(1)
    assert verify(spoilt, trust=None).verdict is Verdict.TAMPERED


def test_a_head_is_by_a_key_in_use_when_the_evidence_was_taken() -> None:
    retired = with_key(retired=genuine.time_text(TAKEN - 200))
    report = verify(vectors_evidence.evidence(), trust=retired)
    assert (report.verdict, report.steps[4].reason) == (Verdict.LOG_NOT_TRUSTED, "key_not_active")
    assert report.head is None
    assert (
        verify(vectors_evidence.evidence(), trust=with_key(retired=genuine.time_text(TAKEN))).exit_code == 0
    )


def test_a_head_by_a_stranger_is_bad() -> None:
    value = vectors_evidence.evidence()
    identity = LogIdentity("x", genuine.KEYS.log, genuine.KEYS.chain_id, genuine.KEYS.registry)
    head, root = value["head"], bytes.fromhex(value["head"]["root"][2:])
    leaf = bytes.fromhex(head["leaf"][2:])
    forged = trade_head.sign(SigningKey(b"\x07" * 32), identity, head["trade"], head["count"], leaf, 11, root)
    value["head"] = trade_head.head_value(forged)
    assert [each.reason for each in verify(value).problems] == ["head_signature_wrong"]


def test_a_count_beyond_all_reason_costs_nothing() -> None:
    value = vectors_evidence.evidence()
    vectors_evidence.recount(value, 2**53 - 1)
    began = time.monotonic()
    report = verify(value)
    assert [each.reason for each in report.problems] == ["entry_omitted"]
    assert time.monotonic() - began < 2
    assert len(report.problems[0].detail) < 200


def test_a_false_consent_is_the_verdict_of_the_evidence_too() -> None:
    log = copy.deepcopy(vectors_evidence.LOG)
    claims = genuine.acceptance_claims(log)
    claims["consent"]["channel"] = "cash"
    log.append("A-2", "T-1", "acceptance", claims)
    size = len(log.entries)
    anchored = genuine.Anchored(size, 130, genuine.T0 + 60 * 15)
    value = vectors_evidence.evidence()
    elements = []
    for index in log.trades["T-1"]:
        on_chain = (*genuine.ON_CHAIN, anchored)
        receipt = genuine.receipt(log, index, [genuine.anchor(log, index, anchored, on_chain)])
        sealed = vectors_evidence.element(log, index, size, sealed=True)
        elements.append({"receipt": receipt, "inclusion": sealed["inclusion"]})
    value |= {
        "entries": elements,
        "checkpoint": log.note(size, genuine.signed_at(size)),
        "head": vectors_evidence.head(log, "T-1", size),
    }
    report = verify(value)
    assert (report.verdict, report.exit_code, report.reason, report.problems) == (
        Verdict.CONSENT_INVALID,
        1,
        "consent_wrong",
        (),
    )
    assert report.steps[7].status is Status.BAD
    assert report.head is not None


def test_a_held_receipt_counts_only_if_it_is_genuine() -> None:
    value = vectors_evidence.evidence()
    value["entries"].pop()
    vectors_evidence.recount(value, 2)
    parsed = evidence.parse(genuine.encode(value))

    def held(receipt: Value, trust: Any) -> list[str]:
        report = verify_receipt(genuine.encode(receipt), trust=trust, now=genuine.NOW)
        found = verify_parsed(parsed, trust=TRUST, now=genuine.NOW, held=[report])
        return [each.reason for each in found.problems]

    payout = genuine.genuine(genuine.PAYOUT, 1)
    assert held(payout, TRUST) == ["entry_hidden"]
    assert held(payout, None) == [], "a stranger's word convicts nobody"
    assert held(payout | {"index": 7}, TRUST) == []
    assert held(genuine.genuine(genuine.QUOTE), TRUST) == [], "it is there"
    assert held(genuine.genuine(4), TRUST) == [], "of another trade"
    assert held(receipt_of(lambda log: log.append("P-2", "T-1", "payout", {})), TRUST) == [], "a later entry"


def beside(value: Value, receipt: Value, trust: Any = TRUST) -> set[str]:
    """The problems of evidence beside which somebody holds this receipt."""
    report = verify_receipt(genuine.encode(receipt), trust=trust, now=genuine.NOW)
    assert report.verdict in (Verdict.NOT_ANCHORED_YET, Verdict.LOG_NOT_TRUSTED)
    parsed = evidence.parse(genuine.encode(value))
    merged = restore(parsed.receipts[0], receipt["disclosures"])[1]
    assert merged == ()
    found = verify_parsed(parsed, trust=TRUST, now=genuine.NOW, held=[report])
    return {each.reason for each in found.problems}


def second_tree(number: int, insert: bool) -> genuine.Log:
    """The same log with another entry in the tree, or one more."""
    log = copy.deepcopy(genuine.make_log())
    other = genuine.Log(log.keys)
    other.append("X-1", "T-99", "quote", {})
    entry = other.entries[0].replace(b"T10:00:01", f"T10:0{number}:01".encode())
    log.entries[number : number if insert else number + 1] = [entry]
    log.told[number : number if insert else number + 1] = other.told
    return log


def test_a_log_that_shows_two_trees_is_caught_by_who_holds_the_other() -> None:
    value = vectors_evidence.evidence()
    moved = genuine.receipt(second_tree(4, True), genuine.PAYOUT + 1, [])
    assert beside(value, moved) == {"leaf_twice"}
    assert beside(value, moved, None) == set(), "a stranger's word convicts nobody"
    other = second_tree(genuine.ACCEPTANCE, False)
    assert beside(value, genuine.receipt(other, genuine.ACCEPTANCE, [])) == {"fork"}
    assert beside(value, genuine.receipt(other, genuine.ACCEPTANCE, [], size=7)) == {"index_twice"}
    assert beside(value, genuine.receipt(genuine.make_log(), 4, [])) == set()


def test_a_claim_with_two_values_is_caught_by_who_holds_the_other() -> None:
    """The decoy is the digest of a second value: the evidence shows one, the receipt the other."""
    log = genuine.Log(genuine.KEYS)
    told = [genuine.disclosures(salt, {"amount": each})[0] for salt, each in (("a", 1), ("b", 2))]
    said = genuine.statement(log.keys, "X-1", "T-1", "quote", genuine.T0, told)
    append_statement(log, said, told, [])
    log.trades["T-1"] = [0]
    shown, held = (genuine.receipt(log, 0, []) | {"disclosures": [each]} for each in told)
    value = vectors_evidence.evidence(log, size=1, entries=[{"receipt": shown, "inclusion": []}])
    assert beside(value, shown) == set()
    assert beside(value, held) == {"claim_differs"}


@pytest.mark.parametrize(
    ("data", "verdict", "reason"),
    [
        (b"", Verdict.WRONG_FILE, "not_evidence"),
        (b"[]", Verdict.WRONG_FILE, "not_evidence"),
        (b'{"format":"tallystick-receipt/1"}', Verdict.WRONG_FILE, "not_evidence"),
        (b'{"format":"tallystick-evidence/1"}', Verdict.WRONG_FILE, "not_evidence"),
    ],
)
def test_other_files(data: bytes, verdict: Verdict, reason: str) -> None:
    report = verify_evidence(data, trust=TRUST, now=genuine.NOW)
    assert (report.verdict, report.reason, report.exit_code) == (verdict, reason, 3)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"taken": "yesterday"}, "/taken"),
        ({"entries": [{}]}, "/entries/0"),
        ({"entries": [{"receipt": {}, "inclusion": []}]}, "/entries/0/receipt/format"),
        (
            {"entries": [{"sealed": {"seq": 0, "index": 0, "leaf": "0x00"}, "inclusion": []}]},
            "/entries/0/sealed/leaf",
        ),
        ({"keys": [{}]}, "/keys/0"),
        ({"final": [{"chain_id": 0, "hash": "0x"}]}, "/final/0/chain_id"),
        ({"findings": []}, "/findings"),
        ({"attachments": [{}]}, "/attachments/0"),
        ({"timestamps": [vectors_evidence.stamp(8) | {"token": "%"}]}, "/timestamps/0/token"),
        ({"head": {}}, "/head"),
        ({"hints": 1}, "/hints"),
    ],
)
def test_malformed_members_are_named(change: Value, pointer: str) -> None:
    data = genuine.encode(vectors_evidence.evidence() | change)
    with pytest.raises(FormatError) as refused:
        evidence.parse(data)
    assert refused.value.pointer == pointer
    report = verify_evidence(data, trust=TRUST, now=genuine.NOW)
    assert (report.verdict, report.reason) == (Verdict.TAMPERED, "evidence_malformed")


def test_showing_less_and_restoring_it_again() -> None:
    whole = parse_receipt(genuine.encode(genuine.genuine()))
    bare = disclose(whole, ())
    assert bare.disclosures == ()
    some = disclose(whole, {"amount", "consent", "unknown"})
    assert len(some.disclosures) == 2
    restored, names = restore(some, whole.disclosures)
    assert names == ("quote", "currency")
    assert set(restored.disclosures) == set(whole.disclosures)
    foreign = parse_receipt(genuine.encode(genuine.genuine(genuine.QUOTE)))
    assert restore(bare, foreign.disclosures) == (bare, ())
    assert restore(bare, [whole.disclosures[0]] * 2)[1] == ("quote",)
    assert disclose(whole, {"quote", "amount", "currency", "consent"}) is whole
