from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from service import expert
from service.chain import artifact

ROOT = Path(__file__).resolve().parents[3]


def test_the_pack_equals_its_sources() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/expert-pack"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_holds_the_protocol_the_contract_and_its_code_hash() -> None:
    assert {"protocol.md", "contracts/AuditRegistry.sol", "registry.json", "vectors.sha256"} <= set(
        expert.files()
    )
    assert expert.code_hash() == "0x" + artifact.load().runtime_code_hash.hex()
