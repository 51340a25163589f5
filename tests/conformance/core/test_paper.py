"""Paper receipts written by the oracle, read by `service.core`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.core import paper, receipt, trust
from service.core.hexs import from_hex
from service.core.paper import NoPaper, PaperError, PaperIncomplete, PaperMixed
from service.core.verify import verify_receipt

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "paper.json").read_text())
TRUST = trust.parse(json.dumps(VECTORS["trust"]).encode())
KINDS: dict[str, type[PaperError]] = {
    "none": NoPaper,
    "incomplete": PaperIncomplete,
    "mixed": PaperMixed,
    "damaged": PaperError,
}


def rows(kind: str) -> Any:
    return pytest.mark.parametrize("row", VECTORS[kind], ids=lambda row: row["name"])


def codes_of(row: dict[str, Any]) -> list[bytes]:
    return [from_hex(code, None) for code in row["codes"]]


@rows("accepted")
def test_accepted(row: dict[str, Any]) -> None:
    made = paper.to_receipt(paper.decode(codes_of(row)), TRUST)
    expected = receipt.parse(json.dumps(row["receipt"]).encode())
    assert made == expected
    report = verify_receipt(receipt.format(made), trust=TRUST, block_hashes={}, view=None, now=VECTORS["now"])
    assert report.verdict == "not_anchored_yet"
    # Our own codes of it say the same.
    assert (
        paper.to_receipt(paper.decode(paper.encode(replace(expected, hints={"tx": "x"})).codes), TRUST)
        == made
    )


@rows("refused")
def test_refused(row: dict[str, Any]) -> None:
    with pytest.raises(PaperError) as caught:
        paper.decode(codes_of(row))
    assert type(caught.value) is KINDS[row["kind"]]
