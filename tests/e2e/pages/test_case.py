"""/case/{grant} in a real browser: what an arbitrator reads, checks, files and decides."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.disputes.certificate.yuan import capital
from tests.e2e.pages.conftest import Open, accessible, fits, plain, shot
from tests.e2e.pages.disputed import PHOTO, Disputed, disputed, wait_for_proofs
from tests.integration.api.service_process import ServiceProcess

pytestmark = pytest.mark.xdist_group("browser")
WATCH_SHIFTS = (
    "window.shifted = 0; new PerformanceObserver((list) => list.getEntries()"
    ".forEach((each) => (window.shifted += each.value))).observe({type: 'layout-shift', buffered: true})"
)
READ_BACK = """(typed) => typed.map((text) => {
  const input = document.getElementById("award-amount");
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return document.getElementById("amount-read").textContent;
})"""


@pytest.fixture(scope="module")
def case(service: ServiceProcess) -> Disputed:
    made = disputed(service)
    wait_for_proofs(made)
    return made


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_case_is_understood(open_page: Open, case: Disputed, language: str, size: str) -> None:
    page = open_page("about:blank", language=language, size=size)
    page.add_init_script(WATCH_SHIFTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(case.url)
    page.wait_for_selector("#check [data-verdict]")
    amount = "80.00 元" if language == "zh" else "CNY 80.00"
    assert page.locator("#check [data-verdict]").first.get_attribute("data-verdict") == "good"
    assert (
        page.locator("#check").inner_text().count("本站公布的" if language == "zh" else "this site publishes")
        == 1
    )
    assert amount in plain(page.locator("#summary").inner_text())
    assert amount in page.locator(".difference").inner_text()
    figures = " ".join(page.locator(".figures .value").all_inner_texts())
    assert re.findall(r"[\d.]+", figures) == ["920.00", "920.00", "840.00"]
    proved = page.locator("[data-truth=proved]:visible")
    assert [each.get_attribute("data-finding") for each in proved.all()] == ["payout_short"]
    assert amount in proved.first.inner_text()
    assert page.locator(".timeline > li").count() == 7
    assert page.locator(".timeline > li.sealed").get_attribute("id") == "entry-4"
    assert (
        page.locator("#entry-2 .grade")
        .inner_text()
        .startswith("同意方式 B" if language == "zh" else "Consent, grade B")
    )
    assert all(url.startswith((case.url.partition("/case")[0], "data:")) for url in asked)
    assert page.evaluate("window.shifted") < 0.05
    fits(page)
    shot(page, f"case-{language}-{size}")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    fits(page)
    accessible(page)


def test_a_finding_leads_to_its_entries_and_they_to_their_content(open_page: Open, case: Disputed) -> None:
    page = open_page(case.url, language="en")
    page.locator("[data-finding=payout_short] a", has_text="No. 5").click()
    content = page.locator("#entry-5 dl.content")
    content.wait_for(state="visible")
    assert "CNY 840.00" in content.inner_text()
    assert "Alipay" in content.inner_text() or "alipay" in content.inner_text()
    assert "Third party's record: channel callback" in page.locator("#entry-5 .chips").inner_text()
    assert "Captured offline" in page.locator("#entry-3 .chips").inner_text()


def test_what_there_is_to_take_away(case: Disputed) -> None:
    with httpx.Client(timeout=60) as client:
        bundle = client.get(f"{case.url}/evidence.zip")
        assert bundle.content.startswith(b"PK")
        assert "attachment" in bundle.headers["content-disposition"]
        certificate = client.get(f"{case.url}/evidence.pdf")
        assert certificate.content.startswith(b"%PDF")
        assert certificate.headers["content-disposition"].startswith("inline; filename=")
        assert client.get(f"{case.url}/evidence.exe").status_code == 404
        file = client.get(f"{case.url}/files/0x{hashlib.sha256(PHOTO).hexdigest()}")
        assert file.content == PHOTO
        assert file.headers["content-security-policy"].startswith("sandbox")
        assert client.get(f"{case.url}/files/0x{'0' * 64}").status_code == 404
        assert client.get(f"{case.url}/files/nothing").status_code == 404
        for answer in (bundle, file, client.get(case.url, headers={"accept": "text/html"})):
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "noindex" in answer.headers["x-robots-tag"]
        assert client.get(case.url).json()["dispute"] == case.dispute, "programs are answered in JSON"
        share = case.platform.share["url"].replace("/t/", "/case/")
        assert client.get(f"{share}/evidence.zip").status_code == 404, "a share is no grant"


def test_evidence_and_an_award_by_form(open_page: Open, service: ServiceProcess, tmp_path: Path) -> None:
    case = disputed(service, role="mediator")
    page = open_page("about:blank")
    page.add_init_script("delete Crypto.prototype.randomUUID")  # as on a page without TLS
    page.goto(case.url)
    record = tmp_path / "通话录音.txt"
    record.write_text("客服承认少付", encoding="utf-8")
    page.locator("#add-evidence > summary").click()
    page.set_input_files("#evidence-file", str(record))
    page.fill("#evidence-proves", "客服承认少付 80 元")
    page.check("#evidence-form input[type=checkbox]")
    page.click("#evidence-form [type=submit]")
    page.wait_for_selector("#entry-8")
    assert page.locator("#attachments").inner_text().count("通话录音.txt") == 1
    assert page.locator("#entry-8 .gist").inner_text() == "客服承认少付 80 元"

    page.locator("#record-award > summary").click()
    page.check("input[name=outcome][value=for_user]")
    page.fill("#award-amount", "8o")
    assert "小数" in page.locator("#amount-read").inner_text()
    page.check("#award-form input[type=checkbox]:not(#award-binding)")
    page.click("#award-form [type=submit]")
    assert page.locator("#state").get_attribute("data-state") == "opened", "a slip is not recorded"
    page.fill("#award-amount", "80")
    assert page.locator("#amount-read").inner_text() == "80.00 元，大写：人民币捌拾元整"
    page.fill("#award-pay-by", "2026-12-31")
    page.fill("#award-body", "某市消费者协会")
    page.set_input_files("#award-document", str(record))
    shot(page, "case-award-form")
    page.click("#award-form [type=submit]")
    page.wait_for_selector("#state[data-state=awarded_for_user]")
    told = page.locator("#decision").inner_text()
    assert all(each in told for each in ("支持用户", "某市消费者协会", "80.00 元", "2026-12-31 23:59:59"))
    award = case.platform.get(f"/v1/disputes/{case.dispute}")["award"]
    assert (award["amount"], award["pay_by"]) == (8000, "2026-12-31T15:59:59.999Z")
    page.locator("#add-evidence > summary").click()
    assert page.locator("#evidence-form [type=submit]").is_disabled()
    assert page.locator("#award-form [type=submit]").is_enabled(), "a court may decide otherwise"
    accessible(page)


def test_a_refusal_is_told_in_words(open_page: Open, service: ServiceProcess, tmp_path: Path) -> None:
    case = disputed(service)
    page = open_page(case.url)
    ok = case.user.http.post(f"/v1/disputes/{case.dispute}/close", json={"outcome": "withdrawn"})
    assert ok.status_code == 201, ok.text
    page.locator("#record-award > summary").click()
    page.check("input[name=outcome][value=for_platform]")
    page.check("#award-form input[type=checkbox]:not(#award-binding)")
    page.click("#award-form [type=submit]")
    page.wait_for_selector("#award-form .told.problem")
    assert "状态已经变了" in page.locator("#award-form .told").inner_text()
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the refusal is meant
    page.reload()
    assert page.locator("#award-form [type=submit]").is_disabled()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_revoked_grant_opens_nothing(open_page: Open, service: ServiceProcess, language: str) -> None:
    case = disputed(service)
    page = open_page(case.url, language=language)
    assert page.locator("#summary").count() == 1
    case.revoke()
    answer = page.goto(case.url)
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the 404 is meant
    assert answer.status == 404
    assert page.locator("h1").inner_text() == ("没有找到" if language == "zh" else "Nothing here")
    fits(page)
    accessible(page)
    shot(page, f"case-missing-{language}")


def test_restricted_content_only_with_the_grant(open_page: Open, service: ServiceProcess) -> None:
    case = disputed(service, restricted=True)
    page = open_page(case.url)
    assert page.locator(".timeline > li.sealed").count() == 0
    assert "异常" in page.locator("#entry-4").inner_text()


def test_capital_numerals_are_those_of_the_certificate(open_page: Open, case: Disputed) -> None:
    page = open_page(case.url)
    drawn = random.Random(7)
    fens = [0, 1, 10, 100, 105, 1050, 100005, 10000000, 1000000001, 10**14 - 1]
    fens += [drawn.randrange(10 ** drawn.randint(1, 14)) for _ in range(60)]
    typed = [f"{fen // 100}.{fen % 100:02}" for fen in fens]
    told = page.evaluate(READ_BACK, typed)
    assert told == [f"{fen // 100:,}.{fen % 100:02} 元，大写：人民币{capital(fen)}" for fen in fens]


def test_nothing_is_sent_before_the_script_is_there(open_page: Open, case: Disputed) -> None:
    """On a slow network a form would only load the page again, and seem to be sent."""
    page = open_page("about:blank")
    held: list[Any] = []
    page.route("**/case_page.js*", lambda route: held.append(route))
    with page.expect_request("**/case_page.js*"):
        page.goto(case.url, wait_until="commit")
    page.wait_for_selector("#award-form button", state="attached")
    assert page.locator("#award-form button").is_disabled()
    for _ in range(500):
        if held:
            break
        page.wait_for_timeout(20)  # the request is out, its route on the way
    held[0].continue_()
    page.wait_for_selector("#award-form button:enabled", state="attached")


def test_printed(open_page: Open, case: Disputed) -> None:
    page: Any = open_page(case.url, size="desktop")
    page.wait_for_selector("#check [data-verdict]")
    page.emulate_media(media="print")
    assert not page.locator("#acts").is_visible()
    assert page.locator("#summary").is_visible()
    shot(page, "case-print")
