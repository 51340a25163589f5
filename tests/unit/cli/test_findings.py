"""`tally findings`: what it prints of a trade's receipts, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.cli.main import run
from service.core import receipt as receipts
from service.core.times import format_time
from service.simulate import generate
from tests.unit.profiles.findings.receipted import Log
from tests.unit.profiles.findings.simulated import START

NOW = format_time(START + 10 * 86_400_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Receipts of a tariff, of an honest trade, and of one that is paid short."""
    folder, log = tmp_path_factory.mktemp("receipts"), Log("kaka")
    made = list(generate("kaka", 200, 5, START, dishonest=1.0))
    short = next(each for each in made if each.truths and each.truths[0].kind == "payout_short")
    for name, trade in (("tariff", made[0]), ("short", short), ("quiet", made[-1])):
        for place, receipt in enumerate(log.append(trade)):
            (folder / f"{name}{place:02}.json").write_bytes(receipts.format(receipt))
    return folder


def files(folder: Path, *names: str) -> list[str]:
    return [str(path) for name in names for path in sorted(folder.glob(f"{name}*.json"))]


def test_the_worst_comes_first_and_says_by_how_much(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["findings", *files(folder, "tariff", "short"), "--now", NOW, "--lang", "en"]) == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert first.startswith("  [proved] payout_short: CNY ")
    assert first.endswith(" less.")


def test_chinese_and_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["findings", *files(folder, "tariff", "short"), "--now", NOW, "--lang", "zh", "--all"]) == 0
    out = capsys.readouterr().out
    assert "[已证实] payout_short: 按接受的报价应付" in out
    assert "[未证实] wrong_payee" in out


def test_json_is_canonical_and_the_same_for_any_order(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    given = files(folder, "tariff", "short")
    outputs = []
    for order in (given, given[::-1], [*given, given[-1]]):
        assert run(["findings", *order, "--now", NOW, "--json"]) == 0
        outputs.append(capsysbinary.readouterr().out)
    assert len(set(outputs)) == 1
    told = json.loads(outputs[0])
    assert told["format"] == "tallystick-findings/1"
    assert told["evaluated"] == NOW
    proved = [each["code"] for each in told["results"] if each["truth"] == "proved"]
    assert "payout_short" in proved


def test_a_missing_receipt_is_noticed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = files(folder, "tariff", "short")
    del given[-3]
    assert run(["findings", *given, "--now", NOW, "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "Note: entries are missing" in out
    assert "[proved] payout_short" not in out


@pytest.mark.parametrize(
    "case", ["absent", "no_receipt", "two_trades", "no_time", "broken", "bundle_and_more"]
)
def test_wrong_usage(folder: Path, tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.json").write_text("{}")
    (tmp_path / "zip.zip").write_bytes(b"PK\x03\x04 nothing")
    one = files(folder, "short")[0]
    broken = json.loads(Path(one).read_text())
    broken["disclosures"] = ["AAAA"]
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    arguments = {
        "absent": [str(tmp_path / "nothing.json")],
        "no_receipt": [str(tmp_path / "text.json")],
        "two_trades": files(folder, "short", "quiet"),
        "no_time": [one, "--now", "yesterday"],
        "broken": [str(tmp_path / "broken.json")],
        "bundle_and_more": [str(tmp_path / "zip.zip"), one],
    }[case]
    assert run(["findings", *arguments]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_trade_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = files(folder, "short", "quiet")
    trade = json.loads(json.loads(Path(given[0]).read_text())["entry"])["statement"]["trade"]
    assert run(["findings", *given, "--trade", trade, "--now", NOW, "--lang", "en"]) == 0
    assert f"Trade {trade}" in capsys.readouterr().out


def test_it_starts_without_chain_and_database() -> None:
    script = (
        "import sys, service.cli.findings;"
        "sys.exit(any(name in sys.modules for name in ('web3', 'sqlalchemy', 'fastapi', 'service.store')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
