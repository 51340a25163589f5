"""The operator's cheats: genuine in form, and contradicted by what is genuine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from service.core import entry as core_entry
from service.core import receipt as core_receipt
from service.core import trust as core_trust
from service.core.checkpoint import parse_signed, verify_signed
from service.core.merkle import leaf_hash, verify_inclusion
from service.core.receipt import Receipt
from service.core.times import parse_time
from service.core.verify import verify_receipt
from service.simulate import operator, realistic_event_batch
from service.simulate.operator import CannotMutate
from tests.unit.client.true_log import NOW, TrueLog


@pytest.fixture
def log() -> TrueLog:
    """Three trades of ten events; the first is anchored before the others are posted."""
    log = TrueLog()
    for start in (0, 10, 20):
        for event in realistic_event_batch(30, 2)[start : start + 10]:
            log.append([event])
        log.now += 200_000
    log.anchored = [10, 30]
    return log


@pytest.fixture
def trades(log: TrueLog) -> list[list[Receipt]]:
    receipts = [log.receipt(stored) for stored in log.entries]
    return [receipts[start : start + 10] for start in (0, 10, 20)]


def everything(trades: list[list[Receipt]]) -> list[Receipt]:
    return [receipt for trade in trades for receipt in trade]


def genuine_but_for_the_cheat(receipt: Receipt, signer: object) -> None:
    """The receipt hangs together and is signed by the key that the case's trust file names."""
    assert isinstance(signer, operator.CheckpointSigner)
    signed = verify_signed(receipt.checkpoint, signer.identity, signer.vkey, signer.address)
    verify_inclusion(leaf_hash(receipt.entry), receipt.index, signed.size, receipt.inclusion, signed.root)
    assert core_receipt.parse(core_receipt.format(receipt)) == receipt


def test_back_dated(trades: list[list[Receipt]]) -> None:
    signer = operator.signer_for(trades[0][0], 1)
    case = operator.back_dated(trades[2], everything(trades), signer)
    [witness] = case.context
    forged = case.shown[-1]
    genuine_but_for_the_cheat(forged, signer)
    # FINDINGS: received < signedAt(last anchored checkpoint with size <= index) - 120 s.
    anchor = witness.anchors[0]
    assert anchor.size <= forged.index
    assert anchor.checkpoint is not None
    signed_at = parse_signed(anchor.checkpoint).signed_at
    assert parse_time(core_entry.parse(forged.entry).received) < (signed_at - 120) * 1000
    assert case.shown[:-1] == tuple(trades[2][:-1])


def test_back_dating_needs_an_anchor_before(trades: list[list[Receipt]]) -> None:
    signer = operator.signer_for(trades[0][0], 1)
    with pytest.raises(CannotMutate):
        operator.back_dated(trades[0], everything(trades), signer)


def test_chain_broken(trades: list[list[Receipt]]) -> None:
    signer = operator.signer_for(trades[0][0], 1)
    case = operator.chain_broken(trades[1], everything(trades), signer)
    last, before = case.shown[-1], case.shown[-2]
    genuine_but_for_the_cheat(last, signer)
    parsed = core_entry.parse(last.entry)
    assert parsed.prev != leaf_hash(before.entry)
    assert parsed.seq == core_entry.parse(before.entry).seq + 1
    with pytest.raises(CannotMutate):
        operator.chain_broken(trades[1][:1], everything(trades), signer)


def test_entry_absent(trades: list[list[Receipt]]) -> None:
    signer = operator.signer_for(trades[0][0], 1)
    case = operator.entry_absent(trades[1], everything(trades), signer)
    [shown], [held] = case.shown, case.context
    genuine_but_for_the_cheat(shown, signer)
    assert shown.index == held.index
    assert leaf_hash(shown.entry) != leaf_hash(held.entry)
    assert core_entry.parse(shown.entry).statement == core_entry.parse(held.entry).statement


def test_anchor_late_needs_a_proved_anchor(trades: list[list[Receipt]]) -> None:
    signer = operator.signer_for(trades[0][0], 1)
    with pytest.raises(CannotMutate):
        operator.anchor_late(trades[0], everything(trades), signer)


def test_anchor_late(trades: list[list[Receipt]], monkeypatch: pytest.MonkeyPatch) -> None:
    signer = operator.signer_for(trades[0][0], 1)
    monkeypatch.setattr(operator, "_anchored_at", lambda receipt: NOW // 1000 + 7)
    case = operator.anchor_late(trades[0], everything(trades), signer)
    [shown] = case.shown
    signed = verify_signed(shown.checkpoint, signer.identity, signer.vkey, signer.address)
    assert signed.anchor_by == signed.signed_at < NOW // 1000 + 7
    assert replace(shown, checkpoint=trades[0][-1].checkpoint) == trades[0][-1], "nothing else was touched"


def test_cases_are_written_with_truths_and_trust(
    tmp_path: Path, log: TrueLog, trades: list[list[Receipt]]
) -> None:
    truths, trust = operator.write_cases(tmp_path, "kaka", trades, log.trust, 1)
    assert [truth.codes for truth in truths] == [("back_dated",), ("chain_broken",), ("entry_absent",)]
    assert {path.name for path in tmp_path.iterdir()} == {
        "kaka-back_dated",
        "kaka-chain_broken",
        "kaka-entry_absent",
    }
    path = operator.write_trust(tmp_path, trust)
    believed = core_trust.parse(path.read_bytes())
    assert len(believed.logs[0].keys) == 2
    assert believed.logs[0].keys[0] == log.trust.logs[0].keys[0]
    for truth in truths:
        assert json.loads(truth.line())["kind"] == f"operator.{truth.codes[0]}"
        [shown] = (tmp_path / f"kaka-{truth.codes[0]}").glob(f"{truth.events[0]}.receipt.json")
        # By itself the receipt is one of a trusted log: not tampered, only not anchored.
        report = verify_receipt(shown.read_bytes(), trust=believed, now=NOW + 1_000_000)
        assert report.exit_code == 2, report
        assert verify_receipt(shown.read_bytes(), trust=log.trust, now=NOW + 1_000_000).exit_code != 0


def test_the_same_seed_cheats_with_the_same_key(trades: list[list[Receipt]]) -> None:
    one, two, other = (operator.signer_for(trades[0][0], seed) for seed in (1, 1, 2))
    assert one.address == two.address != other.address
