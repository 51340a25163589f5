"""`tally verify` of bundles and evidence: what it finds, what it restores, what it refuses to open."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.cli import verify as verify_command
from service.cli.main import run
from service.cli.verify_evidence import check_evidence
from service.cli.verify_files import Checking
from service.core import evidence_manifest as manifests
from service.core import note as notes
from service.core import trust as trust_files
from service.core.bundle_archive import BundleRefused, open_bundle
from service.core.hexs import from_hex
from service.core.verdict import Verdict
from tests.reference import genuine, vectors_evidence
from tests.unit.cli import bundles

ROOT = Path(__file__).resolve().parents[3]
BUNDLE = bundles.bundle()
FILES = bundles.contents(BUNDLE)
TRUST = trust_files.parse(genuine.encode(genuine.trust()))
BLOCKS = {31337: {from_hex(each.partition(":")[2]) for each in bundles.block_hashes()}}
CHECKING = Checking(TRUST, BLOCKS, None, genuine.NOW)
Value = dict[str, Any]


@pytest.fixture(autouse=True)
def at_a_fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_command.time, "time_ns", lambda: genuine.NOW * 1_000_000)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    (tmp_path / "trust.json").write_bytes(genuine.encode(genuine.trust()))

    def verify(*files: bytes, more: tuple[str, ...] = ("--json",), named: bool = True) -> tuple[int, Any]:
        names = []
        for number, data in enumerate(files):
            path = tmp_path / f"file{number}"
            path.write_bytes(data)
            names.append(str(path))
        options = ["--trust", str(tmp_path / "trust.json")]
        for each in bundles.block_hashes() if named else ():
            options += ["--block-hash", each]
        code = run(["verify", *names, *options, *more])
        told = capsys.readouterr().out
        return code, json.loads(told) if "--json" in more else told

    return verify


def only(told: Value) -> Value:
    (found,) = told["files"]
    return found  # type: ignore[no-any-return]


def problems(told: Value) -> list[str]:
    return [each["reason"] for each in only(told)["problems"]]


def checked(data: bytes) -> tuple[Verdict, list[str]]:
    report = check_evidence(CHECKING, data, [], []).report
    return report.verdict, [each.reason for each in report.problems]


@pytest.mark.parametrize("data", [BUNDLE, FILES["evidence.json"]], ids=["zip", "json"])
def test_genuine_evidence_is_good(desk: Any, data: bytes) -> None:
    code, told = desk(data)
    assert (code, only(told)["verdict"], problems(told)) == (0, "good", [])
    assert only(told)["head"]["count"] == 3
    assert [each["verdict"] for each in only(told)["entries"]] == ["good"] * 3
    assert {each["code"] for each in only(told)["findings"]} >= {"payout_short", "chain_broken"}


def test_without_a_view_it_is_undecided_and_without_trust_nobodys(desk: Any) -> None:
    code, told = desk(BUNDLE, named=False)
    assert (code, only(told)["verdict"]) == (2, "anchor_not_checked")
    report = check_evidence(Checking(None, BLOCKS, None, genuine.NOW), BUNDLE, [], []).report
    assert (report.verdict, report.exit_code) == (Verdict.LOG_NOT_TRUSTED, 2)


def test_a_bundle_packed_again_is_as_good() -> None:
    assert checked(bundles.repacked(FILES, zipfile.ZIP_DEFLATED)) == (Verdict.GOOD, [])


def change(path: str, content: bytes | None) -> bytes:
    files = dict(FILES)
    if content is None:
        del files[path]
    else:
        files[path] = content
    return bundles.repacked(files)


RECEIPT = "receipts/001-A-1.receipt.json"
PHOTO = next(path for path in FILES if path.startswith("attachments/"))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (change("VERIFY.txt", b"all is well"), ["file_altered"]),
        (change("certificate.pdf", None), ["file_missing"]),
        (change("certificate2.pdf", b"%PDF"), ["file_unlisted"]),
        (change(RECEIPT, FILES["receipts/000-Q-1.receipt.json"]), ["file_altered"]),
        (change(RECEIPT, b"{}"), ["file_altered", "receipt_file_differs"]),
        (change(PHOTO, b"another photograph"), ["file_altered", "attachment_altered"]),
        (change("attachments/" + "00" * 32, b"x"), ["file_unlisted", "attachment_unknown"]),
        (change("manifest.note", None), ["manifest_wrong"]),
        (change("manifest.json", FILES["manifest.json"] + b"\n"), ["manifest_wrong"]),
    ],
)
def test_every_file_is_the_one_listed(data: bytes, found: list[str]) -> None:
    assert checked(data) == (Verdict.TAMPERED, found)


def test_a_manifest_is_of_its_evidence_and_by_the_log() -> None:
    other = bundles.contents(bundles.bundle(bundles.evidence(taken=genuine.time_text(genuine.T0 + 4000))))
    swapped = FILES | {name: other[name] for name in ("manifest.json", "manifest.note")}
    assert checked(bundles.repacked(swapped))[1][0] == "manifest_wrong"
    stranger = genuine.make_keys(seed=b"stranger")
    trust = genuine.trust()
    trust["logs"][0]["keys"][0]["ed25519"] = stranger.vkey
    unknown = Checking(trust_files.parse(genuine.encode(trust)), BLOCKS, None, genuine.NOW)
    assert check_evidence(unknown, BUNDLE, [], []).report.verdict is Verdict.TAMPERED


def resigned(edit: Callable[[Value], Any], signatures: int = 1) -> bytes:
    """The bundle with another manifest, really signed by the log."""
    value = json.loads(FILES["manifest.json"])
    edit(value)
    data = genuine.encode(value)
    signer = bundles.Signer()
    body = manifests.note_body(manifests.parse(data), data)
    note = notes.sign(body, [signer.plain] * signatures).encode()
    return bundles.repacked(FILES | {"manifest.json": data, "manifest.note": note})


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (resigned(lambda v: None), []),
        (resigned(lambda v: None, signatures=2), ["manifest_wrong"]),
        (resigned(lambda v: v["files"].append(v["files"][0])), ["manifest_wrong"]),
        (resigned(lambda v: v["files"][0].update(sm3="0x" + "00" * 32)), ["file_altered"]),
        (resigned(lambda v: v["files"][0].update(sha256="0x" + "00" * 32)), ["file_altered"]),
        (resigned(lambda v: v.update(trade="T-2")), ["manifest_wrong"]),
    ],
)
def test_even_a_signed_manifest_is_held_against_the_files(data: bytes, found: list[str]) -> None:
    assert checked(data)[1] == found


def spoilt(edit: Callable[[Value], Any]) -> bytes:
    value = json.loads(FILES["evidence.json"])
    edit(value)
    return genuine.encode(value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("entry_omitted", spoilt(lambda v: v["entries"].pop(1))),
        ("entries_reordered", spoilt(lambda v: v["entries"].reverse())),
        ("entry_altered", spoilt(lambda v: vectors_evidence.other_amount(v["entries"][1]["receipt"]))),
        ("entry_twice", spoilt(lambda v: v["entries"].append(v["entries"][0]))),
        (
            "entry_of_other_trade",
            spoilt(lambda v: v["entries"].append(vectors_evidence.element(vectors_evidence.LOG, 4, 11))),
        ),
        ("entry_altered", spoilt(lambda v: v["entries"][0]["receipt"]["log"].update(origin="x"))),
        ("findings_differ", spoilt(lambda v: v["findings"]["results"][0].update(truth="proved"))),
        ("findings_differ", spoilt(lambda v: v.update(taken=genuine.time_text(genuine.T0 + 4000)))),
    ],
)
def test_what_was_done_to_the_evidence_is_named(desk: Any, name: str, data: bytes) -> None:
    code, told = desk(data)
    assert (code, only(told)["verdict"], problems(told)[0]) == (1, "tampered", name)
    code, text = desk(data, more=("--lang", "zh"))
    assert code == 1
    assert "✗ 不可信" in text
    inside = bundles.repacked(FILES | {"evidence.json": data})
    assert "file_altered" in checked(inside)[1]


def test_findings_of_other_rules_are_not_held_against_the_evidence() -> None:
    data = spoilt(lambda v: v["findings"]["results"][0].update(version=99))
    report = check_evidence(CHECKING, data, [], [])
    assert report.verdict is Verdict.GOOD
    assert report.report.steps[-1].reason == "findings_of_other_version"
    assert report.findings is not None


@pytest.mark.parametrize("change", [{"code": ["x"]}, {"version": {}}])
def test_findings_of_no_form_are_no_error_of_ours(change: Value) -> None:
    data = spoilt(lambda v: v["findings"]["results"][0].update(change))
    report = check_evidence(CHECKING, data, [], []).report
    assert (report.verdict, report.steps[-1].reason) == (Verdict.GOOD, "findings_of_other_version")


def test_findings_in_other_words_are_not_held_against_the_evidence(desk: Any) -> None:
    """A sentence that a later release words better must not make bundles of before look forged."""
    data = spoilt(lambda v: v["findings"]["results"][0].update(en="Something else.", zh="别的话。"))
    report = check_evidence(CHECKING, data, [], [])
    assert report.verdict is Verdict.GOOD
    assert report.report.steps[-1].reason == "findings_in_other_words"
    text = desk(data, more=("--lang", "zh"))[1]
    assert "措辞与本程序不同" in text
    assert "别的话" not in text, "what is told is computed here"
    for change in ({"severity": 5}, {"figures": {"x": 1}}, {"en": "x", "truth": "proved"}):
        bent = spoilt(lambda v, change=change: v["findings"]["results"][0].update(change))
        assert checked(bent) == (Verdict.TAMPERED, ["findings_differ"])


def test_a_holders_receipt_restores_what_was_erased(desk: Any) -> None:
    erased = vectors_evidence.evidence()
    kept = erased["entries"][1]["receipt"]["disclosures"][:1]
    erased["entries"][1]["receipt"]["disclosures"] = kept
    data = bundles.bundle(bundles.with_findings(erased))
    code, told = desk(data)
    assert code == 0
    assert only(told)["restored"] == []
    assert len(only(told)["entries"][1]["facts"]["entry"]["claims"]) == 1
    code, told = desk(data, genuine.encode(genuine.genuine(genuine.ACCEPTANCE)))
    assert code == 0
    found = told["files"][0]
    assert found["restored"] == [{"seq": 1, "claims": ["amount", "currency", "consent"]}]
    assert len(found["entries"][1]["facts"]["entry"]["claims"]) == 4
    _, text = desk(data, genuine.encode(genuine.genuine(genuine.ACCEPTANCE)), more=("--lang", "en"))
    assert "entry 2: amount, currency, consent" in text
    _, text = desk(data, genuine.encode(genuine.genuine(genuine.ACCEPTANCE)), more=("--lang", "zh"))
    assert "第 2 条的 amount、currency、consent" in text


def test_an_older_count_is_told_with_its_time(desk: Any) -> None:
    """Whoever leaves out the latest entries has a genuine count: as of a time before them."""
    older = genuine.encode(vectors_evidence.evidence(size=7))
    code, told = desk(older)
    assert (code, only(told)["head"]["count"]) == (0, 2)
    assert only(told)["as_of"] == {"size": 7, "signed_at": genuine.signed_at(7)}
    text = " ".join(desk(older, more=("--lang", "en"))[1].split())
    assert "complete as of 2026-11-03 10:06:01 UTC" in text
    assert "not signed: the time taken" in text
    assert "not signed" not in desk(BUNDLE, more=("--lang", "en"))[1]
    report = desk(genuine.encode(vectors_evidence.evidence(size=7, checkpoint="")))[1]
    assert only(report)["as_of"] is None


def test_a_receipt_of_another_entry_restores_nothing(desk: Any) -> None:
    code, told = desk(BUNDLE, genuine.encode(genuine.genuine(genuine.QUOTE)))
    assert (code, told["files"][0]["restored"]) == (0, [])


def test_a_genuine_receipt_that_the_head_leaves_out_is_named(desk: Any) -> None:
    two = vectors_evidence.evidence()
    two["entries"].pop()
    vectors_evidence.recount(two, 2)
    data = genuine.encode(two)
    assert desk(data)[0] == 0, "the log signed a false count, and nobody can tell"
    code, told = desk(data, genuine.encode(genuine.genuine(genuine.PAYOUT, 1)))
    assert code == 1
    assert [each["reason"] for each in told["files"][0]["problems"]] == ["entry_hidden"]


def member(name: str, attributes: int = 0, content: bytes = b"x") -> bytes:
    target = io.BytesIO(BUNDLE)
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, attributes
        archive.writestr(info, content)
    return target.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "data",
    [
        member("../outside"),
        member("/etc/passwd"),
        member("a/../../b"),
        member("C:\\windows"),
        member(".hidden"),
        member("evidence.json"),
        member("EVIDENCE.json"),
        member("link", (stat.S_IFLNK | 0o777) << 16, b"/etc/passwd"),
        member("pipe", (stat.S_IFIFO | 0o644) << 16),
        b"PK\x03\x04" + bytes(100),
        BUNDLE[: len(BUNDLE) // 2],
    ],
)
def test_archives_made_to_do_harm_are_refused(desk: Any, data: bytes) -> None:
    with pytest.raises(BundleRefused):
        open_bundle(data)
    code, told = desk(data)
    assert (code, only(told)["verdict"], only(told)["reason"]) == (3, "wrong_file", "bundle_refused")


def test_unusual_packing_and_encryption_are_refused() -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(BundleRefused):
            open_bundle(bundles.repacked(FILES, method))
    data = bytearray(bundles.repacked({"evidence.json": b"x"}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    with pytest.raises(BundleRefused):
        open_bundle(bytes(data))


def test_too_many_files_and_too_large_an_archive_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from service.core import bundle_archive

    for name in ("MAX_FILES", "MAX_BUNDLE_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(bundle_archive, name, 5)
            with pytest.raises(BundleRefused):
                open_bundle(BUNDLE)


def test_a_bomb_is_refused_before_it_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    from service.core import bundle_archive

    bomb = bundles.repacked({"evidence.json": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 6_000
    monkeypatch.setattr(bundle_archive, "MAX_CONTENT_BYTES", 1_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("inflated"))
    monkeypatch.setattr(bundle_archive.zlib, "decompressobj", lambda *_: pytest.fail("inflated"))
    with pytest.raises(BundleRefused):
        open_bundle(bomb)


def test_more_than_it_says_is_never_inflated() -> None:
    """The size in the archive's directory says 10 bytes, the data would give five millions."""
    bomb = bundles.repacked({"evidence.json": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    short = bomb.replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert open_bundle(short) == {"evidence.json": None}


def test_an_archive_without_evidence_is_no_bundle(desk: Any) -> None:
    code, told = desk(bundles.repacked({"readme.txt": b"hello"}))
    assert (code, only(told)["reason"]) == (3, "bundle_refused")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(BUNDLE) - 1), bit=st.integers(0, 7))
def test_a_bit_flipped_anywhere_in_a_bundle_is_found_or_changes_nothing(place: int, bit: int) -> None:
    data = bytearray(BUNDLE)
    data[place] ^= 1 << bit
    report = check_evidence(CHECKING, bytes(data), [], []).report if data.startswith(b"PK") else None
    if report is not None and report.exit_code != 1 and report.verdict is not Verdict.WRONG_FILE:
        assert report.verdict is Verdict.GOOD
        assert open_bundle(bytes(data)) == FILES


OPEN_MEMBERS = ("audience", "findings", "generator", "hints", "keys", "final", "attachments", "taken")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(FILES["evidence.json"]) - 1), bit=st.integers(0, 7))
def test_a_bit_flipped_in_evidence_is_found_where_anything_is_proven(place: int, bit: int) -> None:
    data = bytearray(FILES["evidence.json"])
    data[place] ^= 1 << bit
    report = check_evidence(CHECKING, bytes(data), [], []).report
    if report.verdict is Verdict.GOOD:
        was, now = json.loads(FILES["evidence.json"]), json.loads(bytes(data))
        for value in (was, now):
            for name in OPEN_MEMBERS:
                value.pop(name)
            for receipt in vectors_evidence.receipts_of(value):
                receipt.pop("hints", None)
        assert was == now


def test_it_starts_quickly_and_without_the_heavy_libraries(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(BUNDLE)
    program = (
        "import sys; sys.argv = ['tally', 'verify', sys.argv[1]]\n"
        "from service.cli.main import run; run(sys.argv[1:])\n"
        "heavy = {'web3', 'sqlalchemy', 'sqlmodel', 'httpx', 'fastapi', 'pydantic', 'eth_account',"
        " 'asyncio', 'http.client', 'ssl', 'rfc3161_client', 'PIL', 'typst'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bundle.zip")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "[]", done.stderr
