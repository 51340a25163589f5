"""A checkpoint key is rotated beside the running service; receipts of before, between and after stay good."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from service.bootstrap.access import key_files
from service.cli.main import run
from service.core import eip712, receipt, trust
from service.core.checkpoint import CheckpointSigner, LogIdentity, parse_signed
from service.core.entry import parse as parse_entry
from service.core.receipt import Receipt
from service.core.state_proof import parse_header
from service.core.times import parse_time
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from tests.integration.api.service_process import ROOT, ServiceProcess, quote

DEADLINE = 60.0


def tally(capsys: pytest.CaptureFixture[str], running: ServiceProcess, *arguments: str) -> dict[str, str]:
    code = run(["log", *arguments, "--data", str(running.data), "--config", running.options[1]])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return dict(json.loads(captured.out))


def posted(kaka: httpx.Client) -> tuple[str, Receipt]:
    answer = kaka.post("/v1/events", json=quote())
    assert answer.status_code == 201, answer.text
    return answer.headers["location"], receipt.parse(answer.content)


def signer_of(held: Receipt) -> str:
    """The address of the key that signed a receipt's promise."""
    identity = LogIdentity(held.log.origin, held.log.id, held.log.chain_id, held.log.registry)
    signed = parse_signed(held.checkpoint)
    return eip712.recover(signed.digest(identity), signed.signature)


def anchored(kaka: httpx.Client, place: str) -> Receipt:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        held = receipt.parse(kaka.get(place).content)
        if held.anchors and held.anchors[0].state_proof is not None:
            return held
        time.sleep(0.25)
    raise AssertionError("not anchored in time")


def test_receipts_of_a_rotation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("TALLY_")]:
        monkeypatch.delenv(name)
    chain = tmp_path / "chain.toml"
    shipped = (ROOT / "chain-config/local.toml").read_text("utf-8")
    chain.write_text(shipped.replace("interval_seconds = 5", "interval_seconds = 1"), "utf-8")
    data = tmp_path / "data"
    running = ServiceProcess(data, "--chain", str(chain), environment={"TALLY_PLATFORMS": "kaka"}).start()
    try:
        with running.client() as kaka:
            before = posted(kaka)
            told = tally(capsys, running, "rotate-key", "kaka", "--in", "1")
            switch = parse_time(told["signs_from"].replace("Z", ".000Z"), "")
            between = posted(kaka)
            _wait_until(switch)
            after = posted(kaka)
            old, new = signer_of(before[1]), told["address"]
            for _, held in (between, after):
                early = 1000 * parse_signed(held.checkpoint).signed_at < switch
                assert signer_of(held) == (old if early else new)
            retired = tally(capsys, running, "retire-key", "kaka", old, "--yes")
            last = posted(kaka)
            receipts = [anchored(kaka, place) for place, _ in (before, between, after, last)]
            trade = parse_entry(before[1].entry).statement.trade
            bundle = kaka.get(f"/v1/trades/{trade}/evidence.zip").content
            _sealed(capsys, running, kaka)
    finally:
        assert running.stop() == 0
    _good_offline(tmp_path, data / "trust.json", receipts, bundle, capsys)
    believed = trust.parse((data / "trust.json").read_bytes())
    first, second = believed.logs[0].keys
    assert (first.address, second.address, second.added, second.retired) == (old, new, switch, None)
    assert first.retired == parse_time(retired["retired"].replace("Z", ".000Z"), "")
    _too_late_for_the_old_key(data, receipts[-1], first.retired, believed)


def _sealed(capsys: pytest.CaptureFixture[str], running: ServiceProcess, kaka: httpx.Client) -> None:
    """A log that its owner sealed takes no events, and that is no alarm."""
    options = ["--data", str(running.data), "--config", running.options[1]]
    assert run(["log", "seal", "kaka", "--yes", *options]) == 0
    assert "kaka is sealed" in capsys.readouterr().out
    assert kaka.post("/v1/events", json=quote()).status_code == 503
    assert 'tally_log_halted{log="kaka"} 0.0' in kaka.get("/metrics").text
    assert kaka.get("/readyz").json()["halted"] == ["kaka"]


def _wait_until(ms: int) -> None:
    while time.time_ns() // 1_000_000 < ms:
        time.sleep(0.05)


def _good_offline(
    folder: Path, trusted: Path, held: list[Receipt], bundle: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0, all of them, with the trust file and block hashes that the reader names; no network."""
    files, named = [folder / "bundle.zip"], set()
    files[0].write_bytes(bundle)
    for number, each in enumerate(held):
        files.append(folder / f"{number}.receipt.json")
        files[-1].write_bytes(receipt.format(each))
        proof = each.anchors[0].state_proof
        assert proof is not None
        named.add(f"{each.log.chain_id}:0x{parse_header(proof.header).hash.hex()}")
    hashes = [part for each in sorted(named) for part in ("--block-hash", each)]
    code = run(["verify", *map(str, files), "--trust", str(trusted), *hashes])
    captured = capsys.readouterr()
    assert code == 0, captured.out + captured.err


def _too_late_for_the_old_key(data: Path, held: Receipt, retired: int, believed: trust.Trust) -> None:
    """The same promise, signed by the retired key after its retirement, is nobody's any more."""
    old = key_files(data).checkpoints("kaka")[1]
    identity = LogIdentity(held.log.origin, held.log.id, held.log.chain_id, held.log.registry)
    signed = parse_signed(held.checkpoint)
    at = max(retired // 1000 + 1, signed.signed_at)
    note = CheckpointSigner(identity, old.ed25519_seed, old.evm_key).sign(
        signed.size, signed.root, at, at + 60
    )
    forged = replace(held, checkpoint=note, anchors=())
    report = verify_receipt(receipt.format(forged), trust=believed, now=1000 * at + 60_000)
    assert report.verdict is Verdict.LOG_NOT_TRUSTED
    assert "key_not_active" in {step.reason for step in report.steps}
