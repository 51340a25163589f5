"""Simulated trades of all three platforms through HTTP: every receipt verifies, once it is anchored.

Sixty trades by default, two thousand with TALLY_TEST_FULL.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from service.cli.rpc_view import RpcView
from service.core import entry as entries
from service.core import receipt as receipts
from service.core import trust as trusts
from service.core.state_proof import parse_header
from service.core.verdict import Report, Verdict
from service.core.verify import verify_receipt
from tests.integration.api.service_process import ROOT, ServiceProcess

TRADES = 2000 if os.environ.get("TALLY_TEST_FULL") else 60
EVENTS_A_TRADE = 8  # fewer than any run had: the point is that trades are whole


def _simulate(service: ServiceProcess, folder: Path) -> dict[str, object]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "service", "simulate", "--data", str(service.data)),
            *("--platform", "all", "--trades", str(TRADES), "--seed", "20261122"),
            *("--messy", "0.3", "--dishonest", "0.2", "--receipts", str(folder), "--wait", "300", "--json"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout)
    assert isinstance(summary, dict)
    return summary


def _verdicts(reports: list[Report]) -> Counter[Verdict]:
    return Counter(report.verdict for report in reports)


def _forged_consents(data: Path) -> set[str]:
    """Events whose user's signature the simulator spoilt: their receipts must fail step 4, and nothing else
    may.
    """
    truths = [json.loads(line) for path in data.glob("simulation/*.truth.jsonl") for line in path.open()]
    return {event for truth in truths if "consent_invalid" in truth["codes"] for event in truth["events"]}


def _split(held: list[bytes], forged: set[str]) -> tuple[list[bytes], list[bytes]]:
    """Receipts of honest and of spoilt consents."""
    good, bad = [], []
    for each in held:
        (bad if entries.parse(receipts.parse(each).entry).statement.event in forged else good).append(each)
    return good, bad


def test_every_receipt_verifies_once_anchored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = ServiceProcess(tmp_path / "data").start()
    try:
        summary = _simulate(service, tmp_path / "receipts")
        print(json.dumps(summary, ensure_ascii=False))
        files = [
            path
            for path in (tmp_path / "receipts").rglob("*.receipt.json")
            if "operator" not in path.relative_to(tmp_path / "receipts").parts
        ]
        held = [path.read_bytes() for path in files]
        assert len(held) >= TRADES * EVENTS_A_TRADE
        trust = trusts.parse((service.data / "trust.json").read_bytes())
        view = RpcView([service.credentials["rpc"]])
        now = int(time.time() * 1000)
        held, spoilt = _split(held, _forged_consents(service.data))
        by_node = [verify_receipt(each, trust=trust, view=view, now=now) for each in held]
        assert _verdicts(by_node) == {Verdict.GOOD: len(held)}
        for each in spoilt:
            report = verify_receipt(each, trust=trust, view=view, now=now)
            assert (report.verdict, report.steps[3].reason) == (Verdict.CONSENT_INVALID, "consent_wrong")
    finally:
        service.stop()
    _verify_without_network(held, trust, now, monkeypatch)


def _verify_without_network(
    held: list[bytes], trust: trusts.Trust, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a verifier with block hashes needs no network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    known: dict[int, set[bytes]] = {}
    for each in held:
        for anchor in receipts.parse(each).anchors:
            assert anchor.state_proof is not None
            known.setdefault(anchor.chain_id, set()).add(parse_header(anchor.state_proof.header).hash)
    offline = [verify_receipt(each, trust=trust, block_hashes=known, now=now) for each in held]
    assert _verdicts(offline) == {Verdict.GOOD: len(held)}
    unchecked = [verify_receipt(each, trust=trust, now=now) for each in held[:200]]
    assert _verdicts(unchecked) == {Verdict.ANCHOR_NOT_CHECKED: len(unchecked)}
    stranger = [verify_receipt(each, trust=None, block_hashes=known, now=now) for each in held[:200]]
    assert _verdicts(stranger) == {Verdict.LOG_NOT_TRUSTED: len(stranger)}
