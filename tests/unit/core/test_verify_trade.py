"""Step 9: several receipts of one log."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.core.verdict import Report, Verdict
from service.core.verify import verify_receipts
from tests.reference import genuine
from tests.reference.genuine import NOW, T0
from tests.unit.core.verification import (
    CHAIN,
    LOG,
    TRUST,
    Value,
    append_statement,
)


def trade(*receipts: Value, trust: Any = TRUST) -> tuple[Report, ...]:
    hashes = [block for each in receipts for block in genuine.block_hashes(each).get(CHAIN, [])]
    data = [genuine.encode(each) for each in receipts]
    return verify_receipts(data, trust=trust, block_hashes={CHAIN: hashes}, now=NOW)


def test_a_whole_trade_fits_together() -> None:
    reports = trade(genuine.genuine(8, 1), genuine.genuine(3), genuine.genuine(5))
    assert [report.verdict for report in reports] == [Verdict.GOOD] * 3
    assert {report.steps[8].reason for report in reports} == {"ok"}


def test_holes_are_named() -> None:
    for report in trade(genuine.genuine(8, 1), genuine.genuine(3)):
        assert report.verdict is Verdict.GOOD
        assert report.steps[8].reason == "not_shown"
        assert report.steps[8].detail.endswith("seq 1")


def test_the_same_receipt_twice_is_no_contradiction() -> None:
    early = genuine.receipt(LOG, 5, [])
    reports = trade(genuine.genuine(5), early, genuine.genuine(3))
    assert [report.verdict for report in reports] == [Verdict.GOOD, Verdict.NOT_ANCHORED_YET, Verdict.GOOD]


def second_log(change: Callable[[genuine.Log], None]) -> genuine.Log:
    """The same log telling another story."""
    log = genuine.Log(LOG.keys)
    for number in range(9):
        if number == 5:
            change(log)
        elif number == 3:
            log.append("Q-1", "T-1", "quote", genuine.quote_claims())
        else:
            log.append(f"E-{number}", f"T-{number + 10}", "quote", {"items": []})
    return log


@pytest.mark.parametrize(
    ("event", "trade_id", "reason"),
    [("A-2", "T-2", "index_twice"), ("A-1", "T-2", "index_twice"), ("A-2", "T-1", "index_twice")],
)
def test_two_stories_of_one_log_contradict(event: str, trade_id: str, reason: str) -> None:
    other = second_log(lambda log: log.append(event, trade_id, "acceptance", {"amount": 1}))
    given = genuine.receipt(other, 5, [])
    reports = trade(genuine.genuine(5), given)
    assert {report.verdict for report in reports} == {Verdict.TAMPERED}
    assert {report.steps[8].reason for report in reports} == {"fork"}
    # With promises of different sizes the roots need not differ at one size: then the entries contradict.
    given = genuine.receipt(other, 5, [], size=8)
    assert {report.steps[8].reason for report in trade(genuine.genuine(5), given)} == {reason}


def test_a_root_signed_and_another_anchored_at_one_size_are_a_fork() -> None:
    """The receipts have promises of different sizes; one is anchored at the size of the other's promise."""
    other = second_log(lambda log: log.append("A-2", "T-2", "acceptance", {"amount": 1}))
    given = genuine.receipt(other, 4, [], size=7)
    reports = trade(genuine.genuine(5), given)
    assert {report.steps[8].reason for report in reports} == {"fork"}
    assert {report.verdict for report in reports} == {Verdict.TAMPERED}
    assert trade(genuine.genuine(8, 1), given)[0].verdict is Verdict.GOOD, "anchored at another size"


def test_one_event_or_seq_has_one_entry() -> None:
    for event, trade_id, reason in (("A-1", "T-2", "event_twice"), ("A-2", "T-1", "seq_twice")):
        log = copy.deepcopy(LOG)
        log.trades = {"T-1": [3]} if trade_id == "T-1" else {}
        log.append(event, trade_id, "acceptance", {"amount": 1})
        given = genuine.receipt(log, 11, [])
        reports = trade(genuine.genuine(5), given)
        assert {report.steps[8].reason for report in reports} == {reason}
        assert {report.verdict for report in reports} == {Verdict.TAMPERED}


def test_prev_must_be_the_entry_before() -> None:
    log = copy.deepcopy(LOG)
    log.trades = {"T-1": [3, 5, 4]}  # claims to continue entry 4, which is of another trade
    log.append("R-1", "T-1", "refund", {})
    reports = trade(genuine.genuine(8, 1), genuine.receipt(log, 11, []))
    assert reports[1].steps[8].reason == "prev_differs"
    assert reports[1].verdict is Verdict.TAMPERED


def test_one_entry_stands_at_one_index() -> None:
    log = copy.deepcopy(LOG)
    log.entries.append(log.entries[8])
    log.told.append(log.told[8])
    twice = genuine.receipt(log, 11, [])
    twice["checkpoint"] = log.note(12, genuine.signed_at(9))
    reports = trade(genuine.genuine(8, 1), twice)
    assert {report.steps[8].reason for report in reports} == {"leaf_twice"}


def test_two_values_of_one_claim_contradict() -> None:
    """The poster's decoy is the digest of a second amount: each reader is shown another."""
    told = [genuine.disclosures(salt, {"amount": amount})[0] for salt, amount in (("a", 1), ("b", True))]
    kept = [genuine.disclosures("c", {"currency": "CNY"})[0]]
    log = copy.deepcopy(LOG)
    append_statement(log, genuine.statement(log.keys, "X-1", "T-X", "quote", T0 + 660, told + kept), [], [])
    receipts = [genuine.receipt(log, 11, []) | {"disclosures": [*kept, each]} for each in told]
    assert {report.steps[8].reason for report in trade(receipts[0], receipts[0])} == {"ok"}
    reports = trade(*receipts, {**receipts[0], "disclosures": []})
    assert {report.steps[8].reason for report in reports} == {"claim_differs"}
    assert {report.verdict for report in reports} == {Verdict.TAMPERED}


def test_received_never_runs_back() -> None:
    def appended(event: str, at: int, log: genuine.Log) -> None:
        said = genuine.statement(log.keys, event, "T-X", "quote", at, [])
        entry = {
            "prev": None,
            "received": genuine.time_text(at),
            "seq": 0,
            "signatures": [],
            "statement": said,
            "v": 1,
        }
        log.entries.append(genuine.encode(entry))
        log.told.append([])

    log = copy.deepcopy(LOG)
    appended("X-1", T0 + 600, log)
    late = genuine.receipt(log, 11, [])
    late["checkpoint"] = log.note(12, T0 + 600)
    earlier = genuine.receipt(LOG, 10, [])
    reports = trade(earlier, late)
    assert reports[1].steps[8].reason == "time_runs_back"


def test_seq_follows_the_index() -> None:
    """The log made seq 0 first and appended seq 1 first."""
    made = copy.deepcopy(LOG)
    made.append("F-0", "T-F", "quote", {})
    made.append("F-1", "T-F", "acceptance", {})
    swapped = copy.deepcopy(LOG)
    for number in (12, 11):
        swapped.entries.append(made.entries[number].replace(b"10:12:01", b"10:11:01"))
        swapped.told.append(made.told[number])
    second, first = (genuine.receipt(swapped, index, [], size=13) for index in (11, 12))
    for each in (first, second):
        each["checkpoint"] = swapped.note(13, genuine.signed_at(12))
    reports = trade(first, second)
    assert reports[1].steps[8].reason == "seq_out_of_order"
    assert reports[1].verdict is Verdict.TAMPERED


def test_a_forgery_beside_a_genuine_receipt_casts_no_doubt_on_it() -> None:
    forger = genuine.Log(replace(LOG.keys, ed25519_seed=bytes(32), evm_key=b"\x01" * 32))
    for number in range(6):
        forger.append(f"E-{number}", "T-1" if number == 5 else f"T-{number + 10}", "quote", {})
    reports = trade(genuine.genuine(5), genuine.receipt(forger, 5, []))
    assert [report.verdict for report in reports] == [Verdict.GOOD, Verdict.LOG_NOT_TRUSTED]


def test_many_receipts_are_compared_quickly() -> None:
    data = [genuine.encode(genuine.genuine(5))] * 300
    reports = verify_receipts(data, trust=TRUST, now=NOW)
    assert {report.verdict for report in reports} == {Verdict.ANCHOR_NOT_CHECKED}
