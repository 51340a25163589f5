"""Paper receipts: whatever is printed comes back, in any order; whatever is changed is noticed; nothing else
than PaperError comes out of any codes.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from service.core import paper, receipt, trust
from service.core.disclosure import make, new_salt
from service.core.paper import PaperError, PaperTooLarge
from service.core.receipt import Receipt, ReceiptLog
from service.core.verify import verify_receipt
from tests.reference import genuine, paper_sheet

VALUES = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(0, 2**53 - 1))
RECEIPTS = st.builds(
    Receipt,
    log=st.builds(
        ReceiptLog,
        st.just("tallystick.test/logs/kaka"),
        st.binary(min_size=32, max_size=32),
        st.just(1),
        st.just("0x" + "00" * 20),
    ),
    entry=st.text(st.characters(exclude_categories=["Cs"]), max_size=600).map(str.encode),
    disclosures=st.lists(
        st.builds(make, st.binary(min_size=16, max_size=16).map(new_salt), st.just("claim"), VALUES),
        max_size=8,
    ).map(tuple),
    index=st.integers(0, 2**53 - 1),
    checkpoint=st.text(st.characters(exclude_categories=["Cs"]), max_size=400),
    inclusion=st.lists(st.binary(min_size=32, max_size=32), max_size=20).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(RECEIPTS, st.randoms())
def test_round_trip(original: Receipt, order: object) -> None:
    printed = paper.encode(original)
    codes = list(printed.codes) * 2
    order.shuffle(codes)  # type: ignore[attr-defined]
    read = paper.decode(codes)
    assert len(printed.codes) <= 4 and max(map(len, printed.codes)) <= 666
    assert (read.log_id, read.index, read.entry) == (original.log.id, original.index, original.entry)
    assert (read.checkpoint, read.inclusion) == (original.checkpoint, original.inclusion)
    kept = [each for each in original.disclosures if each in read.disclosures]
    assert list(read.disclosures) == kept
    assert len(kept) + len(printed.dropped) >= len(original.disclosures)


@cache
def acceptance() -> tuple[bytes, ...]:
    return paper.encode(receipt.parse(genuine.encode(genuine.genuine()))).codes


TRUST = trust.parse(genuine.encode(genuine.trust()))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2), st.data())
def test_any_flipped_bit_is_noticed(which: int, data: st.DataObject) -> None:
    code = bytearray(acceptance()[which])
    at = data.draw(st.integers(0, len(code) - 1))
    code[at] ^= 1 << data.draw(st.integers(0, 7))
    codes = [bytes(code) if n == which else each for n, each in enumerate(acceptance())]
    try:
        paper.decode(codes)
    except PaperError:
        return
    raise AssertionError(f"byte {at} of code {which + 1} may change unnoticed")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_flipped_bit_of_what_is_said_is_no_genuine_receipt(data: st.DataObject) -> None:
    """Also when whoever flips it makes the codes anew."""
    told = genuine.genuine()
    plain = bytearray(paper_sheet.fields(told))
    at = data.draw(st.integers(0, len(plain) - 1))
    plain[at] ^= 1 << data.draw(st.integers(0, 7))
    codes = paper_sheet.cut(b"\x01" + paper_sheet.stored(bytes(plain)))
    with suppress(PaperError, paper.PaperOfUnknownLog):
        made = receipt.format(paper.to_receipt(paper.decode(codes), TRUST))
        report = verify_receipt(made, trust=TRUST, block_hashes={}, view=None, now=genuine.NOW)
        assert report.verdict == "tampered", report.reason


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=700), st.binary(max_size=660).map(lambda b: b"TS1" + b)), max_size=6
    )
)
def test_nothing_else_comes_out_of_any_codes(codes: list[bytes]) -> None:
    with suppress(PaperError):
        paper.decode(codes)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600), st.booleans())
def test_nothing_else_comes_out_of_any_fields(plain: bytes, deflated: bool) -> None:
    stream = b"\x01" + (paper_sheet.stored(plain) if deflated else plain)
    with suppress(PaperError):
        read = paper.decode(paper_sheet.cut(stream))
        log = ReceiptLog("a", read.log_id, 1, "0x" + "00" * 20)
        with suppress(PaperTooLarge):
            again = paper.encode(
                Receipt(log, read.entry, read.disclosures, read.index, read.checkpoint, read.inclusion)
            )
            assert paper.decode(again.codes) == read
