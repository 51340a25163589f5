"""/counter in a real browser: a trade made without a network, posted later, verified from its slip."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.pages.conftest import Open, accessible, fits, shot
from tests.integration.api.service_process import ROOT, ServiceProcess, quote

pytestmark = pytest.mark.xdist_group("browser")
PIN = "246810"
RATE = {"zh": "9.2", "en": "92"}
TABLET = {"width": 834, "height": 1112}

_STORED = """async () => {
  const wait = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
  const database = await wait(indexedDB.open("tally-counter"));
  return await wait(database.transaction("trades").objectStore("trades").getAll());
}"""
_CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys())
      found.push(request.url + " " + await (await cache.match(request)).text());
  }
  return found;
}"""
_WIDTHS = """async (icons) => {
  const width = async ({ src }) => (await createImageBitmap(await (await fetch(src)).blob())).width;
  return await Promise.all(icons.map(width));
}"""


def pair(open_page: Open, service: ServiceProcess, key: str, **options: Any) -> Any:
    """A counter that belongs to the platform of `key`, with its shell cached."""
    page = open_page(f"{service.url}/counter", **options)
    page.fill("#api-key", key)
    page.click("#do-pair")
    page.wait_for_selector("#new-trade")
    return page


def register(page: Any, shop: str, guarantor: bool = True) -> None:
    """The device's key and the guarantor's, registered; the shop's name."""
    page.click("#to-settings")
    page.click("#register")
    page.wait_for_selector("[data-registered]")
    if guarantor:
        page.fill("#new-pin", PIN)
        page.fill("#new-pin-again", PIN)
        page.click("#make-guarantor")
        page.wait_for_selector("#guarantor-key code")
    page.fill("#shop", shop)
    page.click("form:has(#shop) button")
    page.wait_for_selector("#new-trade")


def type_on_keypad(page: Any, field: str, digits: str) -> None:
    page.click(field)
    for digit in digits:
        page.click(f'.keypad button:text-is("{digit}")')


def priced(page: Any, language: str = "zh", brand: str = "京东E卡") -> None:
    """A card in the form of a new trade."""
    page.click("#new-trade")
    page.fill("#brand-0", brand)
    type_on_keypad(page, "#face-0", "500")
    type_on_keypad(page, "#rate-0", RATE[language])


def go_online(page: Any) -> None:
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def until(holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def offline_trade(page: Any, photo: Path) -> str:
    """A whole trade, short of balance, with the guarantor's signature; reloaded in the middle. Its id."""
    page.context.set_offline(True)
    priced(page)
    until(lambda: [each["entering"]["cards"][0]["rate"] for each in page.evaluate(_STORED)] == ["9.2"])
    page.reload()
    page.click("[data-trade]")
    assert (page.input_value("#face-0"), page.input_value("#rate-0")) == ("500", "9.2"), "kept while typing"
    page.click("#do-quote")
    page.click('label:has(input[value="cash"])')
    page.click("#do-accept")
    page.wait_for_selector("#consent-problem:not([hidden])")
    page.click('label:has(input[value="paper"])')
    page.click("#do-accept")
    page.click('label:has(input[value="balance_short"])')
    page.fill("#found-0", "400")
    page.set_input_files("#photo-0", str(photo))
    page.wait_for_selector("#evidence-0 [role=status]:not(:empty)")
    page.click("#do-inspect")
    assert page.locator(".step .total").inner_text() == "368.00 元"
    assert not page.is_checked("#confirmed"), "nothing is said for the customer"
    page.check("#confirmed")
    page.click("#do-pay")
    page.fill("#pin", "000000")
    page.click("#do-guarantee")
    page.wait_for_selector("#pin-problem:not([hidden])")
    page.fill("#pin", PIN)
    page.click("#do-guarantee")
    page.wait_for_selector("[data-done]")
    page.click("#to-slip")
    page.wait_for_selector('#slip [data-state="device"]')
    assert page.locator("#slip .codes").count() == 0, "before it is posted there is no receipt to print"
    page.reload()
    row = page.locator('[data-trade][data-state="device"]')
    row.wait_for()
    assert page.locator("[data-waiting]").get_attribute("data-waiting") == "1"
    return str(row.get_attribute("data-trade"))


def photographed(page: Any, path: Path) -> Path:
    """The printed slip, as a camera sees it."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.locator("#slip").screenshot(path=str(path))
    page.emulate_media(media="screen")
    return path


def tally_verify(file: Path, *options: str) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "service", "verify", str(file), "--json", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_an_offline_trade_is_posted_later_and_verified_from_its_slip(
    open_page: Open, service: ServiceProcess, tmp_path: Path
) -> None:
    key = service.api_key("bendi")
    page = pair(open_page, service, key, device_scale_factor=2)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    register(page, "解放路社区收卡站")
    photo = tmp_path / "reading.png"
    page.screenshot(path=str(photo))
    trade = offline_trade(page, photo)
    with service.client("bendi") as client:
        assert client.get(f"/v1/trades/{trade}").status_code == 404
        go_online(page)
        page.wait_for_selector('[data-state="posted"], [data-state="anchored"]')
        entries = client.get(f"/v1/trades/{trade}").json()["entries"]
        findings = client.get(f"/v1/trades/{trade}/findings").json()["results"]
    check_recorded(page, entries, findings)
    page.click("[data-trade]")
    page.click("#to-slip")
    page.wait_for_selector("#slip .codes")
    page.click("#share")
    page.wait_for_selector("#slip .share")
    assert not [each for each in asked if key in each]
    assert key not in page.content()
    cached = page.evaluate(_CACHED)
    assert len(cached) > 8
    assert not [each for each in cached if key in each or "tally_share_" in each or trade in each]
    verify_slip(page, service, trade, tmp_path)


def check_recorded(page: Any, entries: Any, findings: Any) -> None:
    """What the log has is what the device sealed; offline, at the time of sending, and signed."""
    (record,) = page.evaluate(_STORED)
    assert [each["statement"]["event"] for each in map(json.loads, (e["entry"] for e in entries))] == [
        each["id"] for each in record["events"]
    ]
    for each in record["events"]:
        assert each["verdict"] in ("not_anchored_yet", "anchor_not_checked"), each
        entry = json.loads(json.loads(each["receipt"])["entry"])
        assert [signature["role"] for signature in entry["signatures"]] == ["platform"]
        capture = each["sealed"]["event"]["claims"]["capture"]
        assert (capture["mode"], "queued_reason" in capture) == ("offline", True)
        # What the guarantor signed was fixed before anybody knew when it would be sent.
        assert ("sent_at" in capture) == (each["type"] != "payout")
    breaches = [each["code"] for each in findings if each["truth"] == "proved" and each["kind"] == "breach"]
    assert breaches == []


def verify_slip(page: Any, service: ServiceProcess, trade: str, folder: Path) -> None:
    """The slip's codes are the receipt of the acceptance; its leaf finds the receipt with the anchor."""
    slip = photographed(page, folder / "slip.png")
    trust = str(service.data / "trust.json")
    code, told = tally_verify(slip, "--trust", trust)
    assert (code, told["files"][0]["verdict"]) == (2, "not_anchored_yet")
    leaf = re.findall(r"0x[0-9a-f]{64}", page.locator("#slip .codes").inner_text())[0]
    assert told["files"][0]["facts"]["entry"]["leaf"] == leaf
    assert told["files"][0]["facts"]["entry"]["trade"] == trade
    completed = folder / "acceptance.receipt.json"
    with service.client("bendi") as client:
        for _ in range(80):
            found = client.get(f"/v1/receipts/{leaf}")
            if found.json()["anchors"]:
                break
            time.sleep(0.25)
    completed.write_bytes(found.content)
    code, told = tally_verify(completed, "--trust", trust, "--rpc", f"{service.url}/node")
    assert code == 0, told


def seen(page: Any, name: str, *, axe: bool = True) -> None:
    fits(page)
    if axe:
        accessible(page)
    shot(page, name)


@pytest.mark.parametrize(
    ("language", "size"), [("zh", "phone"), pytest.param("en", "tablet", marks=pytest.mark.full)]
)
def test_every_screen(open_page: Open, service: ServiceProcess, language: str, size: str) -> None:
    name = f"counter-{language}-{size}"
    options = {"viewport": TABLET} if size == "tablet" else {}
    page = open_page(f"{service.url}/counter", language=language)
    if options:
        page.set_viewport_size(TABLET)
    page.wait_for_selector("#pair")
    seen(page, f"{name}-pair")
    page.fill("#api-key", service.api_key("bendi", test=True))
    page.click("#do-pair")
    page.wait_for_selector(".banner")
    register(page, "解放路社区收卡站" if language == "zh" else "Jiefang Road shop")
    page.click("#to-settings")
    seen(page, f"{name}-settings")
    page.click("#to-home")
    priced(page, language, "京东E卡" if language == "zh" else "JD e-card")
    seen(page, f"{name}-quote")
    page.click("#do-quote")
    page.click("#do-accept")
    page.wait_for_selector("#channel-problem:not([hidden])")
    page.click('label:has(input[value="alipay"])')
    page.click('label:has(input[value="none"])')
    seen(page, f"{name}-accept")
    page.click("#do-accept")
    page.click('label:has(input[value="other"])')
    seen(page, f"{name}-inspect")
    page.click('label:has(input[value="pass"])')
    page.click("#do-inspect")
    page.wait_for_selector("#do-pay")
    seen(page, f"{name}-pay", axe=False)
    page.click("#do-pay")
    page.wait_for_selector("#do-guarantee")
    seen(page, f"{name}-guarantor", axe=False)
    page.click("#on-paper")
    page.wait_for_selector("[data-done]")
    page.wait_for_selector('.where:is([data-state="posted"], [data-state="anchored"])')
    page.click("#records > summary")
    seen(page, f"{name}-trade")
    page.click("#to-slip")
    page.wait_for_selector("#slip .codes")
    page.click("#share")
    page.wait_for_selector("#slip .share")
    seen(page, f"{name}-slip")
    page.click("#to-trade")
    page.click("#to-home")
    page.wait_for_selector("[data-trade]")
    seen(page, f"{name}-home")


def test_the_language_is_kept_without_a_network(open_page: Open, service: ServiceProcess) -> None:
    page = pair(open_page, service, service.api_key("bendi", test=True))
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.click("text=English")
    page.wait_for_selector("#new-trade")
    assert page.locator("#new-trade").inner_text() == "New trade"
    page.goto(f"{service.url}/counter")
    page.wait_for_selector("#new-trade")
    assert page.locator("html").get_attribute("lang") == "en"


def test_an_id_that_is_taken_is_told_plainly(open_page: Open, service: ServiceProcess) -> None:
    page = pair(open_page, service, service.api_key("bendi", test=True))
    page.context.set_offline(True)
    priced(page)
    page.click("#do-quote")
    page.wait_for_selector("#do-accept")
    (record,) = page.evaluate(_STORED)
    other = quote(event=record["events"][0]["id"], trade=record["trade"])
    with service.client("bendi", test=True) as client:
        assert client.post("/v1/events", json=other).status_code == 201
    go_online(page)
    page.wait_for_selector('[data-conflict="other_content"]')
    assert page.locator("#retry").is_visible()
    seen(page, "counter-zh-phone-conflict", axe=False)
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the 409 is meant


def test_a_lost_answer_is_found_again(open_page: Open, service: ServiceProcess) -> None:
    page = pair(open_page, service, service.api_key("bendi", test=True))
    lost: list[int] = []

    def lose(route: Any) -> None:
        """The service takes it, and nobody hears."""
        if lost:
            route.continue_()
            return
        headers = {name: value for name, value in route.request.headers.items() if name != "host"}
        lost.append(
            httpx.post(route.request.url, content=route.request.post_data, headers=headers).status_code
        )
        route.abort()

    page.context.route("**/v1/events", lose)
    priced(page)
    page.click("#do-quote")
    page.wait_for_selector('.where:is([data-state="posted"], [data-state="anchored"])')
    assert lost == [201]
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the lost connection is meant


def test_a_revoked_key_is_told_plainly_and_loses_nothing(open_page: Open, service: ServiceProcess) -> None:
    with service.client(admin=True) as operator:
        made = operator.post("/v1/keys", json={"platform": "bendi", "mode": "test"}).json()
        page = pair(open_page, service, made["api_key"])
        operator.delete(f"/v1/keys/{made['id']}")
    time.sleep(0.1)
    priced(page)
    page.click("#do-quote")
    page.wait_for_selector('[data-refused="not-authenticated"]')
    page.click("#to-home")
    page.click("#to-settings")
    page.check("#sure")
    page.click("#do-leave")
    page.fill("#api-key", service.api_key("bendi", test=True))
    page.click("#do-pair")
    page.click("[data-trade]")
    page.click("#retry")
    page.wait_for_selector('.where:is([data-state="posted"], [data-state="anchored"])')
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the 401 is meant


@pytest.mark.full
def test_a_second_tab_leaves_the_queue_alone(open_page: Open, service: ServiceProcess) -> None:
    page = pair(open_page, service, service.api_key("bendi", test=True))
    second = page.context.new_page()
    second.goto(f"{service.url}/counter")
    second.wait_for_selector('[data-view="elsewhere"]')
    page.close()
    second.reload()
    second.wait_for_selector("#new-trade")


def test_the_counter_can_be_installed(open_page: Open, service: ServiceProcess) -> None:
    page = open_page(f"{service.url}/counter")
    page.wait_for_selector("#pair")
    address = page.locator("link[rel=manifest]").get_attribute("href")
    manifest = page.evaluate("async (address) => await (await fetch(address)).json()", address)
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        "/counter",
        "/counter",
        "standalone",
    )
    sizes = page.evaluate(_WIDTHS, manifest["icons"])
    assert set(sizes) == {192, 512}
    worker = page.request.get(f"{service.url}/counter/sw.js")
    assert worker.headers["service-worker-allowed"] == "/counter"
    assert worker.headers["cache-control"] == "no-cache"
