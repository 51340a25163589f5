"""Paper receipts: what stays off the paper, what does not fit, and which registry is meant."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from service.core import paper, receipt, trust
from service.core.disclosure import make
from service.core.paper import PaperError, PaperOfUnknownLog, PaperTooLarge
from service.core.receipt import Receipt
from tests.reference import genuine, paper_sheet


def a_receipt(index: int = genuine.ACCEPTANCE) -> Receipt:
    return receipt.parse(genuine.encode(genuine.genuine(index)))


def noise(length: int, seed: int = 0) -> str:
    """Text that does not compress."""
    text = ""
    while len(text) < length:
        text += sha256(f"{seed} {len(text)}".encode()).hexdigest()
    return text[:length]


def test_at_the_post_the_paper_holds_everything() -> None:
    whole = a_receipt()
    printed = paper.encode(whole)
    assert printed.dropped == ()
    back = paper.to_receipt(paper.decode(printed.codes), trust.parse(genuine.encode(genuine.trust())))
    assert back == replace(whole, anchors=(), hints={})
    assert paper.encode(whole) == printed


def test_codes_fit_a_qr_code_of_version_20_m() -> None:
    import segno

    big = segno.make(bytes(paper.MAX_CODE_BYTES), error="m", mode="byte", boost_error=False)
    assert big.version == 20
    assert (
        segno.make(bytes(paper.MAX_CODE_BYTES + 1), error="m", mode="byte", boost_error=False).version == 21
    )


def test_the_largest_disclosures_stay_off_first() -> None:
    salts = ["AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ", "AAAAAAAAAAAAAAAAAAAAAg"]
    sizes = {"small": 40, "largest": 3000, "large": 1500}
    told = tuple(
        make(salt, name, noise(size, size)) for salt, (name, size) in zip(salts, sizes.items(), strict=True)
    )
    printed = paper.encode(replace(a_receipt(), disclosures=told))
    assert printed.dropped == ("largest",)
    assert paper.decode(printed.codes).disclosures == (told[0], told[2])


def test_too_large_even_without_disclosures() -> None:
    bulky = replace(a_receipt(), entry=noise(6000).encode())
    with pytest.raises(PaperTooLarge) as caught:
        paper.encode(bulky)
    assert caught.value.needed > caught.value.room == 2628
    assert "2628" in str(caught.value)


def test_what_no_reader_would_unfold_is_not_printed() -> None:
    empty = replace(a_receipt(), entry=b" " * paper.MAX_FIELDS_BYTES)
    with pytest.raises(PaperTooLarge):
        paper.encode(empty)


def test_missing_codes_are_numbered() -> None:
    codes = paper.encode(a_receipt()).codes
    with pytest.raises(paper.PaperIncomplete) as caught:
        paper.decode([codes[1]])
    assert (caught.value.parts, caught.value.missing) == (3, (1, 3))
    assert str(caught.value) == "1 of 3 codes found: photograph code 1 and 3"


def test_a_path_longer_than_any_tree() -> None:
    told = genuine.genuine()
    told["inclusion"] = ["0x" + "00" * 32] * 65
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(paper_sheet.fields(told)) + packer.flush()
    with pytest.raises(PaperError, match="impossible length"):
        paper.decode(paper_sheet.cut(b"\x01" + packed))


def test_an_index_beyond_any_log() -> None:
    told = genuine.genuine(genuine.QUOTE)
    for index, fits in ((2**53 - 1, True), (2**53, False)):
        stream = b"\x01" + paper_sheet.stored(paper_sheet.fields({**told, "index": index}))
        if fits:
            assert paper.decode(paper_sheet.cut(stream)).index == index
        else:
            with pytest.raises(PaperError, match="index"):
                paper.decode(paper_sheet.cut(stream))


def test_unfolding_is_bounded_and_says_so() -> None:
    stream = b"\x01" + paper_sheet.huffman(b"a", 1100)
    with pytest.raises(PaperError, match="more than 262144 bytes"):
        paper.decode(paper_sheet.cut(stream))


def trust_with(*registries: str) -> trust.Trust:
    told: dict[str, Any] = json.loads(json.dumps(genuine.trust()))
    known = told["chains"][0]
    told["chains"] = [{**known, "registry": each} for each in registries]
    return trust.parse(genuine.encode(told))


def test_the_registry_is_the_one_that_the_note_was_signed_for() -> None:
    real = genuine.trust()["chains"][0]["registry"]
    printed = paper.decode(paper.encode(a_receipt()).codes)
    others = ["0x" + "01" * 20, "0x" + "02" * 20]
    assert paper.to_receipt(printed, trust_with(others[0], real, others[1])).log.registry == real
    # None of them: the first one is taken, and the verifier says that the signature is not for it.
    assert paper.to_receipt(printed, trust_with(*others)).log.registry == others[0]
    bent = replace(printed, checkpoint="not a note")
    assert paper.to_receipt(bent, trust_with(*others)).log.registry == others[0]


def test_logs_and_chains_that_the_trust_file_does_not_name() -> None:
    printed = paper.decode(paper.encode(a_receipt()).codes)
    with pytest.raises(PaperOfUnknownLog, match="log"):
        paper.to_receipt(replace(printed, log_id=bytes(32)), trust_with("0x" + "01" * 20))
    with pytest.raises(PaperOfUnknownLog, match="registry"):
        paper.to_receipt(printed, trust_with())
