"""/verify in a real browser: every verdict, nothing uploaded, both languages, phone and desktop."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.pages.conftest import Open, accessible, fits, shot
from tests.integration.api.service_process import ROOT, ServiceProcess, quote
from tests.reference import genuine
from tests.unit.cli.forgeries import two_faced

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/receipts.json").read_text())
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def receipt(service: ServiceProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an anchored receipt."""
    with service.client() as client:
        posted = client.post("/v1/events", json=quote())
        place = posted.headers["location"]
        for _ in range(120):
            found = client.get(place)
            if any(each["state_proof"] for each in found.json()["anchors"]):
                break
            time.sleep(0.25)
    path = tmp_path_factory.mktemp("receipt") / "quote.receipt.json"
    path.write_bytes(found.content)
    return path


def check(page: Any, *files: Path) -> Any:
    page.set_input_files("#files", [str(each) for each in files])
    page.wait_for_selector("#results:not([aria-busy]) [data-verdict]")
    return page.locator("#results [data-verdict]").first


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_genuine_receipt(
    open_page: Open, service: ServiceProcess, receipt: Path, language: str, size: str
) -> None:
    page = open_page(f"{service.url}/verify", language=language, size=size)
    sent: list[tuple[str, str]] = []
    page.on("request", lambda request: sent.append((request.method, request.url)))
    verdict = check(page, receipt)
    assert verdict.get_attribute("data-verdict") == "anchor_not_checked"
    assert {method for method, _ in sent} <= {"GET"}, "something was uploaded"
    page.locator("#settings > summary").click()
    page.click("#use-own-node")
    page.wait_for_selector("[data-verdict=good]")
    assert page.locator("[data-step]").count() == 9
    posted = [url for method, url in sent if method == "POST"]
    assert set(posted) == {f"{service.url}/node"}, "only the node that was chosen is asked"
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh" else "en")
    fits(page)
    accessible(page)
    shot(page, f"verify-{language}-{size}")


def test_the_language_is_one_click_away(open_page: Open, service: ServiceProcess) -> None:
    page = open_page(f"{service.url}/verify")
    assert page.locator("h1").inner_text() == "查验回执"
    page.click("text=English")
    assert page.locator("h1").inner_text() == "Check a receipt"
    page.goto(f"{service.url}/verify")
    assert page.locator("h1").inner_text() == "Check a receipt", "the choice is kept"


def test_every_kind_of_receipt_gets_its_verdict(
    open_page: Open, service: ServiceProcess, tmp_path: Path
) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(VECTORS["trust"]))
    page = open_page("about:blank")
    page.clock.set_fixed_time(VECTORS["now"])
    page.goto(f"{service.url}/verify")
    page.set_input_files("#trust-file", str(trust))
    page.locator("#settings > summary").click()
    looks = {}
    for number, case in enumerate(VECTORS["cases"]):
        hashes = [each for given in case["block_hashes"].values() for each in given]
        file = tmp_path / f"{number}.receipt.json"
        file.write_text(json.dumps(case["receipt"]))
        page.fill("#block-hash", " ".join(hashes))
        card = check(page, file)
        page.wait_for_selector(f'article[aria-label*="{number}.receipt.json"]')
        told = (card.get_attribute("data-verdict"), card.get_attribute("data-reason"))
        assert told == (case["verdict"], case["reason"]), case["name"]
        looks[case["verdict"]] = (card.get_attribute("class"), card.locator(".sign").inner_text())
    assert len(looks) >= 6
    assert len(set(looks.values())) == len(looks), "two verdicts look the same"
    signs = "".join(sign for _, sign in looks.values())
    assert len(set(signs)) == len(looks), "two verdicts have the same sign"
    coloured = page.evaluate(r"(signs) => /\p{Emoji_Presentation}/u.test(signs)", signs)
    assert not coloured, "a sign that phones draw as a coloured picture, and others not at all"


def test_receipts_put_in_together_are_held_against_each_other(
    open_page: Open, service: ServiceProcess, tmp_path: Path
) -> None:
    """One entry, two amounts: each receipt is genuine by itself."""
    page = open_page("about:blank")
    page.clock.set_fixed_time(genuine.NOW)
    page.goto(f"{service.url}/verify")
    (tmp_path / "trust.json").write_bytes(genuine.encode(genuine.trust()))
    page.set_input_files("#trust-file", str(tmp_path / "trust.json"))
    files = [tmp_path / f"{number}.receipt.json" for number in range(2)]
    for file, each in zip(files, two_faced(), strict=True):
        file.write_bytes(genuine.encode(each))
    assert check(page, files[0]).get_attribute("data-verdict") == "not_anchored_yet"
    page.set_input_files("#files", [str(each) for each in files])
    page.wait_for_selector("#results:not([aria-busy]) article:nth-of-type(2) [data-verdict]")
    found = page.locator("#results [data-verdict]").evaluate_all("all => all.map((each) => each.dataset)")
    assert [(each["verdict"], each["reason"]) for each in found] == [("tampered", "claim_differs")] * 2


def test_no_node_and_a_dead_node_are_not_invalid(
    open_page: Open, service: ServiceProcess, receipt: Path
) -> None:
    page = open_page(f"{service.url}/verify")
    page.locator("#settings > summary").click()
    page.fill("#node-1", "http://127.0.0.1:9")
    assert check(page, receipt).get_attribute("data-verdict") == "cannot_reach_node"
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the refused connection is meant


def test_other_files_and_pasted_text(open_page: Open, service: ServiceProcess, receipt: Path) -> None:
    page = open_page(f"{service.url}/verify")
    assert check(page, ROOT / "LICENSE").get_attribute("data-verdict") == "wrong_file"
    page.locator("details:has(#pasted) > summary").click()
    page.fill("#pasted", receipt.read_text())
    page.click("#check-pasted")
    page.wait_for_selector("[data-verdict=anchor_not_checked]")


def test_the_offline_file_opens_from_a_disk(
    open_page: Open, service: ServiceProcess, receipt: Path, tmp_path: Path
) -> None:
    with service.client(None) as client:
        page_bytes = client.get("/static/verify-offline.html").content
        trust = tmp_path / "trust.json"
        trust.write_bytes(client.get("/trust.json").content)
    file = tmp_path / "verify.html"
    file.write_bytes(page_bytes)
    page = open_page(file.as_uri(), language="en")
    page.context.set_offline(True)
    page.locator("#settings > summary").click()
    page.set_input_files("#trust-file", str(trust))
    header = json.loads(receipt.read_bytes())["anchors"][0]["state_proof"]["header"]
    from service.core.state_proof import parse_header

    page.fill("#block-hash", "0x" + parse_header(bytes.fromhex(header[2:])).hash.hex())
    assert check(page, receipt).get_attribute("data-verdict") == "good"
    page.click("text=中文")
    assert page.locator("h1").inner_text() == "查验回执"
    accessible(page)
