"""Every test that the threat model names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_named_test_exists() -> None:
    text = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:test|invariant)_\w+)`", text))
    python = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    solidity = {
        name
        for path in (ROOT / "tests/contracts/forge").glob("*.sol")
        for name in re.findall(r"function (\w+)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 80
    assert named - python - solidity == set()
