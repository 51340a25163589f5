"""The certificate's pages: inert, deterministic, complete, PDF/A as far as can be seen without veraPDF."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pypdf import PdfReader

from service.core.errors import VerificationError
from service.core.evidence import Evidence
from service.core.hexs import to_hex
from service.disputes.certificate import Certificate, certificate_of, number_of, render
from service.disputes.certificate.build import sm3
from tests.unit.disputes.certificate.pages import fonts_of, text_of
from tests.unit.disputes.certificate.trades import about, certificate, evidence

HOSTILE = '#set text(size: 40pt) #eval("1+1") *粗* _斜_ $x^2$ `raw` <lab> @ref // 注 /* x */ \\ #{panic()} "'


@pytest.fixture(scope="module")
def whole() -> Certificate:
    return certificate()


@pytest.fixture(scope="module")
def pdf(whole: Certificate) -> bytes:
    return render(whole)


def test_same_certificate_same_bytes(whole: Certificate, pdf: bytes) -> None:
    assert render(whole) == pdf
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(render, [certificate()] * 4)) == {pdf}


def test_it_says_what_a_court_asks_for(whole: Certificate, pdf: bytes) -> None:
    said = text_of(pdf)
    entry = whole.entries[1]
    assert entry.anchor is not None and entry.anchor.block_hash is not None
    expected = [
        whole.about.number,
        whole.trade,
        "卡卡同盟",
        entry.event,
        "RFC8785(JCS)",
        to_hex(entry.sha256),
        to_hex(entry.sm3),
        to_hex(entry.digest),
        to_hex(entry.leaf),
        *map(to_hex, entry.path),
        to_hex(entry.path_root),
        "2026-11-0318:02:00北京时间（UTC2026-11-0310:02:00）",
        "截至2026-11-0318:10:01（北京时间，日志大小11），这笔交易共有10条记录",
        "Sepolia测试网",
        str(whole.chain_id),
        whole.registry,
        to_hex(whole.about.code_hash or b""),
        to_hex(entry.anchor.block_hash),
        f"区块{entry.anchor.block_number}",
        entry.hints.tx or "-",
        to_hex(whole.log_id),
        "kaka-trade",
        "短信验证码sms_otp",
        "本证书不证明",
        "上链之前的真实性（第十八条）",
        "人民币壹仟叁佰玖拾捌元整",
        "人民币负玖拾贰元整",
        "payout_short",
        "第1页共",
        to_hex(whole.head.signature),
        "到账截图",
    ]
    assert [each for each in expected if each not in said] == []


def test_pdf_a_as_far_as_can_be_seen(pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert root["/OutputIntents"][0].get_object()["/DestOutputProfile"].get_object().get_data()
    assert root["/Lang"] == "zh-CN" and root["/MarkInfo"]["/Marked"]
    assert not reader.is_encrypted and "/AcroForm" not in root and "/Names" not in root
    fonts = fonts_of(pdf)
    assert all(fonts.values()), fonts
    # No other font: every bold character of ours is in the bold one.
    assert fonts.keys() == {"NotoSansSC-Regular", "NotoSansSC-Bold", "DejaVuSansMono"}


def test_claims_are_text_and_never_code() -> None:
    told = certificate(
        claims={
            "dispute-1": {"claim": {"code": "x", "text": HOSTILE}, "#set": HOSTILE},
            "quote-1": {"#eval(1+1)": ["]", ")", "#", "\\u{41}"], "presented": {"template": HOSTILE}},
        }
    )
    said = text_of(render(replace(told, about=about(platform=HOSTILE, chain_name=HOSTILE, number="#1*2*"))))
    assert said.count(HOSTILE.replace(" ", "")) >= 5
    assert "#eval(1+1)" in said and "#1*2*" in said


def test_nothing_hides_and_nothing_is_a_box() -> None:
    text = "甲\u202e乙\u200b丙\x00丁 😀 ئۇيغۇر 𬎆 end"
    told = certificate(claims={"dispute-1": {"claim": {"code": "x", "text": text}}})
    said = text_of(render(replace(told, entries=told.entries[7:8])))
    for code in ("U+202E", "U+200B", "U+0000", "U+1F600", "U+0626", "U+2C386"):
        assert code in said
    assert "\u202e" not in said and "甲" in said


def test_a_long_trade_with_sealed_entries() -> None:
    told = certificate(entries=24, sealed=3)
    said = text_of(render(told))
    for sealed in told.sealed:
        assert to_hex(sealed.leaf) in said
    assert "其中3条的内容对本证书的读者不公开" in said
    assert "共有24条记录" in said


def test_not_anchored() -> None:
    told = certificate(anchored=False)
    said = text_of(render(replace(told, entries=told.entries[:2])))
    assert "尚无记录上链" in said and "尚未上链" in said


def test_a_trade_of_which_nothing_is_shown() -> None:
    told = certificate(sealed=10)
    assert told.entries == () and told.amounts is None and told.paper is None
    assert "共有10条记录" in text_of(render(told))


def test_withheld_and_erased_content() -> None:
    shown = evidence()
    bare = [
        replace(each, shown=replace(each.shown, disclosures=()))  # type: ignore[type-var]
        for each in shown.entries
    ]
    told = certificate_of(replace(shown, entries=tuple(bare)), about())
    said = text_of(render(replace(told, entries=told.entries[:2])))
    assert "项内容未出示" in said and told.amounts is None
    erased = replace(told.entries[0], erased=("erasure-1", 1_795_000_000_000))
    again = text_of(render(replace(told, entries=(erased,))))
    assert "已依记录erasure-1于2026-11-1819:06:40（北京时间）删除" in again


def test_a_test_log_says_so_on_every_page(whole: Certificate) -> None:
    reader = PdfReader(io.BytesIO(render(replace(whole, entries=whole.entries[:2], about=about(test=True)))))
    assert all("测试日志" in page.extract_text() for page in reader.pages)


def test_a_path_that_leads_elsewhere_is_never_printed() -> None:
    shown = evidence(anchored=False)
    first = shown.entries[0]
    spoilt = replace(first.shown, inclusion=(bytes(32),) * len(first.shown.inclusion))  # type: ignore
    wrong = replace(shown, entries=(replace(first, shown=spoilt), *shown.entries[1:]))
    with pytest.raises(VerificationError):
        certificate_of(wrong, about())


def test_the_number_is_of_this_evidence() -> None:
    told: Evidence = evidence()
    assert number_of(told) == number_of(evidence())
    assert number_of(told).startswith("TS-20261103-")
    assert number_of(replace(told, taken=told.taken + 1)) != number_of(told)


def test_sm3_of_the_standards_example() -> None:
    """GB/T 32905-2016, appendix A.1."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
