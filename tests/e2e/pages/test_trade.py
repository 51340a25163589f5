"""A user's trade in a real browser: from the link to a verdict and a dispute with nothing typed; signed with
a key of the device's own; saved; in both languages, on phone and desktop; and the short code.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from typing import Any

import httpx
import pytest
from PIL import Image

from service.access.limits import WRONG_A_MINUTE
from service.core import eip712
from service.core.hexs import from_hex
from tests.e2e.pages.conftest import Open, accessible, fits, plain, shot
from tests.e2e.pages.user_trades import Posting, at, quote_claims, quoted, short_paid
from tests.integration.api.service_process import ServiceProcess, unique

pytestmark = pytest.mark.xdist_group("browser")


def all_anchored(post: Posting) -> None:
    """Wait until every entry of the trade has a proof that is final."""
    for _ in range(120):
        evidence = post.client.get(f"/v1/trades/{post.trade}/evidence.json").json()
        anchors = [each["receipt"]["anchors"] for each in evidence["entries"] if "receipt" in each]
        if anchors and all(each and each[0]["state_proof"] for each in anchors):
            return
        time.sleep(0.25)
    raise AssertionError("the trade was never anchored")


@pytest.fixture(scope="module")
def short(service: ServiceProcess) -> Posting:
    """A trade that was paid 40.00 too little, anchored."""
    post = short_paid(service.client("kaka"))
    all_anchored(post)
    return post


def verdict(page: Any) -> str:
    page.click("#check")
    page.wait_for_selector("#verdict:not([aria-busy]) [data-verdict]")
    return str(page.locator("#verdict [data-verdict]").first.get_attribute("data-verdict"))


@pytest.mark.parametrize(
    ("language", "size"),
    [
        ("zh", "phone"),
        ("en", "desktop"),
        pytest.param("zh", "desktop", marks=pytest.mark.full),
        pytest.param("en", "phone", marks=pytest.mark.full),
    ],
)
def test_the_first_screen_says_it_all(
    open_page: Open, service: ServiceProcess, short: Posting, language: str, size: str
) -> None:
    page = open_page(service.url + short.share()["path"], language=language, size=size)
    figures = {
        each.get_attribute("data-figure"): plain(each.locator(".value").inner_text())
        for each in page.locator("[data-figure]").all()
    }
    money = "{} 元" if language == "zh" else "CNY {}"
    assert figures == {
        "quoted": money.format("470.00"),
        "accepted": money.format("470.00"),
        "paid": money.format("430.00"),
    }
    headline = plain(page.locator("#headline").inner_text())
    assert headline == ("少付了 40.00 元" if language == "zh" else "CNY 40.00 short")
    for selector in (
        "#headline",
        "[data-figure=paid]",
        ".difference >> nth=0",
        "#check",
        "a[href='#dispute']",
    ):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] < page.viewport_size["height"], "not on the first screen"
    shot(page, f"trade-{language}-{size}-first")
    assert verdict(page) == "good"
    fits(page)
    accessible(page)
    shot(page, f"trade-{language}-{size}")


def test_from_the_link_to_a_dispute_without_typing(open_page: Open, service: ServiceProcess) -> None:
    """Open the QR code's link, understand, verify, dispute: five taps, no key pressed."""
    post = short_paid(service.client("kaka"))
    all_anchored(post)
    page = open_page(service.url + post.share()["path"], has_touch=True)
    page.add_init_script(
        "window.addEventListener('keydown', () => { throw new Error('something was typed'); })"
    )
    page.reload()
    assert "少付了" in page.locator("#headline").inner_text()
    page.tap("#check")
    page.wait_for_selector("#verdict [data-verdict=good]")
    page.tap("text=提起争议 >> nth=0")
    chosen = page.locator("#new-dispute input:checked")
    assert chosen.get_attribute("value") == "price_cut", "what was found is chosen already"
    page.tap("#new-dispute button.primary")
    assert "40.00 元" in plain(page.locator("#ask-text").inner_text())
    shot(page, "trade-zh-confirm")
    with page.expect_event("load"):
        page.tap("#ask button[value=yes]")
    card = page.locator("[data-dispute]")
    assert card.get_attribute("data-state") == "opened"
    assert re.search(r"还剩 71 小时 \d+ 分钟", plain(card.inner_text()))
    shot(page, "trade-zh-dispute")
    accessible(page)
    (case,) = post.client.get("/v1/disputes", params={"trade": post.trade}).json()["disputes"]
    told = post.client.get(f"/v1/disputes/{case['dispute']}").json()
    assert told["claim"]["amount"] == 4000
    assert told["claim"]["code"] == "price_cut"
    assert {each["event"] for each in told["contested"]} <= set(post.events.values())
    assert post.events["review"] not in json.dumps(told)


def open_dispute(page: Any) -> None:
    page.click("#new-dispute button.primary")
    with page.expect_event("load"):
        page.click("#ask button[value=yes]")


def test_evidence_answer_and_agreement(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    page = open_page(service.url + short.share()["path"])
    page.check("#new-dispute input[value=other]")
    open_dispute(page)
    card = page.locator("[data-dispute]").first
    dispute = card.get_attribute("data-dispute")
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    name = f"截图\u3000{'长' * 196}😀.png"  # another space; a pair that must not be halved
    with page.expect_event("load"):
        page.set_input_files(
            "[data-act=evidence]",
            {"name": name, "mimeType": "image/png", "buffer": picture.getvalue()},
        )
    fits(page)
    assert f"截图 {'长' * 196}😀" in plain(card.inner_text())
    answer = {"kind": "substantive", "position": "part", "offer": 2000}
    answer["reasons"] = [{"code": "x", "refs": [{"event": short.events["quote"]}]}]
    answered = short.client.post(f"/v1/disputes/{dispute}/answers", json=answer)
    assert answered.status_code == 201, answered.text
    page.reload()
    assert "提出支付 20.00 元" in plain(card.inner_text())
    shot(page, "trade-zh-answered")
    page.click("[data-act=settle]")
    with page.expect_event("load"):
        page.click("#ask button[value=yes]")
    assert card.get_attribute("data-state") == "settled"


def test_a_dispute_is_withdrawn(open_page: Open, service: ServiceProcess) -> None:
    post = quoted(service.client("kaka"))
    page = open_page(service.url + post.share()["path"], language="en")
    page.click("#new-dispute button.primary")
    page.wait_for_selector("#new-dispute .refusal:visible")
    page.check("#new-dispute input[value=late]")
    page.click("#new-dispute button.primary")
    page.click("#ask button[value=no]")
    assert page.locator("[data-dispute]").count() == 0, "asked, and answered with no"
    open_dispute(page)
    page.click("[data-act=withdraw]")
    with page.expect_event("load"):
        page.click("#ask button[value=yes]")
    assert page.locator("[data-dispute]").get_attribute("data-state") == "withdrawn"


def test_accepted_and_acknowledged_with_a_key_of_ones_own(open_page: Open, service: ServiceProcess) -> None:
    post = quoted(service.client("kaka"))
    page = open_page(service.url + post.share()["path"])
    assert "等您答复" in page.locator("#headline").inner_text()
    shot(page, "trade-zh-quoted")
    page.check(".offered input[value=bank]")
    page.click(".offered button.primary")
    assert "银行卡" in page.locator("#ask-text").inner_text()
    with page.expect_event("load"):
        page.click("#ask button[value=yes]")
    page.wait_for_selector("#timeline li >> nth=1")
    legs = [{"leg": 1, "channel": "bank", "amount": 47000, "kind": "money", "currency": "CNY"}]
    post("payout", payout=unique("p"), state="succeeded", final=True, legs=legs)
    page.wait_for_selector("#news:visible")
    page.click("#news a")
    assert page.locator("#headline").inner_text() == "款已付清"
    page.click(".offered button[value=received]")
    with page.expect_event("load"):
        page.click("#ask button[value=yes]")
    assert page.locator(".offered").count() == 0
    shot(page, "trade-zh-paid")
    consents = consents_of(post)
    assert [each["type"] for each in consents] == ["Acceptance", "Acknowledgement"]
    assert len({each["address"] for each in consents}) == 1, "one key of this device"
    assert consents[0]["channel"] == "bank"
    all_anchored(post)
    assert verdict(page) == "good", "the verifier recovers both signatures"


def consents_of(post: Posting) -> list[dict[str, Any]]:
    """The consents of the trade, each checked to be signed by the address that it names."""
    from service.core import disclosure
    from service.core.entry import parse

    log = post.client.get(f"/v1/trades/{post.trade}").json()
    domain = eip712.domain_separator(log["log"]["chain_id"], log["log"]["registry"])
    found = []
    for each in log["entries"]:
        claims = {d.name: d.value for d in map(disclosure.parse, each["disclosures"])}
        consent: Any = claims.get("consent")
        if consent is None:
            continue
        assert claims["actor"] == {"role": "user"}
        log_id, salt = from_hex(log["log"]["id"]), from_hex(consent["salt"])
        trade = parse(each["entry"].encode()).statement.trade
        if consent["type"] == "Acceptance":
            digest = eip712.acceptance_digest(
                domain,
                log_id,
                consent["platform"],
                trade,
                from_hex(claims["quote"]["digest"]),  # type: ignore[index]
                claims["amount"],  # type: ignore[arg-type]
                "CNY",
                consent["channel"],
                consent["validUntil"],
                salt,
            )
        else:
            payout = from_hex(claims["payout"]["digest"])  # type: ignore[index]
            amount: Any = claims["amount"]
            digest = eip712.acknowledgement_digest(domain, log_id, trade, payout, amount, "CNY", salt)
        assert eip712.recover(digest, from_hex(consent["signature"], 65)) == consent["address"]
        found.append(consent)
    return found


def test_what_is_hidden_is_said_to_be(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    page = open_page(service.url + short.share()["path"])
    sealed = page.locator("[data-sight=sealed]")
    assert sealed.count() == 1
    assert sealed.get_attribute("data-seq") == "3"
    assert "一条不向您出示的记录" in sealed.inner_text()
    content = page.content()
    assert short.events["review"] not in content
    assert "r-17" not in content
    assert sealed.locator("[data-state]").count() == 0
    items = page.locator("#timeline li").count()
    assert page.locator("#timeline [data-state]").count() == items - 1


def test_anchoring_is_seen_as_it_happens(open_page: Open, service: ServiceProcess) -> None:
    post = quoted(service.client("kaka"))
    page = open_page(service.url + post.share()["path"])
    state = page.locator("#e0 .state")
    assert state.get_attribute("data-state") in ("signed", "proving")
    assert re.search(r"最迟 \d{4}-\d\d-\d\d \d\d:\d\d 上链|已上链", state.inner_text())
    page.wait_for_selector("#e0 .state[data-state=anchored]", timeout=30_000)
    live = state.inner_text()
    page.reload()
    assert state.inner_text() == live, "the module and the server say the same"


def test_everything_can_be_saved(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    given = short.share()
    page = open_page(service.url + given["path"], permissions=["clipboard-read", "clipboard-write"])
    page.click("#save-image")
    source = page.locator("#picture img").get_attribute("src")
    assert source.startswith("data:image/png;base64,")
    picture = Image.open(io.BytesIO(_decoded(source)))
    assert picture.width == 750
    assert picture.height > 900
    picture.save(shot(page, "trade-zh-picture").with_name("trade-zh-summary.png"))
    page.click("#picture button[value=no]")
    page.click("#save-text")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text !== '')")
    text = plain(page.evaluate("navigator.clipboard.readText()"))
    assert "少付了 40.00 元" in text
    assert given["path"] in text
    with page.expect_download() as bundle:
        page.click("a[href$='evidence.zip']")
    with zipfile.ZipFile(bundle.value.path()) as files:
        assert "evidence.json" in {name.rpartition("/")[2] for name in files.namelist()}
    with page.expect_download() as certificate:
        page.click("a[href$='evidence.pdf']")
    assert certificate.value.path().read_bytes().startswith(b"%PDF-")
    assert certificate.value.suggested_filename.endswith(".pdf")


def _decoded(source: str) -> bytes:
    import base64

    return base64.b64decode(source.partition(",")[2])


def test_the_qr_code_leads_here(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    import zxingcpp

    given = short.share()
    page = open_page(service.url + given["path"])
    picture = Image.open(io.BytesIO(page.locator("#qr").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture.resize((picture.width * 3, picture.height * 3)))
    assert code.text == given["url"]


def test_without_a_clipboard_the_text_is_there(
    open_page: Open, service: ServiceProcess, short: Posting
) -> None:
    page = open_page(service.url + short.share()["path"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.click("#save-text")
    assert "少付了" in page.locator("#picture textarea").input_value()


def test_larger_text_stays(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    page = open_page(service.url + short.share()["path"])
    body = "parseFloat(getComputedStyle(document.body).fontSize)"
    assert page.evaluate(body) == 16
    page.click("text=大字")
    assert page.evaluate(body) == 20
    page.reload()
    assert page.locator("html").get_attribute("data-size") == "large", "as the server sends it: no jump"
    fits(page)
    shot(page, "trade-zh-large")
    page.click("text=标准字")
    page.reload()
    assert page.evaluate(body) == 16


def test_it_reads_without_javascript(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    page = open_page(service.url + short.share()["path"], java_script_enabled=False)
    assert "少付了" in page.locator("#headline").inner_text()
    assert page.locator("#timeline li").count() >= 6
    sent = page.locator("#new-dispute button, .offered button")
    assert sent.count() == 3
    assert not any(each.is_enabled() for each in sent.all()), "a form that nobody listens to seems to be sent"
    page.click("text=大字")
    assert page.locator("html").get_attribute("data-size") == "large"


def unruly(client: httpx.Client) -> Posting:
    """Whatever a platform may put into a trade: hundreds of millions, markup, words without end, writing that
    turns around; and sixty entries.
    """
    post = Posting(client)
    brand = "超长品牌名称" * 6 + "<img src=x onerror=alert(1)>" + "longword" * 8 + "\u202e048\u202c"
    item = {"line": 1, "brand": brand, "face": 99_999_999_999, "net": 92_000_000_001, "kind": "code"}
    offer = {"currency": "CNY", "net": 92_000_000_001, "rate_base": "face"}
    quote = post("quote", **quote_claims(items=[item], offer=offer))
    settlement = [{"channel": "bank", "payee": "0x" + "11" * 32}]
    consent = {"method": "none"}
    agreed: dict[str, Any] = {"quote": {"event": quote}, "amount": 92_000_000_001, "currency": "CNY"}
    post("acceptance", **agreed, settlement=settlement, consent=consent)
    notes = [
        {"event": unique("n"), "trade": post.trade, "type": "x-note", "occurred": at(0), "claims": {"n": n}}
        for n in range(57)
    ]
    client.post("/v1/events/batch", json=notes).raise_for_status()
    leg = {"leg": 1, "channel": "bank", "amount": 91_999_999_999, "kind": "money", "currency": "CNY"}
    post("payout", payout=unique("p"), state="succeeded", final=True, attempt=1, legs=[leg])
    return post


SPILLED = """[...document.querySelectorAll(".figures > div, .card, button, .button")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"""


def test_an_unruly_trade_spills_nothing(open_page: Open, service: ServiceProcess) -> None:
    post = unruly(service.client("kaka"))
    page = open_page(service.url + post.share()["path"], language="en")
    assert plain(page.locator("#headline").inner_text()) == "CNY 0.02 short"
    assert "[U+202E]048" in page.locator(".top .id").inner_text()
    verdict(page)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    shown = page.locator("body").inner_text()
    assert shown.count("[U+202E]048") > 2, "by the server and by the page's own module"
    assert not re.search("[\u202a-\u202e]", shown)
    assert page.locator("#timeline li").count() == 60
    for width, size in ((390, "normal"), (320, "normal"), (320, "large"), (1280, "large")):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("size => { document.documentElement.dataset.size = size }", size)
        fits(page)
        assert page.evaluate(SPILLED) == [], (width, size)
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "trade-en-phone-unruly")


def test_a_dispute_by_keyboard_alone(open_page: Open, service: ServiceProcess) -> None:
    """Without a mouse or a finger; and after a failure the focus is where it was."""
    post = short_paid(service.client("kaka"))
    page = open_page(service.url + post.share()["path"], size="desktop")
    focused = "() => document.activeElement.textContent.trim() || document.activeElement.name"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "claim":
            break
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.checked") is True
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "提交争议":
            break
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#ask:not([open])", state="attached")
    assert page.evaluate(focused) == "提交争议", "back where it was asked"
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask[open]")
    assert page.evaluate(focused) == "确定"
    page.keyboard.press("Enter")
    page.wait_for_selector("#new-dispute .refusal:not([hidden])")
    assert "连不上网络" in page.locator("#new-dispute .refusal").inner_text()
    page.wait_for_selector("#new-dispute:not([aria-busy])")
    assert page.evaluate(focused) == "提交争议"
    page.context.set_offline(False)
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the lost connection is meant
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask[open]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-dispute]")
    page.go_back()
    assert page.url == "about:blank", "what was done is no step back"


def test_a_quote_can_be_accepted_before_anything_else(open_page: Open, service: ServiceProcess) -> None:
    """What waits for the user comes first, by link and by order."""
    page = open_page(service.url + quoted(service.client("kaka")).share()["path"])
    assert page.locator(".top .actions a").first.inner_text() == "接受报价"
    places = [page.locator(each).bounding_box()["y"] for each in ("#sign", "#dispute", "#timeline")]
    assert places == sorted(places)


def test_on_paper(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    page = open_page(service.url + short.share()["path"])
    page.emulate_media(media="print")
    assert page.locator("#headline").is_visible()
    assert page.locator("#qr").is_visible()
    assert not page.locator("#check").is_visible()
    assert not page.locator("#new-dispute").is_visible()
    shot(page, "trade-zh-print")


def test_the_dark_side(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    page = open_page(service.url + short.share()["path"], color_scheme="dark")
    shot(page, "trade-zh-dark")


def test_the_token_goes_nowhere(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    given = short.share()
    token = given["path"].removeprefix("/t/")
    page = open_page("about:blank")
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request))
    answer = page.goto(service.url + given["path"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["referrer-policy"] == "no-referrer"
    verdict(page)
    assert {httpx.URL(each.url).netloc for each in sent if each.url.startswith("http")} == {
        httpx.URL(service.url).netloc
    }
    for each in sent:
        assert token not in each.headers.get("referer", "")
        assert token not in httpx.URL(each.url).query.decode()
    assert token not in service.journal()


def test_a_page_is_small(service: ServiceProcess, short: Posting) -> None:
    with httpx.Client(headers={"accept": "text/html"}) as client:
        page = client.get(service.url + short.share()["path"])
        import gzip

        assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
        sizes = [len(gzip.compress(client.get(service.url + each).content)) for each in set(assets)]
    assert sum(sizes) + len(gzip.compress(page.content)) < 150_000


def test_a_link_that_opens_nothing(open_page: Open, service: ServiceProcess, short: Posting) -> None:
    given = short.share()
    short.client.delete(f"/v1/shares/{given['id']}").raise_for_status()
    page = open_page("about:blank")
    for path in (given["path"], "/t/tally_share_" + "0" * 38):
        assert page.goto(service.url + path).status == 404
        assert page.locator("h1").inner_text() == "没有找到"
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the 404s are meant


def test_clients_still_get_json(service: ServiceProcess, short: Posting) -> None:
    answer = httpx.get(service.url + short.share()["path"], headers={"accept": "*/*"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["trade"] == short.trade


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.full)])
def test_the_short_code(open_page: Open, service: ServiceProcess, short: Posting, language: str) -> None:
    given = short.share()
    page = open_page(f"{service.url}/t", language=language)
    fits(page)
    shot(page, f"code-{language}")
    page.click("text=大字" if language == "zh" else "text=Larger text")
    page.wait_for_selector("html[data-size=large]")
    fits(page)
    code = given["code"]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    page.fill("#code", wrong)
    page.press("#code", "Enter")
    page.wait_for_selector("[data-problem=mistyped]")
    page.fill("#code", "00000-00000-0")
    page.press("#code", "Enter")
    page.wait_for_selector("[data-problem=nothing]")
    shot(page, f"code-{language}-nothing")
    accessible(page)
    page.fill("#code", code.lower().replace("-", " — "))
    page.press("#code", "Enter")
    page.wait_for_selector("#headline")
    assert "/t/tally_share_" in page.url
    assert given["path"] not in page.url, "a session of an hour, not the link itself"
    assert ("短码" if language == "zh" else "short code") in page.locator("#save").inner_text()
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the refused codes are meant


def test_codes_are_not_tried_out(service: ServiceProcess) -> None:
    transport = httpx.HTTPTransport(local_address="127.0.0.77")
    with httpx.Client(base_url=service.url, transport=transport, headers={"accept": "text/html"}) as client:
        answers = []
        for _ in range(2 * WRONG_A_MINUTE + 1):  # a new minute may begin in between
            answers.append(client.post("/t", data={"code": "00000-00000-0"}))
            if answers[-1].status_code != 404:
                break
        assert len(answers) > WRONG_A_MINUTE, "as many as that are only mistakes"
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        foreign = client.post("/t", data={"code": "x"}, headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403
        assert client.post("/t", json={"code": "x"}).status_code == 415
        assert client.post("/t", data={"code": "x" * 5000}).status_code == 413
