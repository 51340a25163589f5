"""The public logs in a real browser: what is checked is checked there, and a lying service is found out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.chain.artifact import load as load_artifact
from service.chain.codec import Codec
from service.chain.registry import Calldata
from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.checkpoint import parse_signed as parse_note
from service.core.hexs import from_hex, to_hex
from service.store.keyfiles import KeyFiles
from tests.e2e.pages.conftest import Open, accessible, fits, shot
from tests.integration.api.service_process import ServiceProcess, quote

pytestmark = pytest.mark.xdist_group("browser")
Change = Callable[[Any], Any]


def post(service: ServiceProcess, count: int) -> None:
    with service.client("xianka") as client:
        client.post("/v1/events/batch", json=[quote() for _ in range(count)]).raise_for_status()


@pytest.fixture(scope="module")
def grown(service: ServiceProcess) -> ServiceProcess:
    """The service, with several checkpoints and an anchor in xianka's log."""
    for count in (3, 1, 6, 2):
        post(service, count)
        time.sleep(0.6)
    with service.client(None) as anyone:
        for _ in range(120):
            if anyone.get("/logs/xianka/anchors").json()["anchors"]:
                break
            time.sleep(0.25)
        else:
            raise AssertionError("no anchor came")
    return service


def verdict(page: Any, place: str) -> Any:
    page.wait_for_selector(f"{place}:not([aria-busy]) [data-verdict]")
    return page.locator(f"{place} [data-verdict]").first


def lie(page: Any, pattern: str, change: Change) -> None:
    """Let the service answer otherwise."""

    def answered(route: Any) -> None:
        route.fulfill(json=change(httpx.get(route.request.url).json()))

    page.route(pattern, answered)


@pytest.mark.parametrize(
    ("language", "size"),
    [
        ("zh", "phone"),
        ("en", "desktop"),
        pytest.param("zh", "desktop", marks=pytest.mark.full),
        pytest.param("en", "phone", marks=pytest.mark.full),
    ],
)
def test_everything_about_a_log(open_page: Open, grown: ServiceProcess, language: str, size: str) -> None:
    page = open_page(f"{grown.url}/logs", language=language, size=size)
    fits(page)
    accessible(page)
    shot(page, f"logs-{language}-{size}")
    page.click("article a[href='/logs/xianka']")
    page.wait_for_selector("#growth svg path.line")
    page.wait_for_selector("#faults strong")
    page.click("#compare button")
    assert verdict(page, "#compared").get_attribute("data-verdict") == "good"
    page.fill("#place", "0")
    page.click("#find button")
    assert verdict(page, "#found").get_attribute("data-verdict") == "good"
    page.locator("details:has(#ask-node) > summary").click()
    page.click("#ask-node")
    page.wait_for_selector("#node-told:text-matches('没有失约|nothing on record')")
    assert page.locator("#anchors tbody tr").count() >= 1
    fits(page)
    accessible(page)
    shot(page, f"log-{language}-{size}")


def test_nothing_is_asked_of_anybody_else(open_page: Open, grown: ServiceProcess) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{grown.url}/logs/xianka")
    page.wait_for_selector("#growth svg")
    assert all(url.startswith(grown.url) for url in asked)
    assert "cookie" not in page.evaluate("document.cookie")


def test_a_leaf_is_found_by_its_hash(open_page: Open, grown: ServiceProcess) -> None:
    with grown.client(None) as anyone:
        leaf = anyone.get("/logs/xianka/proof?index=2").json()["leaf"]
    page = open_page(f"{grown.url}/logs/xianka")
    page.fill("#place", leaf)
    page.click("#find button")
    card = verdict(page, "#found")
    assert card.get_attribute("data-verdict") == "good"
    assert "第 2 号" in card.inner_text()
    page.fill("#place", "0x" + "00" * 32)
    page.click("#find button")
    page.wait_for_selector("#found [data-verdict=plain]")
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the 404 is meant
    page.fill("#place", "99999999")
    page.click("#find button")
    page.wait_for_selector("#found >> text=99999998", state="detached")
    assert verdict(page, "#found").get_attribute("data-verdict") == "plain"
    page.fill("#place", "the third one")
    page.click("#find button")
    page.wait_for_selector("#found .problem")


def spoilt(proof: list[str]) -> list[str]:
    return ["0x" + "11" * 32, *proof[1:]]


def test_a_false_consistency_proof_is_refused(open_page: Open, grown: ServiceProcess) -> None:
    page = open_page(f"{grown.url}/logs/xianka", language="en")
    page.wait_for_selector("#growth svg")
    lie(page, "**/consistency?*", lambda answer: answer | {"proof": spoilt(answer["proof"])})
    page.click("#compare button")
    card = verdict(page, "#compared")
    assert card.get_attribute("data-verdict") == "bad"
    assert "evidence" in card.inner_text()
    assert page.locator("#compared details[open] pre").count() == 2, "both notes are there to be kept"
    accessible(page)
    shot(page, "log-bad-en")


def test_a_false_inclusion_proof_is_refused(open_page: Open, grown: ServiceProcess) -> None:
    page = open_page(f"{grown.url}/logs/xianka")
    lie(page, "**/proof?*", lambda answer: answer | {"inclusion": spoilt(answer["inclusion"])})
    page.fill("#place", "1")
    page.click("#find button")
    assert verdict(page, "#found").get_attribute("data-verdict") == "bad"


def test_another_leaf_than_the_one_asked_about_is_refused(open_page: Open, grown: ServiceProcess) -> None:
    """The service answers a question about one leaf with a genuine proof of another."""
    with grown.client(None) as anyone:
        genuine = anyone.get("/logs/xianka/proof?index=1").json()
        size = parse_note(anyone.get("/logs/xianka/checkpoint").content).size
        genuine = anyone.get(f"/logs/xianka/proof?index=1&size={size}").json()
    page = open_page(f"{grown.url}/logs/xianka")
    page.route("**/proof?*", lambda route: route.fulfill(json=genuine))
    for place in ("0x" + "22" * 32, "0"):
        page.fill("#place", place)
        page.click("#find button")
        page.wait_for_selector("#found:not([aria-busy]) [data-verdict=bad]")
        page.evaluate("document.querySelector('#found').replaceChildren()")


def test_a_forged_checkpoint_is_refused(open_page: Open, grown: ServiceProcess) -> None:
    def forged(answer: Any) -> Any:
        for each in answer["checkpoints"]:
            lines = each["checkpoint"].split("\n")
            lines[1] = str(int(lines[1]) + 1)
            each["checkpoint"] = "\n".join(lines)
        return answer

    page = open_page(f"{grown.url}/logs/xianka")
    page.wait_for_selector("#growth svg")
    lie(page, "**/checkpoints?after=*", forged)
    page.click("#compare button")
    card = verdict(page, "#compared")
    assert card.get_attribute("data-verdict") == "bad"
    assert "不成立" in card.inner_text()


def test_a_checkpoint_somebody_kept(open_page: Open, grown: ServiceProcess) -> None:
    with grown.client(None) as anyone:
        first, second = [
            each["checkpoint"]
            for each in anyone.get("/logs/xianka/checkpoints?limit=2").json()["checkpoints"]
        ]
        other = anyone.get("/logs/kaka/checkpoints?limit=1").json()["checkpoints"]
    page = open_page(f"{grown.url}/logs/xianka")
    page.locator("details:has(#kept) > summary").click()

    def compared(note: str) -> Any:
        page.fill("#kept", note)
        page.evaluate("document.querySelector('#compared').replaceChildren()")
        page.click("#compare button")
        return verdict(page, "#compared")

    assert compared(first.replace("\n", "\r\n") + "\n").get_attribute("data-verdict") == "good"
    assert compared(first[:-30]).get_attribute("data-verdict") == "bad"
    for each in other:
        assert "另一本日志" in compared(each["checkpoint"]).inner_text()
    page.route("**/logs/xianka/checkpoint", lambda route: route.fulfill(body=first))
    shorter = compared(second)
    assert shorter.get_attribute("data-verdict") == "bad"
    assert "变短" in shorter.inner_text()


def fork(service: ServiceProcess, name: str, size: int) -> tuple[LogIdentity, list[str]]:
    """Two notes by a log's own key over different roots at one size."""
    with service.client(None) as anyone:
        listed = {each["name"]: each for each in anyone.get("/logs").json()["logs"]}[name]
    identity = LogIdentity(listed["origin"], from_hex(listed["id"]), listed["chain_id"], listed["registry"])
    key = KeyFiles(service.data / "keys", os.urandom, lambda: 0).checkpoint(name)
    signer = CheckpointSigner(identity, key.ed25519_seed, key.evm_key)
    now = int(time.time())
    return identity, [signer.sign(size, bytes([n]) * 32, now, now + 60) for n in (1, 2)]


def test_a_log_with_two_faces_is_found_out(open_page: Open, grown: ServiceProcess) -> None:
    """The log's own key signed another history; whoever kept that checkpoint sees it at once."""
    _, (forked, _) = fork(grown, "xianka", 2)
    page = open_page(f"{grown.url}/logs/xianka")
    page.locator("details:has(#kept) > summary").click()
    page.fill("#kept", forked)
    page.click("#compare button")
    assert verdict(page, "#compared").get_attribute("data-verdict") == "bad"
    assert "对不上" in page.locator("#compared").inner_text()


def test_whoever_comes_back_learns_that_the_log_only_grew(open_page: Open, grown: ServiceProcess) -> None:
    page = open_page(f"{grown.url}/logs/xianka")
    page.wait_for_selector("#since p")
    post(grown, 2)
    page.reload()
    assert verdict(page, "#since").get_attribute("data-verdict") == "good"
    shot(page, "log-since-zh")
    _, (forked, _) = fork(grown, "xianka", 2)
    key = page.evaluate("Object.keys(localStorage).find((key) => key.startsWith('tally-checkpoint-'))")
    page.evaluate("([key, note]) => localStorage.setItem(key, note)", [key, forked])
    page.reload()
    assert verdict(page, "#since").get_attribute("data-verdict") == "bad"
    page.reload()
    assert verdict(page, "#since").get_attribute("data-verdict") == "bad", "the evidence is not forgotten"


def test_a_test_log_is_not_vouched_for(open_page: Open, grown: ServiceProcess) -> None:
    with grown.client("xianka", test=True) as client:
        for _ in range(2):
            client.post("/v1/events", json=quote()).raise_for_status()
    page = open_page(f"{grown.url}/logs/xianka-test")
    page.wait_for_selector("#sizes option", state="attached")
    page.click("#compare button")
    assert verdict(page, "#compared").get_attribute("data-verdict") == "open"
    assert page.locator("#since").inner_text() == ""


def test_a_fault_on_chain_is_shown(open_page: Open, grown: ServiceProcess) -> None:
    """The log's key signs a fork, somebody reports it to the real registry, and the page says so."""
    identity, notes = fork(grown, "bendi-test", 7)
    a, b = [parse_note(note) for note in notes]
    calldata = Calldata(Codec(load_artifact().abi)).report_fork(
        a.to_registry_args(identity.log_id),
        a.signature,
        b.to_registry_args(identity.log_id),
        b.signature,
    )
    somebody = "0x" + "5a" * 20
    with httpx.Client(base_url=grown.credentials["rpc"]) as node:

        def call(method: str, *params: object) -> Any:
            asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = node.post("/", json=asked).json()
            assert "error" not in answer, answer
            return answer["result"]

        call("anvil_setBalance", somebody, hex(10**18))
        call("anvil_impersonateAccount", somebody)
        call(
            "eth_sendTransaction",
            {"from": somebody, "to": identity.registry, "data": to_hex(calldata), "gas": hex(900_000)},
        )
        call("anvil_mine", "0x1")
    page = open_page(f"{grown.url}/logs/bendi-test")
    page.wait_for_selector("#faults .fault")
    assert "签署了两本互相矛盾的日志" in page.locator("#faults").inner_text()
    page.locator("details:has(#ask-node) > summary").click()
    page.click("#ask-node")
    page.wait_for_selector("#node-told:has-text('1 条')")
    accessible(page)
    shot(page, "log-fault-zh")


def test_it_reads_without_scripts(open_page: Open, grown: ServiceProcess) -> None:
    page = open_page(f"{grown.url}/logs/xianka", java_script_enabled=False)
    assert page.locator("#anchors tbody tr").count() >= 1
    assert page.locator("noscript p").is_visible()
    page.locator("details:has(#note) > summary").click()
    assert "xianka" in page.locator("#note").inner_text()


def test_programs_are_answered_as_before(grown: ServiceProcess) -> None:
    with grown.client(None) as anyone:
        for accept in ("*/*", "application/json", "text/html"):
            answer = anyone.get("/logs", headers={"accept": accept})
            wants = "text/html; charset=utf-8" if accept == "text/html" else "application/json"
            assert answer.headers["content-type"] == wants
            assert "accept" in answer.headers["vary"].lower()
            note = anyone.get("/logs/xianka/checkpoint", headers={"accept": accept})
            assert note.headers["content-type"] == "text/plain; charset=utf-8"
        assert anyone.get("/logs/nobody").headers["content-type"] == "application/problem+json"
        shown = anyone.get("/logs/nobody", headers={"accept": "text/html"})
        assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
