"""/console in a real browser: signing in, every page in both languages and sizes, what platforms do there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.pages.conftest import Open, accessible, fits, shot
from tests.integration.api.console import Visitor
from tests.integration.api.service_process import ServiceProcess, quote, unique
from tests.integration.api.sharing import Trade, bearer, post_trade, share

pytestmark = pytest.mark.xdist_group("browser")
EVERYTHING = os.environ.get("TALLY_TEST_FULL") == "1"


@pytest.fixture(scope="module")
def client(service: ServiceProcess) -> Iterator[httpx.Client]:
    with service.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def posted(client: httpx.Client) -> Trade:
    """A trade with a dispute, something of everything to look at."""
    trade = post_trade(client)
    hook = {"url": "https://hooks.invalid/x", "events": ["anchor.late"], "description": "客服系统"}
    assert client.post("/v1/webhooks", json=hook).status_code == 201
    signer = {"address": "0x" + "ab" * 20, "role": "platform"}
    assert client.post("/v1/signers", json=signer).status_code == 200
    return trade


@pytest.fixture(scope="module")
def dispute(service: ServiceProcess, client: httpx.Client, posted: Trade) -> str:
    """A dispute that the user has opened."""
    with bearer(service, share(client, posted.trade)["token"]) as user:
        assert user.get(f"/v1/trades/{posted.trade}").status_code == 200
        opened = user.post(
            "/v1/disputes",
            json={
                "claim": {
                    "code": "price_cut",
                    "text": "说好 455 元，到手只给 400 元。",
                    "amount": 5500,
                    "currency": "CNY",
                },
                "contested": [{"event": posted.events["quote"]}],
            },
        )
    assert opened.status_code == 201, opened.text
    return str(opened.json()["dispute"])


@pytest.fixture(scope="module")
def session(service: ServiceProcess) -> Mapping[str, Any]:
    """A browser's cookie of somebody who has signed in."""
    return _state(service, service.api_key())


def _state(service: ServiceProcess, key: str) -> Mapping[str, Any]:
    token = Visitor(service, key).http.cookies["tally_console"]
    cookie = {"name": "tally_console", "value": token, "url": f"{service.url}/console"}
    return {"cookies": [_placed(cookie)], "origins": []}


def _placed(cookie: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "name": cookie["name"],
        "value": cookie["value"],
        "domain": "127.0.0.1",
        "path": "/console",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Strict",
    }


def test_signing_in_and_out(open_page: Open, service: ServiceProcess) -> None:
    page = open_page(f"{service.url}/console/disputes")
    assert page.url.endswith("/console/sign-in?next=/console/disputes")
    fits(page)
    accessible(page)
    shot(page, "console-sign-in-zh-phone")
    page.fill("#key", service.api_key())
    page.click("button.primary")
    page.wait_for_url("**/console/disputes")
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "tally_console"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/console")
    assert service.api_key() not in page.content()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    page.click("text=退出")
    page.wait_for_url("**/console/sign-in*")
    page.goto(f"{service.url}/console")
    assert "/console/sign-in" in page.url


def test_a_wrong_key_is_said_to_be_wrong(open_page: Open, service: ServiceProcess) -> None:
    page = open_page(f"{service.url}/console")
    page.fill("#key", "tally_live_" + "0" * 38)
    page.click("button.primary")
    page.wait_for_selector("#problem")
    assert "密钥不对" in page.inner_text("#problem")
    assert page.input_value("#key") == ""
    accessible(page)
    open_page.complaints.clear()  # type: ignore[attr-defined]  # Chromium reports the 401 that is meant


@pytest.mark.parametrize(
    ("language", "size"),
    [
        ("zh", "phone"),
        ("en", "desktop"),
        pytest.param("zh", "desktop", marks=pytest.mark.full),
        pytest.param("en", "phone", marks=pytest.mark.full),
    ],
)
def test_every_page(
    open_page: Open,
    service: ServiceProcess,
    client: httpx.Client,
    session: Any,
    posted: Trade,
    dispute: str,
    language: str,
    size: str,
) -> None:
    webhook = client.get("/v1/webhooks").json()["webhooks"][0]["id"]
    places = {
        "overview": "",
        "disputes": "/disputes",
        "dispute": f"/disputes/{dispute}",
        "search": "/search?type=quote",
        "entry": f"/entries/{posted.leaves['quote']}",
        "trade": f"/trades/{posted.trade}",
        "shares": f"/shares?trade={posted.trade}",
        "keys": "/keys",
        "signers": "/signers",
        "webhooks": "/webhooks",
        "webhook": f"/webhooks/{webhook}",
        "access": "/access",
        "limits": "/limits",
    }
    page = open_page("about:blank", language=language, size=size, storage_state=session)
    for number, (name, place) in enumerate(places.items()):
        page.goto(f"{service.url}/console{place}")
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh" else "en")
        assert page.locator(".tabs [aria-current]").count() == 1, name
        fits(page)
        if EVERYTHING or (language, size) == (("zh", "phone"), ("en", "desktop"))[number % 2]:
            accessible(page)
        if EVERYTHING or name == "overview":
            shot(page, f"console-{name}-{language}-{size}")


def test_an_empty_test_log_says_what_to_do(open_page: Open, service: ServiceProcess) -> None:
    state = _state(service, service.api_key("bendi", test=True))
    page = open_page(f"{service.url}/console", storage_state=state)
    assert "这是测试日志" in page.inner_text(".banner.test")
    command = page.inner_text(".start .example")
    assert f"curl -X POST {service.url}/v1/events" in command
    assert "Authorization: Bearer $TALLY_KEY" in command
    accessible(page)
    shot(page, "console-empty-zh-phone")
    for place in ("disputes", "shares", "signers", "webhooks", "access", "search"):
        page.goto(f"{service.url}/console/{place}")
        assert "curl" in page.inner_text(".empty .example"), place
        fits(page)


def test_figures_are_live(
    open_page: Open, service: ServiceProcess, client: httpx.Client, session: Any
) -> None:
    page = open_page("about:blank", storage_state=session)
    page.clock.install()
    page.goto(f"{service.url}/console")
    before = page.inner_text("[data-figure=entries]")
    client.post("/v1/events", json=quote()).raise_for_status()
    page.clock.run_for(5_100)
    page.wait_for_function(
        "before => document.querySelector('[data-figure=entries]').textContent !== before", arg=before
    )
    assert page.locator("#chart-rate canvas").count() == 1
    assert page.inner_text("#live") == "每 5 秒更新一次。"


def test_a_dispute_from_file_to_answer(
    open_page: Open,
    service: ServiceProcess,
    client: httpx.Client,
    session: Any,
    dispute: str,
    tmp_path: Path,
) -> None:
    place = f"{service.url}/console/disputes/{dispute}"
    page = open_page(place, storage_state=session)
    assert "被压价" in page.inner_text("h1")
    assert page.locator("input[name=ref]").count() >= 1
    assert "合规审核" not in page.inner_text("#answer"), (
        "an answer that named a review would tip the user off"
    )
    large = tmp_path / "大.png"
    large.write_bytes(bytes(10 * 1024 * 1024 + 1))
    page.set_input_files("#upload-file", str(large))
    page.wait_for_selector("#upload-state:text('每份最大 10 MB')")
    page.set_input_files(
        "#upload-file", {"name": "流水\u202f3.png", "mimeType": "image/png", "buffer": unique("x").encode()}
    )
    page.wait_for_url("**?done=file*")
    page.fill("#offer", "12.50")
    page.click("text=提交答复")  # without a position
    page.wait_for_selector(".banner.refused")
    assert page.input_value("#offer") == "12.50", "what was typed is kept"
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the refusal's status is meant
    page.select_option("#position", "part")
    page.select_option("#reason", "our_error")
    page.locator("input[name=ref]").first.check()
    page.locator("input[name=file]").first.check()
    page.click("text=提交答复")
    page.wait_for_selector(".banner.done")
    case = client.get(f"/v1/disputes/{dispute}").json()
    claims = case["steps"][-1]["claims"]
    assert (case["state"], claims["position"], claims["offer"]) == ("answered", "part", 1250)
    assert claims["reasons"][0]["refs"]
    assert claims["attachments"][0]["label"] == "流水 3.png", "as some systems call pictures of the screen"
    assert page.locator("#state").get_attribute("data-state") == "answered"


def test_a_form_sent_twice_is_one_step(service: ServiceProcess, client: httpx.Client) -> None:
    visitor, trade = Visitor(service, service.api_key()), post_trade(client)
    fields = {"do": "answer", "kind": "acknowledgement", "key": unique("k")}
    for _ in range(2):
        answer = visitor.post(f"/console/disputes/{trade.dispute}", fields)
        assert answer.status_code == 303, answer.text
    assert len(client.get(f"/v1/disputes/{trade.dispute}").json()["steps"]) == 1


def test_an_arbitrators_link_is_shown_once(
    open_page: Open, service: ServiceProcess, session: Any, dispute: str
) -> None:
    page = open_page(f"{service.url}/console/disputes/{dispute}", storage_state=session)
    page.click("text=新建链接")
    page.fill("#label", "王调解员")
    page.click("text=生成链接")
    link = page.inner_text("#granted pre")
    shot(page, "console-grant-zh-phone")
    assert httpx.get(link).status_code == 200
    page.goto(page.url)
    assert page.locator("#granted").count() == 0
    assert link not in page.content()
    assert "王调解员" in page.inner_text("#grants")
    page.click("#grants >> text=撤销")
    page.wait_for_selector(".banner.done")
    assert httpx.get(link).status_code == 404


def test_a_share_is_given_once_and_taken_back(
    open_page: Open, service: ServiceProcess, session: Any, posted: Trade
) -> None:
    page = open_page("about:blank", storage_state=session)
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(f"{service.url}/console/shares?trade={posted.trade}")
    page.click("text=生成新的分享")
    code = page.inner_text("#made .code")
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", code)
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    link = page.inner_text("#made pre")
    accessible(page)
    shot(page, "console-share-zh-phone")
    page.click("#made .copier button >> nth=0")
    page.wait_for_selector("#made .copier button:text-is('已复制')")
    page.evaluate("() => document.body.appendChild(document.createElement('textarea')).focus()")
    page.keyboard.press("Control+V")
    copied = page.evaluate("document.activeElement.value")
    assert copied == link, "without TLS, too"
    page.goto(f"{service.url}/console/shares?code={code}")
    assert "就是这个短码" in page.inner_text("main")
    assert link not in page.content()
    page.click(".chosen >> text=撤销")
    page.wait_for_selector(".banner.done")
    assert httpx.get(link).status_code == 404


def test_a_webhooks_secret_is_shown_once(open_page: Open, service: ServiceProcess, session: Any) -> None:
    page = open_page(f"{service.url}/console/webhooks", storage_state=session)
    page.fill("#url", "https://hooks.invalid/console")
    page.click("button:has-text('新建')")
    secret = page.inner_text("#secret pre")
    assert secret.startswith("whsec_")
    page.click("text=全部回调")
    page.click(".line >> text=https://hooks.invalid/console >> nth=0")
    assert secret not in page.content()
    page.click("text=更换签名密钥")
    assert page.inner_text("#secret pre") not in ("", secret)
    page.click("text=发一条测试消息")
    page.wait_for_selector("[data-delivery]")
    page.click("text=删除这个回调")
    page.click("button.warn")
    page.wait_for_selector(".banner.done")


def test_what_is_wrong_with_a_signer_is_said_at_the_form(
    open_page: Open, service: ServiceProcess, session: Any
) -> None:
    page = open_page(f"{service.url}/console/signers", storage_state=session)
    page.fill("#address", "0x12")
    page.click("button:has-text('登记')")
    page.wait_for_selector(".banner.refused")
    assert "地址：地址是 0x 加 40 位" in page.inner_text(".banner.refused")
    assert page.input_value("#address") == "0x12"
    open_page.complaints.clear()  # type: ignore[attr-defined]
    page.fill("#address", "0x" + unique("")[1:].encode().hex()[:40])
    page.click("button:has-text('登记')")
    page.wait_for_selector(".banner.done")


def test_content_is_erased_only_when_it_is_meant(
    open_page: Open, service: ServiceProcess, client: httpx.Client, session: Any
) -> None:
    note = quote(type="x-note", claims={"note": "周一回电"})
    leaf = client.post("/v1/events", json=note).headers["location"].rpartition("/")[2]
    page = open_page(f"{service.url}/console/trades/{note['trade']}", storage_state=session)
    page.click("text=新的保全")
    page.fill("#hold-ground", "法院通知")
    page.click("#holds button:has-text('保全')")
    page.wait_for_selector(".banner.done")
    page.goto(f"{service.url}/console/entries/{leaf}")
    page.click("text=我要删除")
    page.click("button.warn")
    page.wait_for_selector(".banner.refused")
    page.check("[name=meant]")
    page.click("button.warn")
    page.wait_for_selector("[data-refusal=erasure-blocked]")
    assert "已被保全" in page.inner_text(".banner.refused")
    shot(page, "console-erase-blocked-zh-phone")
    page.goto(f"{service.url}/console/trades/{note['trade']}")
    page.click("#holds button:has-text('解除')")
    page.wait_for_selector(".banner.done")
    page.goto(f"{service.url}/console/entries/{leaf}")
    page.click("text=我要删除")
    page.check("[name=meant]")
    page.click("button.warn")
    page.wait_for_selector(".banner.done")
    open_page.complaints.clear()  # type: ignore[attr-defined]
    assert client.get(f"/v1/receipts/{leaf}").status_code == 410


def test_a_dispute_is_opened_for_a_user_and_its_award_reported(
    open_page: Open, service: ServiceProcess, client: httpx.Client, session: Any
) -> None:
    """From the trade's page to the court's decision, without the API."""
    first = quote()
    client.post("/v1/events", json=first).raise_for_status()
    page = open_page(f"{service.url}/console/trades/{first['trade']}", storage_state=session)
    page.click("#open summary")
    page.check("[name=by][value=user]")
    page.select_option("#open-code", "deduction")
    page.fill("#open-text", "扣了 12 元，没有说明。")
    page.fill("#open-amount", "12.5o")
    page.click("#open button.primary, #open form button")
    page.wait_for_selector(".banner.refused")
    told = page.inner_text(".banner.refused")
    assert "120.50" in told
    assert page.input_value("#open-text") == "扣了 12 元，没有说明。", "what was typed is kept"
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the refusal's status is meant
    fits(page)
    shot(page, "console-open-dispute-zh-phone")
    page.fill("#open-amount", "12.50")
    page.check("[name=contested]")
    page.dblclick("#open form button")
    page.wait_for_url("**/console/disputes/**")
    page.wait_for_selector(".banner.done")
    (listed,) = client.get("/v1/disputes", params={"trade": first["trade"]}).json()["disputes"]
    case = client.get(f"/v1/disputes/{listed['dispute']}").json()
    assert (case["by"], case["claim"]["code"], case["claim"]["amount"]) == ("user", "deduction", 1250)
    assert case["clock"] is not None, "the platform's time to answer runs"

    page.click("#award summary")
    assert page.locator("#award form button").is_disabled(), "a decision is reported with its document"
    decision = {"name": "判决书.pdf", "mimeType": "application/pdf", "buffer": unique("x").encode()}
    page.set_input_files("#upload-file", decision)
    page.wait_for_url("**?done=file*")
    page.click("#award summary")
    page.check("[name=outcome][value=for_user]")
    page.fill("#award-body", "某区人民法院")
    page.select_option("#award-document", index=1)
    page.fill("#award-amount", "12.50")
    page.fill("#award-by", "2026-12-31")
    page.check("[name=binding]")
    page.check("#award form input:not([name])")
    page.click("#award form button")
    page.wait_for_selector("#state[data-state=awarded_for_user]")
    award = client.get(f"/v1/disputes/{listed['dispute']}").json()["award"]
    assert (award["amount"], award["pay_by"]) == (1250, "2026-12-31T15:59:59.999Z")
    assert (award["binding"], award["body"]["name"]) == (True, "某区人民法院")
    shot(page, "console-award-zh-phone")
