from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from service.access.readers import Reader
from service.anchoring.timestamping import StampRecord
from service.core import disclosure, evidence, note, trade_head
from service.core import trust as trust_files
from service.core.checkpoint import LogIdentity, parse_signed
from service.core.eip712 import SigningKey
from service.core.hexs import to_hex
from service.core.trade_head import TradeHead
from service.core.verdict import Verdict
from service.core.verify_evidence import verify_evidence
from service.disputes import bundle
from service.disputes.errors import EvidenceTooLarge
from service.disputes.evidence import EvidenceDesk
from service.disputes.evidence_room import EvidenceRoom, Wanted
from service.disputes.ports import Attachment
from service.disputes.prints import Prints
from service.disputes.verify_text import file_name, verify_text
from service.profiles.giftcard.evidence_findings import encoded_findings
from service.profiles.giftcard.findings.model import KeyValidity
from tests.unit.disputes.case_log import Book, Cards
from tests.unit.log.whole_log import IDENTITY, NOW, OPENER, ORIGIN, RECORD, SIGNER

USER = Reader("share", "s1", "kaka", "live", trade="t1")
PHOTO, SCAN = b"a photograph", b"a scan for the arbitrator"
ADDRESS = "0x" + "77" * 20


class Signer:
    def trade_head(
        self, identity: LogIdentity, trade: str, count: int, leaf: bytes, size: int, root: bytes
    ) -> TradeHead:
        return trade_head.sign(SigningKey(b"\2" * 32), identity, trade, count, leaf, size, root)

    def manifest(self, identity: LogIdentity, body: str) -> str:
        return note.sign(body, [note.Ed25519Signer(ORIGIN, b"\1" * 32)])


class Files:
    """Two files of the trade, and one that nobody refers to."""

    contents = (PHOTO, SCAN, b"an orphan")

    def of_trade(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        return [
            Attachment("d1", trade, sha256(each).digest(), "image/png", len(each), None, "user", NOW)
            for each in self.contents
        ]

    def read(self, log_id: bytes, digest: bytes) -> bytes | None:
        return next((each for each in self.contents if sha256(each).digest() == digest), None)


class Stamps:
    """One stamp, at size 3."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.reads = 0

    def earliest_stamp_covering(self, log_id: bytes, index: int) -> StampRecord | None:
        self.reads += 1
        record = self.book.store.checkpoint_covering(log_id, 3)
        assert record is not None
        return StampRecord(log_id, 3, record.root, "authority", NOW, b"token") if index < 3 else None


def item(content: bytes) -> dict[str, Any]:
    return {"digest": to_hex(sha256(content).digest()), "media_type": "image/png", "bytes": len(content)}


@pytest.fixture
def book() -> Book:
    book = Book()
    book.post(("e0", "t1", "x-note", {"text": "first", "attachments": [item(PHOTO)]}))
    book.post(("o0", "other", "x-note", {"text": "other"}))
    book.post(("e1", "t1", "x-note", {"item": item(SCAN), "audience": "arbitrator"}))
    book.post(("e2", "t1", "review", {"rule": "anomaly"}))
    book.post(("e3", "t1", "x-note", {"consent": {"method": "eip712", "address": ADDRESS}}))
    return book


def desk(book: Book, **changes: Any) -> EvidenceDesk:
    keys = [
        KeyValidity(ADDRESS, "user", 0, None),
        KeyValidity("0x" + "88" * 20, "user", 0, None),
    ]
    made = EvidenceDesk(
        signer=Signer(),
        cards=Cards(book.store, {}),
        attachments=Files(),
        stamps=Stamps(book),
        keys=lambda platform: keys,
        hints=lambda log: {},
        clock_ms=lambda: NOW,
        generator="tallystick test",
    )
    return replace(made, **changes)


def trust() -> trust_files.Trust:
    key = trust_files.TrustedKey(SIGNER.vkey, SIGNER.address, NOW - 1000, None)
    log = trust_files.TrustedLog(IDENTITY.log_id, ORIGIN, OPENER, "kaka", 31337, RECORD.max_delay, (key,))
    chain = trust_files.TrustedChain(31337, IDENTITY.registry, bytes(32))
    return trust_files.Trust((chain,), (log,))


def claims(taken: evidence.Evidence) -> list[set[str]]:
    return [{disclosure.parse(text).name for text in each.disclosures} for each in taken.receipts]


@pytest.mark.parametrize("reader", [None, USER])
@pytest.mark.parametrize("disclosed", [None, frozenset({"text"}), frozenset[str]()])
def test_what_is_taken_verifies_for_every_reader(
    book: Book, reader: Reader | None, disclosed: frozenset[str] | None
) -> None:
    taken = desk(book).take(book.log(), "t1", reader, disclosed)
    assert taken is not None
    report = verify_evidence(evidence.format(taken), trust=trust(), now=NOW)
    assert (report.verdict, report.problems) == (Verdict.NOT_ANCHORED_YET, ())
    assert report.head is not None
    assert (report.head.count, len(taken.entries)) == (4, 4)
    assert taken.findings is not None
    assert encoded_findings(taken) == encoded_findings(evidence.parse(evidence.format(taken)))


def test_a_user_is_shown_less_and_told_for_whom(book: Book) -> None:
    taken = desk(book).take(book.log(), "t1", USER)
    assert taken is not None
    assert claims(taken) == [{"text", "attachments"}, set(), {"consent"}]
    assert [each.seq for each in taken.sealed] == [2]
    assert taken.audience == ("user", "parties")
    whole = desk(book).take(book.log(), "t1")
    assert whole is not None
    assert whole.audience == ("user", "parties", "arbitrator", "restricted")


def test_disclosing_some_claims_withholds_them_in_the_context_too() -> None:
    book = Book()
    tariff = {"brands": [], "from": "2026-01-01T00:00:00.000Z", "review_threshold": 1}
    book.post(("tariff", "tariff:1", "tariff", tariff))
    book.post(("q", "t1", "quote", {"items": [], "text": "x"}))
    taken = desk(book, stamps=None).take(book.log(), "t1", None, frozenset({"text", "from"}))
    assert taken is not None
    shown = {disclosure.parse(text).name for text in taken.context[0].disclosures}
    assert (claims(taken), shown) == ([{"text"}], {"from"})


def test_attachments_are_those_that_a_shown_claim_names(book: Book) -> None:
    def digests(
        reader: Reader | None, disclosed: frozenset[str] | None = None
    ) -> list[tuple[bytes, tuple[int, ...]]]:
        taken = desk(book).take(book.log(), "t1", reader, disclosed)
        assert taken is not None
        return [(each.digest, each.entries) for each in taken.attachments]

    photo, scan = (sha256(PHOTO).digest(), (0,)), (sha256(SCAN).digest(), (1,))
    assert digests(None) == [photo, scan]
    assert digests(USER) == [photo], "what the entry keeps from the user, its file keeps too"
    assert digests(None, frozenset({"item"})) == [scan]
    assert digests(None, frozenset({"text"})) == []


def test_only_keys_that_signed_here_are_told(book: Book) -> None:
    taken = desk(book).take(book.log(), "t1")
    assert taken is not None
    assert taken.keys is not None
    assert [each.address for each in taken.keys] == [ADDRESS]


def test_time_stamps_bring_their_checkpoint_and_its_way_into_the_newest(book: Book) -> None:
    stamps = Stamps(book)
    taken = desk(book, stamps=stamps).take(book.log(), "t1")
    assert taken is not None
    assert [(each.size, each.token, len(each.consistency) > 0) for each in taken.timestamps] == [
        (3, b"token", True)
    ]
    assert stamps.reads == 2, "one for the entries below size 3, one that finds no later"


def test_an_unknown_trade_has_no_evidence(book: Book) -> None:
    assert desk(book).take(book.log(), "nobody") is None
    assert desk(book).take(book.log(), "other", USER) is None


def room(book: Book) -> EvidenceRoom:
    return EvidenceRoom({"kaka": book.log()}, desk(book), lambda log: b"{}", Prints(lambda: NOW))


def test_the_same_evidence_gives_the_same_bundle(book: Book) -> None:
    first, again = (room(book).bundle(Wanted("kaka", "t1")) for _ in range(2))
    assert first is not None
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        infos = archive.infolist()
        assert [each.filename for each in infos][:4] == [
            "manifest.json",
            "manifest.note",
            "VERIFY.txt",
            "evidence.json",
        ]
        assert [each.filename for each in infos if each.filename.startswith("receipts/")] == [
            f"receipts/00{n}-e{n}.receipt.json" for n in range(4)
        ]
        assert {archive.read(each) for each in infos if "attachments/" in each.filename} == {PHOTO, SCAN}
        assert not any("certificate" in each.filename for each in infos), "none was printed"
        assert {each.date_time for each in infos} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("trade", "name"),
    [
        ("t-1", "t-1.evidence.zip"),
        ("kaka:7", "kaka_7.evidence.zip"),
        ("-h", "_-h.evidence.zip"),
        (".x", "_.x.evidence.zip"),
    ],
)
def test_a_bundles_name_is_a_file_and_no_option(trade: str, name: str) -> None:
    assert file_name(trade) == name


def test_event_ids_become_file_names_on_every_system() -> None:
    assert bundle.receipt_path(7, "a:b.c") == "receipts/007-a_b.c.receipt.json"


def test_too_many_bytes_of_attachments_are_refused(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_ATTACHMENTS_BYTES", 20)
    with pytest.raises(EvidenceTooLarge):
        room(book).bundle(Wanted("kaka", "t1"))


def test_evidence_that_does_not_fit_is_refused(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_EVIDENCE_BYTES", 100)
    with pytest.raises(EvidenceTooLarge):
        room(book).json(Wanted("kaka", "t1"))


def test_without_a_printer_there_is_no_certificate(book: Book) -> None:
    assert room(book).certificate(Wanted("kaka", "t1")) is None


def test_the_instructions_name_what_is_to_be_typed(book: Book) -> None:
    taken = desk(book).take(book.log(), "t1")
    assert taken is not None
    told = verify_text(taken, "0x" + "c0" * 32)
    chinese, english = told.split("How to check this evidence")
    for each in (chinese, english):
        assert "tally verify t1.evidence.zip --trust trust.json" in each
        assert "0x" + "c0" * 32 in each
        assert IDENTITY.registry in each
        assert "{" not in each
    assert "一共 4 条记录" in chinese
    signed = datetime.fromtimestamp(parse_signed(taken.checkpoint).signed_at, UTC)
    assert f"at {signed:%Y-%m-%d %H:%M:%S} UTC" in english.partition("6. What")[2], "complete as of then"
    assert f"截至 {signed + timedelta(hours=8):%Y-%m-%d %H:%M:%S}" in chinese
    assert "There are 4 records" in english
