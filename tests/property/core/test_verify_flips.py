"""No changed byte of a genuine receipt goes unnoticed, and each is noticed in the right step."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from service.core import trust as trust_files
from service.core.canonical import parse as parse_json
from service.core.errors import CanonicalizationError
from service.core.verdict import Report, Status, Verdict
from service.core.verify import verify_receipt
from tests.reference import genuine

TRUST = trust_files.parse(genuine.encode(genuine.trust()))
RECEIPT = genuine.genuine()
HASHES = genuine.block_hashes(RECEIPT)
DATA = genuine.encode(RECEIPT)

FULL = os.environ.get("TALLY_TEST_FULL") == "1"
"""Every bit of every byte instead of one change a byte."""

ENTRY = {
    "entry_malformed",
    "entry_of_other_log",
    "disclosure_not_committed",
    "signature_wrong",
    "not_included",
}
NOTE = {"checkpoint_malformed", "checkpoint_of_other_log", "checkpoint_signature_wrong", "not_included"}
ANCHOR_NOTE = {
    "anchor_note_malformed",
    "anchor_note_differs",
    "checkpoint_of_other_log",
    "checkpoint_signature_wrong",
}

# Pointer → which step must object, and with which reasons.
PLACES: dict[tuple[str | int, ...], tuple[set[int], set[str]]] = {
    ("entry",): ({2, 3, 4, 5}, ENTRY),
    ("disclosures", 0): ({3}, {"disclosure_malformed", "disclosure_not_committed"}),
    ("disclosures", 3): ({3}, {"disclosure_malformed", "disclosure_not_committed"}),
    ("checkpoint",): (
        {5, 6},
        NOTE | {"signed_in_the_future", "promise_out_of_bounds", "signed_at_other_time"},
    ),
    ("inclusion", 0): ({5}, {"not_included"}),
    ("inclusion", 1): ({5}, {"not_included"}),
    ("log", "origin"): ({2}, {"entry_of_other_log"}),
    ("log", "id"): ({4, 6}, {"signature_wrong", "checkpoint_signature_wrong"}),
    ("log", "registry"): ({4, 6}, {"signature_wrong", "checkpoint_signature_wrong"}),
    ("anchors", 0, "registry"): ({7}, {"anchor_in_other_registry"}),
    ("anchors", 0, "root"): ({7}, {"not_anchored_there"}),
    ("anchors", 0, "inclusion", 0): ({7}, {"not_anchored_there"}),
    ("anchors", 0, "inclusion", 2): ({7}, {"not_anchored_there"}),
    ("anchors", 0, "checkpoint"): ({7}, ANCHOR_NOTE | {"signed_in_the_future", "promise_out_of_bounds"}),
    ("anchors", 0, "state_proof", "account", 0): ({7}, {"state_proof_wrong"}),
    ("anchors", 0, "state_proof", "account", 1): ({7}, {"state_proof_wrong"}),
    ("anchors", 0, "state_proof", "storage", 0): ({7}, {"state_proof_wrong"}),
    ("anchors", 0, "state_proof", "header"): (
        {7, 8},
        {"state_proof_wrong", "slot_impossible", "block_not_named"},
    ),
}


def check(data: bytes) -> Report:
    return verify_receipt(data, trust=TRUST, block_hashes=HASHES, now=genuine.NOW)


def test_the_receipt_itself_is_good() -> None:
    report = check(DATA)
    assert report.verdict is Verdict.GOOD
    assert all(step.status is Status.OK for step in report.steps[:8])


def text_at(value: Any, place: tuple[str | int, ...]) -> Any:
    for token in place:
        value = value[token]
    return value


def replaced(place: tuple[str | int, ...], new: object) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(DATA)
    text_at(changed, place[:-1])[place[-1]] = new
    return changed


def flips(text: str, every: bool) -> Iterator[str]:
    """Each character changed once: a hex digit into another (so that the format stays), else by one bit."""
    source = random.Random(7)
    for place in range(len(text)):
        old = text[place]
        if text.startswith("0x"):
            options = [digit for digit in "0123456789abcdef" if digit != old] if place > 1 else ["y"]
        else:
            options = [chr(ord(old) ^ bit) for bit in (1, 2, 4, 8, 16, 32)]
        for new in options if every else [source.choice(options)]:
            yield text[:place] + new + text[place + 1 :]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "/".join(map(str, place)))
def test_any_changed_character_is_noticed_in_the_right_step(place: tuple[str | int, ...]) -> None:
    steps, reasons = PLACES[place]
    for mutant in flips(text_at(RECEIPT, place), FULL):
        report = check(json.dumps(replaced(place, mutant)).encode())
        decisive = [step for step in report.steps if step.status in (Status.BAD, Status.UNDECIDED)]
        assert decisive, mutant
        malformed = report.reason in ("receipt_malformed", "not_a_receipt")
        assert malformed or (decisive[0].number in steps and report.reason in reasons), (mutant, report)
        assert report.exit_code == (2 if report.reason == "block_not_named" else 1), (mutant, report)


def test_any_changed_byte_of_the_file_is_noticed() -> None:
    """On the level of the file's bytes: whatever the byte becomes, never good, and never an error of ours."""
    source = random.Random(8)
    for place in range(len(DATA)):
        for mask in (1, 2, 4, 8, 16, 32, 64, 128) if FULL else (source.randint(1, 255),):
            mutant = bytearray(DATA)
            mutant[place] ^= mask
            report = check(bytes(mutant))
            assert report.exit_code in (1, 2, 3) or means_the_same(bytes(mutant)), (place, mask)


def means_the_same(data: bytes) -> bool:
    try:
        value = parse_json(data, max_bytes=1 << 20)
    except CanonicalizationError:
        return False
    genuine_value = json.loads(DATA)
    del value["hints"], genuine_value["hints"]
    return bool(value == genuine_value)
