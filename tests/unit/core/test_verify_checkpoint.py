"""Steps 5 and 6: inclusion, and the checkpoint's signatures, keys and times."""

from __future__ import annotations

import copy
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.core import trust as trust_files
from service.core.verdict import Status, Verdict
from tests.reference import genuine
from tests.reference.genuine import T0
from tests.unit.core.verification import (
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


def test_another_index_or_path_is_bad(receipt: Value) -> None:
    tampered(verify({**receipt, "index": 4}), 5, "not_included")
    tampered(verify({**receipt, "index": 10**9}), 5, "not_included")
    tampered(verify({**receipt, "inclusion": receipt["inclusion"][:-1]}), 5, "not_included")
    tampered(verify({**receipt, "inclusion": [*receipt["inclusion"], "0x" + "00" * 32]}), 5, "not_included")


def test_a_checkpoint_that_cannot_be_read_is_bad(receipt: Value) -> None:
    report = verify({**receipt, "checkpoint": receipt["checkpoint"].replace("\n\n", "\n")})
    tampered(report, 6, "checkpoint_malformed")
    assert status(report, 5) is Status.SKIPPED


def with_note(note: str) -> Value:
    return {**genuine.genuine(), "checkpoint": note}


def test_the_checkpoint_is_signed_when_the_entry_is_received() -> None:
    received = T0 + 301
    for difference in (-120, 0, 120):
        assert verify(with_note(LOG.note(6, received + difference))).verdict is Verdict.GOOD
    for difference in (-121, 121):
        tampered(verify(with_note(LOG.note(6, received + difference))), 6, "signed_at_other_time")


def test_the_checkpoint_is_not_signed_in_the_future(receipt: Value) -> None:
    receipt["anchors"] = []
    signed = (T0 + 301) * 1000
    assert verify(receipt, now=signed - 120_000).verdict is not Verdict.TAMPERED
    tampered(verify(receipt, now=signed - 120_001), 6, "signed_in_the_future")


def test_the_promise_is_within_max_delay() -> None:
    signed = T0 + 301
    for promised in (signed, signed + genuine.MAX_DELAY):
        assert verify(with_note(LOG.note(6, signed, promised))).exit_code in (0, 1)
        assert status(verify(with_note(LOG.note(6, signed, promised))), 6) is Status.OK
    for promised in (signed - 1, signed + genuine.MAX_DELAY + 1, 0):
        tampered(verify(with_note(LOG.note(6, signed, promised))), 6, "promise_out_of_bounds")


def test_without_trust_nothing_is_good_and_tampering_still_shows(receipt: Value) -> None:
    undecided(verify(receipt, trust=None), Verdict.LOG_NOT_TRUSTED, 6, "no_trust")
    receipt["disclosures"][1] = genuine.disclosures("A-1", {"amount": 93_501})[0]
    tampered(verify(receipt, trust=None), 3, "disclosure_not_committed")
    spoilt = genuine.genuine()
    spoilt["anchors"][0]["state_proof"]["storage"].pop()
    tampered(verify(spoilt, trust=None), 7, "state_proof_wrong")


def test_logs_chains_and_keys_that_the_caller_does_not_know(receipt: Value) -> None:
    other = genuine.make_keys("tallystick.test/logs/other", b"other")
    trust = genuine.trust()
    for change, reason in (
        ({"logs": []}, "unknown_log"),
        ({"chains": []}, "unknown_registry"),
        ({"logs": [{**trust["logs"][0], "chain_id": 1}]}, "unknown_registry"),
        ({"logs": [{**trust["logs"][0], "keys": []}]}, "unknown_key"),
    ):
        report = verify(receipt, trust=parse_trust({**trust, **change}))
        undecided(report, Verdict.LOG_NOT_TRUSTED, 6, reason)
    assert other.log != LOG.keys.log


def with_keys(*keys: Value) -> trust_files.Trust:
    return parse_trust(genuine.trust(keys=list(keys)))


def test_both_signatures_must_be_by_one_pair(receipt: Value) -> None:
    own = genuine.trust()["logs"][0]["keys"][0]
    stranger = genuine.make_keys(seed=b"stranger")
    mixed = {**own, "address": stranger.address}
    tampered(verify(receipt, trust=with_keys(mixed)), 6, "checkpoint_signature_wrong")
    swapped = {**own, "ed25519": stranger.vkey}
    tampered(verify(receipt, trust=with_keys(swapped)), 6, "checkpoint_signature_wrong")
    tampered(verify(receipt, trust=with_keys(mixed, swapped)), 6, "checkpoint_signature_wrong")
    assert verify(receipt, trust=with_keys(mixed, own)).verdict is Verdict.GOOD


def test_keys_are_good_from_added_to_retired(receipt: Value) -> None:
    own = genuine.trust()["logs"][0]["keys"][0]
    for change in ({"added": genuine.time_text(T0 + 301 + 121)}, {"retired": genuine.time_text(T0 + 300)}):
        report = verify(receipt, trust=with_keys({**own, **change}))
        undecided(report, Verdict.LOG_NOT_TRUSTED, 6, "key_not_active")
    later = genuine.time_text(T0 + 361)  # the anchored note was signed then
    assert verify(receipt, trust=with_keys({**own, "retired": later})).verdict is Verdict.GOOD


def test_a_note_signed_by_a_stranger_is_not_trusted(receipt: Value) -> None:
    forger = copy.deepcopy(LOG)
    forger.keys = replace(LOG.keys, ed25519_seed=bytes(32), evm_key=b"\x01" * 32)
    receipt["checkpoint"] = forger.note(6, T0 + 301)
    undecided(verify(receipt), Verdict.LOG_NOT_TRUSTED, 6, "unknown_key")
    forger.keys = replace(LOG.keys, ed25519_seed=bytes(32))
    receipt["checkpoint"] = forger.note(6, T0 + 301)
    tampered(verify(receipt), 6, "checkpoint_signature_wrong")


def test_the_ed25519_line_is_verified(receipt: Value) -> None:
    other_root = LOG.note(6, T0 + 301).split("\n\n")
    shorter = LOG.note(5, T0 + 301).split("\n\n")
    line = shorter[1].split("\n")[0]
    receipt["checkpoint"] = other_root[0] + "\n\n" + line + "\n" + other_root[1].split("\n")[1] + "\n"
    tampered(verify(receipt), 6, "checkpoint_signature_wrong")


def test_a_checkpoint_of_another_origin_is_bad(receipt: Value) -> None:
    other = copy.deepcopy(LOG)
    other.keys = replace(LOG.keys, origin="tallystick.test/logs/other")
    receipt["checkpoint"] = other.note(6, genuine.signed_at(6))
    tampered(verify(receipt), 6, "checkpoint_of_other_log")


def with_line(note: str, line: int, change: Callable[[bytes], bytes]) -> str:
    """The note with the decoded bytes of one signature line changed."""
    lines = note.split("\n")
    dash, name, encoded = lines[4 + line].split(" ")
    lines[4 + line] = f"{dash} {name} {b64encode(change(b64decode(encoded))).decode()}"
    return "\n".join(lines)


@pytest.mark.parametrize("trust", [TRUST, None])
def test_the_second_key_id_commits_to_signer_and_registry(receipt: Value, trust: object) -> None:
    receipt["checkpoint"] = with_line(receipt["checkpoint"], 1, lambda data: bytes([data[0] ^ 1]) + data[1:])
    tampered(verify(receipt, trust=trust), 6, "checkpoint_signature_wrong")


def test_the_first_key_id_must_be_the_pairs(receipt: Value) -> None:
    receipt["checkpoint"] = with_line(receipt["checkpoint"], 0, lambda data: bytes([data[0] ^ 1]) + data[1:])
    tampered(verify(receipt), 6, "checkpoint_signature_wrong")


def test_a_log_does_not_change_its_name() -> None:
    """The same log id, signed by the log's own key, under another origin."""
    renamed = genuine.Log(replace(LOG.keys, origin="tallystick.test/logs/renamed"))
    renamed.append("E-0", "T-0", "quote", {})
    given = genuine.receipt(renamed, 0, [])
    tampered(verify(given), 6, "checkpoint_of_other_log")
    undecided(verify(given, trust=None), Verdict.LOG_NOT_TRUSTED, 6, "no_trust")
