from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from service.access.readers import Reader
from service.core import disclosure
from service.core.entry import parse
from service.core.merkle import leaf_hash, verify_inclusion
from service.core.receipt import Receipt
from service.disputes import gather as gathering
from service.disputes.gather import TradeTooLong, gather
from tests.unit.disputes.case_log import Book, Cards
from tests.unit.log.whole_log import IDENTITY, check_receipt

USER = Reader("share", "s1", "kaka", "live", trade="t1")
ARBITER = Reader("grant", "g1", "kaka", "live", trade="t1", dispute="d1")
PLATFORM = Reader("platform", "p1", "kaka", "live")
CARD = {"scope": "platform", "value": "0x" + "ab" * 32}
ITEMS = [{"line": 1, "fingerprint": CARD}]


@pytest.fixture
def book() -> Book:
    book = Book()
    book.post(("a0", "other", "x-note", {"text": "not of this trade"}))
    for n in range(4):
        book.post((f"e{n}", "t1", "x-note", {"text": f"number {n}", "more": n}))
    book.post(("e4", "t1", "review", {"rule": "anomaly"}))
    book.post(("e5", "t1", "x-note", {"text": "for the arbitrator", "audience": "arbitrator"}))
    book.post(("z0", "other", "x-note", {"text": "later"}))
    return book


def claims(receipt: Receipt) -> dict[str, object]:
    opened = (disclosure.parse(each) for each in receipt.disclosures)
    return {each.name: each.value for each in opened}


def events(receipts: tuple[Receipt, ...]) -> list[str]:
    return [parse(each.entry).statement.event for each in receipts]


def test_all_of_a_trade_by_seq_up_to_the_newest_checkpoint(book: Book) -> None:
    file = gather(book.log(), "t1", cards=None, keys=())
    assert file is not None
    assert events(file.receipts) == [f"e{n}" for n in range(6)]
    assert (file.count, file.sealed, file.context) == (6, (), ())
    for each in file.receipts:
        check_receipt(each)
    assert file.newest.record.size == 8
    assert file.tail == leaf_hash(file.receipts[-1].entry)
    view = file.view()
    assert [each.seq for each in view.entries] == list(range(6))
    assert view.keys == ()


def test_what_comes_after_the_newest_checkpoint_is_not_there_yet(book: Book) -> None:
    log = book.log()
    newest = log.reader.latest()
    book.post(("e6", "t1", "x-note", {"text": "posted meanwhile"}))
    log.reader.latest = lambda: newest  # type: ignore[method-assign]
    file = gather(log, "t1", cards=None, keys=None)
    assert file is not None
    assert file.count == 6


def test_an_unknown_trade_and_another_readers_trade_are_none(book: Book) -> None:
    assert gather(book.log(), "nobody", cards=None, keys=None) is None
    assert gather(book.log(), "other", cards=None, keys=None, reader=USER) is None
    assert gather(Book().log(), "t1", cards=None, keys=None) is None


def test_a_user_sees_no_review_and_no_claims_meant_for_others(book: Book) -> None:
    file = gather(book.log(), "t1", cards=None, keys=None, reader=USER)
    assert file is not None
    assert events(file.receipts) == ["e0", "e1", "e2", "e3", "e5"]
    assert claims(file.receipts[-1]) == {}, "for the arbitrator"
    (sealed,) = file.sealed
    assert (sealed.seq, sealed.index) == (4, 5)
    verify_inclusion(sealed.leaf, 5, file.newest.record.size, file.sealed_paths[4], file.newest.record.root)
    assert file.count == 6
    assert file.view().sealed == (sealed,)


@pytest.mark.parametrize(("reader", "seen"), [(PLATFORM, 6), (ARBITER, 5), (None, 6)])
def test_who_sees_how_much(book: Book, reader: Reader | None, seen: int) -> None:
    file = gather(book.log(), "t1", cards=None, keys=None, reader=reader)
    assert file is not None
    assert len(file.receipts) == seen
    assert claims(file.receipts[-1])["text"] == "for the arbitrator"


def test_a_reader_of_nothing_still_gets_the_shape_of_the_trade() -> None:
    book = Book()
    book.post(("r", "t1", "review", {"rule": "anomaly"}))
    file = gather(book.log(), "t1", cards=None, keys=None, reader=USER)
    assert file is not None
    assert (file.receipts, len(file.sealed)) == ((), 1)
    assert file.view().log_id == IDENTITY.log_id


def test_erased_entries_stay_with_what_remains_of_them(book: Book) -> None:
    book.erase("e1")
    book.erase("e2", keep=1)
    file = gather(book.log(), "t1", cards=None, keys=None)
    assert file is not None
    assert file.receipts[1].disclosures == ()
    assert len(file.receipts[2].disclosures) == 1
    assert [each.withheld for each in file.view().entries][:4] == [0, 2, 1, 0]
    check_receipt(file.receipts[1])


def test_each_entry_has_its_earliest_anchor_and_each_checkpoint_is_read_once(book: Book) -> None:
    book.anchor(3)
    book.anchor(8)
    log = book.log()
    file = gather(log, "t1", cards=None, keys=None)
    assert file is not None
    assert [each.anchors[0].size for each in file.receipts] == [3, 3, 8, 8, 8, 8]
    assert book.anchors.reads == 2
    many = Book()
    many.post(*((f"m{n}", "t1", "x-note", {"text": str(n)}) for n in range(50)))
    counted = many.log()
    assert gather(counted, "t1", cards=None, keys=None) is not None
    assert counted.reader.promises == 1  # type: ignore[attr-defined]
    assert many.anchors.reads == 1


def _tariff(begins: str, ends: str | None = None) -> Mapping[str, Any]:
    return {"brands": [], "from": begins} | ({} if ends is None else {"to": ends})


def test_tariffs_in_force_come_as_context() -> None:
    book = Book()
    book.post(("old", "tariff:1", "tariff", _tariff("2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z")))
    book.post(("now", "tariff:1", "tariff", _tariff("2026-02-01T00:00:00.000Z")))
    book.post(("next", "tariff:1", "tariff", _tariff("2030-01-01T00:00:00.000Z")))
    book.post(("q", "t1", "quote", {"items": ITEMS, "tariff": {"event": "old", "digest": "0x00"}}))
    named = gather(book.log(), "t1", cards=None, keys=None)
    indexed = gather(book.log(), "t1", cards=Cards(book.store, {}), keys=None, reader=USER)
    assert named is not None
    assert indexed is not None
    assert events(named.context) == ["old"], "what the trade names"
    assert events(indexed.context) == ["old", "now"], "and with an index, what was in force"
    assert claims(indexed.context[1])["brands"] == []


def test_other_trades_of_a_card_show_where_it_was_and_no_more() -> None:
    book = Book()
    book.post(("q1", "t1", "quote", {"items": ITEMS, "seller": "0x01"}))
    book.post(("q2", "t2", "quote", {"items": ITEMS, "seller": "0x02", "offer": {"net": 900}}))
    book.post(("p2", "t2", "payout", {"legs": []}))
    book.post(("h2", "t2", "handover", {"mode": "courier", "place": "0x03"}))
    cards = Cards(book.store, {("platform", CARD["value"]): ["t1", "t2"]})
    file = gather(book.log(), "t1", cards=cards, keys=None)
    assert file is not None
    assert events(file.context) == ["q2", "h2"]
    assert [set(claims(each)) for each in file.context] == [{"items"}, {"mode"}]
    arbiter = gather(book.log(), "t1", cards=cards, keys=None, reader=ARBITER)
    user = gather(book.log(), "t1", cards=cards, keys=None, reader=USER)
    assert arbiter is not None
    assert user is not None
    assert len(arbiter.context) == 2
    assert user.context == (), "somebody else's trade"


def test_a_trade_without_end_is_refused(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MAX_ENTRIES", 5)
    with pytest.raises(TradeTooLong):
        gather(book.log(), "t1", cards=None, keys=None)


def test_long_trades_are_read_page_by_page(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_PAGE", 2)
    file = gather(book.log(), "t1", cards=None, keys=None)
    assert file is not None
    assert events(file.receipts) == [f"e{n}" for n in range(6)]
