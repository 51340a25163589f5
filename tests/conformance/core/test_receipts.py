"""Whole receipts with the verdict that every verifier must reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.core import trust
from service.core.verify import verify_receipt

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "vectors/receipts.json").read_text()
)
TRUST = trust.parse(json.dumps(VECTORS["trust"]).encode())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_verdict_is_the_expected_one(case: dict[str, Any]) -> None:
    named = {
        int(chain): {bytes.fromhex(each[2:]) for each in hashes}
        for chain, hashes in case["block_hashes"].items()
    }
    data = json.dumps(case["receipt"]).encode()
    report = verify_receipt(data, trust=TRUST, block_hashes=named, now=VECTORS["now"])
    assert (report.verdict, report.exit_code, report.reason) == (
        case["verdict"],
        case["exit_code"],
        case["reason"],
    )
    if case["step"]:
        assert report.steps[case["step"] - 1].reason == case["reason"]
