"""The verifier that runs in browsers: the same vectors, and Python's verdict on changed receipts."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from service.core import trust as trust_files
from service.core.verify import verify_receipt
from service.core.verify_evidence import verify_evidence
from tests.unit.cli.forgeries import Forgery, forgeries

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NODE = shutil.which("node") or next(iter(map(str, ROOT.glob(".venv/bin/node"))), None)
RECEIPTS: dict[str, Any] = json.loads((ROOT / "tests/vectors/receipts.json").read_text())
EVIDENCE: dict[str, Any] = json.loads((ROOT / "tests/vectors/evidence.json").read_text())

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node is not installed: scripts/bootstrap --dev brings it"),
    pytest.mark.skipif(
        not (ROOT / "node_modules/@noble/hashes").is_dir(), reason="scripts/bootstrap --dev installs noble"
    ),
]


def run(script: str, given: str = "", arguments: Sequence[str] = ()) -> list[str]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", str(HERE / script), *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=3000,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_vectors() -> None:
    *failures, counted = run("vectors.mjs")
    assert failures == []
    assert json.loads(counted)["checked"] > 800


def _spoilt(receipt: dict[str, Any], chance: random.Random) -> bytes:
    """A receipt with one thing changed somewhere: a character, a member, a number, a list."""
    value = json.loads(json.dumps(receipt))
    place: Any = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = chance.choice(keys)
        if isinstance(place[key], dict | list) and chance.random() < 0.85:
            place = place[key]
            continue
        place[key] = _changed(place[key], chance)
        break
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode()


def _changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        other = chance.choice('0123456789abcdefABCZ_-+/=\n "\\{}[]:,é—\u2028')
        return chance.choice(
            [value[:at] + other + value[at + 1 :], value[:at] + value[at + 1 :], value + other, ""]
        )
    if isinstance(value, int):
        return chance.choice([value + 1, value - 1, 0, -1, 2**53, value * 256, True, None, str(value)])
    if isinstance(value, list) and value:
        return chance.choice([value[:-1], value + value[-1:], value[::-1], [], None])
    return chance.choice([None, [], {}, "", 0, False])


FULL = pytest.mark.full


@pytest.mark.parametrize(
    ("kind", "rounds"),
    [
        ("receipt", 600),
        ("evidence", 150),
        pytest.param("receipt", 30_000, marks=FULL),
        pytest.param("evidence", 6_000, marks=FULL),
    ],
)
def test_same_verdict_and_same_steps_as_python(kind: str, rounds: int) -> None:
    vectors = {"receipt": RECEIPTS, "evidence": EVIDENCE}[kind]
    verify = {"receipt": verify_receipt, "evidence": verify_evidence}[kind]
    chance = random.Random(20261122)
    trust_bytes = json.dumps(vectors["trust"]).encode()
    named = {chain: hashes for case in vectors["cases"] for chain, hashes in case["block_hashes"].items()}
    files = [_spoilt(chance.choice(vectors["cases"])[kind], chance) for _ in range(rounds)]
    first = {"trust": base64.b64encode(trust_bytes).decode(), "block_hashes": named, "now": vectors["now"]}
    lines = [first, *({kind: base64.b64encode(each).decode()} for each in files)]
    answers = run("verify_lines.mjs", "".join(json.dumps(line) + "\n" for line in lines))
    trust = trust_files.parse(trust_bytes)
    hashes = {int(chain): {bytes.fromhex(each[2:]) for each in given} for chain, given in named.items()}
    verdicts = set()
    for data, answer in zip(files, answers, strict=True):
        report: Any = verify(data, trust=trust, block_hashes=hashes, now=vectors["now"])
        ours = {
            "verdict": str(report.verdict),
            "reason": report.reason,
            "steps": [[step.number, str(step.status), step.reason] for step in report.steps],
            "problems": [each.reason for each in getattr(report, "problems", ())],
        }
        assert json.loads(answer) == ours, data
        verdicts.add(str(report.verdict))
    assert len(verdicts) >= 3


def test_forgeries_by_hand() -> None:
    """The rows of tests/unit/cli/test_forgeries.py, judged as they are there."""
    rows = list(forgeries())
    given = [line for row in rows for line in _lines(row)]
    answers = run("verify_lines.mjs", "".join(json.dumps(line) + "\n" for line in given))
    for row, answer in zip(rows, map(json.loads, answers), strict=True):
        assert (answer["verdict"], answer["reason"]) == (row.verdict, row.reason), row.name


@pytest.mark.parametrize("kind", ["receipt", "evidence"])
def test_an_error_with_one_file_hides_nothing_of_another(kind: str) -> None:
    vectors = {"receipt": RECEIPTS, "evidence": EVIDENCE}[kind]
    anchored = next(each for each in vectors["cases"] if each["verdict"] == "good")[kind]
    files = [base64.b64encode(each.encode()).decode() for each in (json.dumps(anchored), "no receipt")]
    trust = base64.b64encode(json.dumps(vectors["trust"]).encode()).decode()
    first = {"trust": trust, "block_hashes": {}, "now": vectors["now"], "broken": True}
    lines = [first, {"files": files}, {"files": files[::-1]}]
    other, broken = map(
        json.loads, run("verify_lines.mjs", "".join(json.dumps(each) + "\n" for each in lines))
    )
    assert other["verdict"] == "wrong_file"
    assert broken["verdict"] == "internal_error"


def _lines(row: Forgery) -> list[dict[str, Any]]:
    files = [base64.b64encode(each).decode() for each in row.files]
    trust = base64.b64encode(row.trust).decode()
    first = {"trust": trust, "block_hashes": dict(row.blocks), "now": row.now}
    return [first, {"files": files}]
