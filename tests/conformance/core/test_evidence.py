"""Whole evidence with the verdict, and the names of all problems, that every verifier must reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.core import evidence, trust
from service.core.verify_evidence import verify_evidence
from tests.reference import genuine

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "vectors/evidence.json").read_text()
)
TRUST = trust.parse(json.dumps(VECTORS["trust"]).encode())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_verdict_is_the_expected_one(case: dict[str, Any]) -> None:
    named = {
        int(chain): {bytes.fromhex(each[2:]) for each in hashes}
        for chain, hashes in case["block_hashes"].items()
    }
    data = json.dumps(case["evidence"]).encode()
    report = verify_evidence(data, trust=TRUST, block_hashes=named, now=VECTORS["now"])
    found = [each.reason for each in report.problems]
    assert (report.verdict, report.exit_code, report.reason, found) == (
        case["verdict"],
        case["exit_code"],
        case["reason"],
        case["problems"],
    ), report.problems


@pytest.mark.parametrize("case", VECTORS["cases"][:7], ids=lambda case: case["name"])
def test_evidence_is_written_as_it_was_read(case: dict[str, Any]) -> None:
    data = genuine.encode(case["evidence"])
    assert evidence.format(evidence.parse(data)) == data
