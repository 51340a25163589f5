"""The certificate as the running service prints it."""

from __future__ import annotations

import io

import httpx
import pytest
from pypdf import PdfReader

from tests.integration.api.service_process import ServiceProcess
from tests.integration.api.sharing import bearer, post_trade, share
from tests.unit.disputes.certificate.pages import text_of


def test_a_certificate_of_a_trade(service: ServiceProcess) -> None:
    kaka = service.client("kaka")
    posted = post_trade(kaka)
    answer = kaka.get(f"/v1/trades/{posted.trade}/evidence.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    said = text_of(answer.content)
    assert posted.trade in said and "交易存证证书" in said and "本机内嵌链" in said
    assert "符契测试运营方（与各平台无关）" in said
    title = PdfReader(io.BytesIO(answer.content)).metadata
    assert title is not None and "TS-20" in (title.title or "")
    # The user's certificate has the restricted entry's place, and nothing else of it.
    user = bearer(service, share(kaka, posted.trade)["token"])
    theirs = user.get(f"/v1/trades/{posted.trade}/evidence.pdf")
    assert theirs.status_code == 200
    hidden = text_of(theirs.content)
    assert "内容对本证书的读者不公开" in hidden
    assert "r-17" in said and "r-17" not in hidden and "合规审核" not in hidden


@pytest.mark.parametrize("trade", ["no-such-trade"])
def test_no_certificate_of_nothing(service: ServiceProcess, trade: str) -> None:
    client: httpx.Client = service.client("kaka")
    assert client.get(f"/v1/trades/{trade}/evidence.pdf").status_code == 404


def test_a_slip_is_the_receipt_on_paper(service: ServiceProcess) -> None:
    kaka = service.client("kaka")
    posted = post_trade(kaka)
    first = kaka.get(f"/v1/trades/{posted.trade}").json()["entries"][0]
    answer = kaka.get(f"/v1/receipts/{first['leaf']}/slip.pdf")
    assert answer.status_code == 200, answer.text
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    assert round(float(page.mediabox.width) / 72 * 25.4) == 80
    assert posted.trade in page.extract_text().replace("\n", "")
    assert kaka.get("/v1/receipts/0x" + "ab" * 32 + "/slip.pdf").status_code == 404
