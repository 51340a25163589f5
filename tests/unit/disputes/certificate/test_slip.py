"""The slip: its PDF, and its codes read back by a camera's reader."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image
from pypdf import PdfReader

from service.core import paper
from service.disputes.certificate import qr_png, qr_svg, render_slip
from service.disputes.certificate.slip import preview_slip
from tests.unit.disputes.certificate.pages import text_of
from tests.unit.disputes.certificate.trades import trade


def test_a_slip_is_80_mm_wide_and_says_what_was_agreed() -> None:
    _, receipts = trade()
    pdf = render_slip(receipts[1], "卡卡同盟")
    assert render_slip(receipts[1], "卡卡同盟") == pdf
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    assert abs(float(page.mediabox.width) - 80 / 25.4 * 72) < 0.1
    said = text_of(pdf)
    for each in (
        "接受报价",
        "accept-1",
        "1,398.00元",
        "人民币壹仟叁佰玖拾捌元整",
        "2026-11-0318:02:00",
        "第1个，共3个",
    ):
        assert each in said
    assert "测试日志" in text_of(render_slip(receipts[1], test=True))


def test_the_printed_codes_can_be_read() -> None:
    _, receipts = trade()
    image = Image.open(io.BytesIO(preview_slip(receipts[6], ppi=203)))
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    read = paper.decode(bytes(each.bytes) for each in found)
    assert read.entry == receipts[6].entry


def test_codes_as_images() -> None:
    _, receipts = trade()
    printed = paper.encode(receipts[0])
    assert all(each.startswith("<svg") for each in qr_svg(printed))
    for code, png in zip(printed.codes, qr_png(printed), strict=True):
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
        assert bytes(found.bytes) == code


def test_what_stays_off_the_paper_is_named() -> None:
    import random

    noise = "".join(random.Random(1).choices("0123456789abcdef", k=5000))
    _, receipts = trade(claims={"quote-1": {"note": noise}})
    assert "未印入二维码的内容：note" in text_of(render_slip(receipts[0])).replace("因篇幅", "")
