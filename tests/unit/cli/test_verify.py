"""`tally verify`: exit codes, what it prints, and what it refuses as wrong usage."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from service.cli import verify as verify_command
from service.cli import verify_files
from service.cli.main import run
from service.cli.verify_text import LANGUAGES, Text, printable
from service.core.evidence_report import EVIDENCE_STEPS
from service.core.verdict import STEP_TITLES, Verdict
from service.core.verify import verify_receipt
from service.profiles import giftcard
from service.profiles.giftcard.catalogue import TITLES
from tests.reference import genuine

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def at_a_fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_command.time, "time_ns", lambda: genuine.NOW * 1_000_000)


class Desk:
    """A folder with receipts and a trust file, and the command over it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.write("trust.json", genuine.trust())
        self.hashes: list[str] = []
        for name, index, which in (("quote", 3, 0), ("acceptance", 5, 0), ("payout", 8, 1)):
            self.write(f"{name}.json", genuine.genuine(index, which), named=True)

    def write(self, name: str, value: Any, named: bool = False) -> str:
        path = self.folder / name
        path.write_bytes(value if isinstance(value, bytes) else genuine.encode(value))
        if named:
            for chain_id, hashes in genuine.block_hashes(value).items():
                self.hashes += [f"{chain_id}:0x{block.hex()}" for block in hashes]
        return str(path)

    def run(self, *names: str, trust: bool = True, named: bool = True, more: tuple[str, ...] = ()) -> int:
        files = [name if name.startswith(("-", "/")) else str(self.folder / name) for name in names]
        options = ["--trust", str(self.folder / "trust.json")] if trust else []
        for each in self.hashes if named else ():
            options += ["--block-hash", each]
        return run(["verify", *files, *options, *more])

    def output(self) -> str:
        return self.capsys.readouterr().out

    def json(self) -> Any:
        return json.loads(self.output())


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def spoilt() -> dict[str, Any]:
    return {**genuine.genuine(), "index": 4}


def test_good(desk: Desk) -> None:
    assert desk.run("acceptance.json", more=("--lang", "en")) == 0
    output = desk.output()
    assert output.startswith("✓ Genuine\n")
    signed = "nobody but the log has signed" not in output
    assert signed == ("what the platform or the user signed holds" in output)
    for told in ("Acceptance, id A-1, entry 2 of trade T-1", "卡卡同盟 (tallystick.test/logs/kaka), index 5"):
        assert told in output
    assert "2026-11-03 10:07:00 UTC (Beijing 2026-11-03 18:07:00)" in output
    assert "amount = 93500" in output


def test_good_in_chinese(desk: Desk) -> None:
    assert desk.run("acceptance.json", more=("--lang", "zh")) == 0
    output = desk.output()
    assert output.startswith("✓ 真实有效\n")
    assert "接受报价，编号 A-1，交易 T-1 的第 2 条" in output
    assert "2026-11-03 18:07:00 北京时间（UTC 2026-11-03 10:07:00）" in output


def test_the_lower_bound_is_the_logs_word(desk: Desk) -> None:
    assert desk.run("payout.json", more=("--lang", "en")) == 0
    output = desk.output()
    assert "not yet recorded" in output and "by the log's own signature" in output


def test_bad_undecided_and_wrong_files(desk: Desk) -> None:
    desk.write("spoilt.json", spoilt())
    desk.write("young.json", {**genuine.genuine(), "anchors": []})
    desk.write("other.json", {"a": 1})
    assert desk.run("spoilt.json") == 1
    assert "amount" not in desk.output(), "the content of a tampered receipt is not told as fact"
    assert desk.run("young.json") == 2
    assert desk.run("acceptance.json", named=False) == 2
    assert desk.run("acceptance.json", trust=False) == 2
    assert desk.run("other.json") == 3
    assert desk.run("trust.json") == 3
    assert desk.run("absent.json") == 3
    assert desk.run(str(desk.folder)) == 3


def test_files_that_are_too_long_are_not_read_whole(desk: Desk) -> None:
    path = desk.folder / "long.json"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    assert desk.run("long.json") == 3


def test_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO(genuine.encode(genuine.genuine()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(data))
    assert desk.run("-") == 0


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("acceptance.json", "quote.json"), 0),
        (("acceptance.json", "young.json"), 2),
        (("young.json", "other.json"), 3),
        (("other.json", "spoilt.json", "young.json"), 1),
    ],
)
def test_several_files(desk: Desk, names: tuple[str, ...], code: int) -> None:
    desk.write("spoilt.json", spoilt())
    desk.write("young.json", {**genuine.genuine(), "anchors": []})
    desk.write("other.json", {"a": 1})
    assert desk.run(*names) == code
    output = desk.output()
    assert all(name in output for name in names)
    assert f"{len(names)}" in output.splitlines()[-1]


def test_an_error_of_ours_is_4_and_hides_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(data: bytes, **options: Any) -> Any:
        if b'"index":8' in data:
            raise ZeroDivisionError
        return verify_receipt(data, **options)

    monkeypatch.setattr(verify_files, "verify_receipt", failing)
    desk.write("spoilt.json", spoilt())
    desk.write("other.json", {"a": 1})
    assert desk.run("payout.json") == 4
    assert desk.run("payout.json", "acceptance.json", "other.json") == 4
    assert desk.run("payout.json", "spoilt.json", more=("--json",)) == 1


def test_holes_of_a_trade_are_named(desk: Desk) -> None:
    assert desk.run("quote.json", "payout.json", more=("--lang", "en")) == 0
    assert "of trade T-1: seq 1" in desk.output()
    assert desk.run("quote.json", "acceptance.json", "payout.json", more=("--lang", "en")) == 0
    assert "not shown" not in desk.output()


def test_json(desk: Desk) -> None:
    assert desk.run("acceptance.json", "young.json", more=("--json",)) == 3
    told = desk.json()
    assert told["format"] == "tallystick-verification/1"
    assert told["exit_code"] == 3
    first, second = told["files"]
    assert (first["verdict"], first["exit_code"], first["reason"]) == ("good", 0, "good")
    assert [step["number"] for step in first["steps"]] == list(range(1, 10))
    assert first["facts"]["anchor"]["basis"] == "block_hash"
    assert first["facts"]["entry"]["leaf"].startswith("0x")
    assert first["facts"]["entry"]["claims"][1] == ["amount", 93_500]
    assert (second["verdict"], second["reason"]) == ("wrong_file", "file_unreadable")


@pytest.mark.parametrize(
    "options",
    [
        ("--trust", "/nowhere/trust.json"),
        ("--trust", __file__),
        ("--rpc", "ftp://127.0.0.1"),
        ("--rpc", "nonsense"),
        ("--rpc", "http://127.0.0.1:99999"),
        ("--rpc", "http://[::1"),
        ("--block-hash", "0x" + "00" * 32),
        ("--block-hash", "1:0x00"),
        ("--block-hash", "x:0x" + "00" * 32),
        ("--block-hash", "-1:0x" + "00" * 32),
        ("--block-hash", "１:0x" + "00" * 32),
        ("--lang", "fr"),
        ("--nonsense",),
    ],
)
def test_wrong_usage_is_3(desk: Desk, options: tuple[str, ...]) -> None:
    assert desk.run("acceptance.json", trust=False, more=options) == 3


def test_no_file_is_wrong_usage() -> None:
    assert run(["verify"]) == 3


def test_block_hashes_may_be_listed_and_in_capitals(desk: Desk) -> None:
    joined = ",".join(desk.hashes)
    assert desk.run("acceptance.json", named=False, more=("--block-hash", joined)) == 0
    shouted = joined.upper()
    assert desk.run("acceptance.json", named=False, more=("--block-hash", shouted)) == 0


def test_nothing_in_a_receipt_reaches_the_terminal_raw(desk: Desk) -> None:
    log = genuine.Log(genuine.KEYS)
    hostile = "a\x1b[2Jb\u202ec\x9bd\r\n"
    log.append("E-0", "T-0", "quote", {"note": hostile, "list": [hostile], "isolate": "\u2066\x07"})
    desk.write("hostile.json", genuine.receipt(log, 0, []))
    assert desk.run("hostile.json") == 2
    output = desk.output()
    assert "note = a\\x1b[2Jb\\u202ec\\x9bd\\r\\n" in output
    assert not set("\x1b\x9b\u202e\u2066\r\x07") & set(output)
    assert printable("全角　空格 ok") == "全角　空格 ok"
    assert desk.run("hostile.json", more=("--json",)) == 2
    output = desk.output()
    assert not set("\x1b\x9b\u202e\u2066\r\x07") & set(output)
    claims = dict(json.loads(output)["files"][0]["facts"]["entry"]["claims"])
    assert claims["note"] == hostile, "the same text, in escapes"


def test_a_name_that_is_no_text_is_told_in_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--json", "no\udcffwhere"]) == 3
    assert json.loads(capsys.readouterr().out)["files"][0]["file"] == "no\\udcffwhere"


def test_hints_are_never_told(desk: Desk) -> None:
    desk.write("hinted.json", {**genuine.genuine(), "hints": {"finality": "certainly final", "tx": "0xfeed"}})
    assert desk.run("hinted.json") == 0
    output = desk.output()
    assert "certainly final" not in output and "feed" not in output


def catalogue(language: str) -> Any:
    return json.loads((ROOT / f"service/cli/messages/{language}.json").read_text())


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_say_the_same() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    assert {group: list(codes) for group, codes in zh.items()} == {g: list(codes) for g, codes in en.items()}
    for code, sentence in zh["label"].items():
        assert placeholders(sentence) == placeholders(en["label"][code]), code


def reason_codes() -> set[str]:
    """Every code that a step of the core may end with, read off the source."""
    found: set[str] = set()
    raisers = {
        "StepFailed",
        "PromiseBroken",
        "WrongFile",
        "StepSkipped",
        "StepUndecided",
        "_not_trusted",
        "Step",
        "Problem",
        "_refused",
    }
    sources = [*(ROOT / "service/core").glob("verify*.py"), ROOT / "service/core/evidence_report.py"]
    for path in [*sources, ROOT / "service/cli/verify_evidence.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in raisers:
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                found |= {text for text in texts[:3] if isinstance(text, str) and "_" in text}
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                first = node.value.elts[0]
                found |= {first.value} if isinstance(first, ast.Constant) else set()
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
                found |= {
                    each.value
                    for each in ast.walk(node.value)
                    if isinstance(each, ast.Constant) and each.value
                }
    return {code for code in found if isinstance(code, str)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_sentence(language: str) -> None:
    told = catalogue(language)
    codes = reason_codes()
    assert len(codes) > 45
    assert codes <= set(told["reason"]), codes - set(told["reason"])
    assert {f"{name}_twice" for name in ("index", "event", "seq", "leaf")} <= set(told["reason"])
    assert set(told["verdict"]) == set(Verdict)
    assert set(told["evidence_verdict"]) == set(Verdict)
    assert set(told["step"]) == {*STEP_TITLES, *EVIDENCE_STEPS, "signatures_none"}
    assert set(told["basis"]) == {"block_hash", "node", "node_word"}
    assert set(told["promise"]) == {"kept", "broken", "open", "unknown"}


def test_event_types_are_named_as_in_the_profile() -> None:
    for language in LANGUAGES:
        names = {name: getattr(TITLES[name].title, language) for name in giftcard.EVENT_TYPES}
        assert catalogue(language)["type"] == names


def test_times_out_of_range_are_no_error() -> None:
    assert Text("en").time(2**64) == "time out of range"


def test_it_starts_without_the_heavy_libraries(desk: Desk) -> None:
    program = (
        "import sys; sys.argv = ['tally', 'verify', sys.argv[1]]\n"
        "from service.cli.main import run; run(sys.argv[1:])\n"
        "heavy = {'web3', 'sqlalchemy', 'sqlmodel', 'httpx', 'fastapi', 'pydantic', 'eth_account', 'msgspec',"
        " 'asyncio', 'http.client', 'ssl'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(desk.folder / "acceptance.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "[]", done.stderr
