"""Paper receipts and keys held before a camera: Chromium films a file of QR codes instead of the world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import segno

from service.core import paper, receipt
from tests.e2e.pages.conftest import CHROMIUM, FLAGS, Open, shot
from tests.integration.api.service_process import ServiceProcess, quote

pytestmark = pytest.mark.xdist_group("browser")
SIDE = 640
_DARK, _LIGHT = b"\x10", b"\xeb"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees: written anew before it is opened."""
    return Path(tmp_path_factory.mktemp("camera")) / "film.y4m"


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Any]:
    """Chromium with a camera that shows the film, over and over."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium); pages were not driven")
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright to drive the pages")
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])
        yield running
        running.close()


def frame(code: bytes) -> bytes:
    """One picture of a code, as luma and two chroma planes (4:2:0)."""
    matrix = [bytes(row) for row in segno.make_qr(code, error="m", mode="byte", boost_error=False).matrix]
    scale = SIDE // (len(matrix) + 8)
    quiet = (SIDE - scale * len(matrix)) // 2
    blank, margin = _LIGHT * SIDE, _LIGHT * quiet
    rows = []
    for row in matrix:
        line = margin + b"".join((_DARK if dark else _LIGHT) * scale for dark in row)
        rows += [line.ljust(SIDE, _LIGHT)] * scale
    picture = [blank] * quiet + rows
    picture += [blank] * (SIDE - len(picture))
    return b"FRAME\n" + b"".join(picture) + b"\x80" * (SIDE * SIDE // 2)


def filmed(film: Path, codes: Sequence[bytes]) -> None:
    """A film (YUV4MPEG2) that shows one code after another, each for half a second."""
    film.write_bytes(f"YUV4MPEG2 W{SIDE} H{SIDE} F2:1 Ip A1:1 C420jpeg\n".encode())
    with film.open("ab") as file:
        for code in codes:
            file.write(frame(code))


def paper_of(client: httpx.Client) -> tuple[bytes, ...]:
    """The codes of a new quote's paper receipt."""
    posted = client.post("/v1/events", json=quote())
    assert posted.status_code == 201, posted.text
    found = client.get(posted.headers["location"])
    return paper.encode(receipt.parse(found.content)).codes


def test_a_paper_receipt_is_scanned(open_page: Open, service: ServiceProcess, film: Path) -> None:
    with service.client() as client:
        codes = paper_of(client)
    assert len(codes) > 1, "one code after another"
    senseless = b"TS1" + bytes([0, 1]) + bytes(30)
    filmed(film, [each for code in codes for each in (code, senseless)])
    page = open_page(f"{service.url}/verify", permissions=["camera"])
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.click("#scan")
    page.wait_for_selector("#results:not([aria-busy]) [data-verdict]")
    verdict = page.locator("#results [data-verdict]").first.get_attribute("data-verdict")
    assert verdict == "not_anchored_yet", "paper has no anchor: it was printed at the counter"
    assert page.locator("#camera").is_hidden()
    assert page.evaluate("document.getElementById('video').srcObject") is None, "the camera is off"
    assert set(sent) <= {"GET"}
    shot(page, "verify-zh-phone-scanned")


def test_the_camera_can_be_closed(open_page: Open, service: ServiceProcess, film: Path) -> None:
    """And a code of something else is not taken for a receipt."""
    filmed(film, [b"https://example.org/"])
    page = open_page(f"{service.url}/verify", permissions=["camera"])
    page.click("#scan")
    page.wait_for_function("() => document.getElementById('video').videoWidth > 0")
    assert page.locator("#scan").is_disabled(), "one camera at a time"
    page.click("#camera-stop")
    page.wait_for_function("() => document.getElementById('video').srcObject === null")
    assert page.locator("#camera").is_hidden()
    assert page.locator("#results [data-verdict]").count() == 0
    assert page.evaluate("document.activeElement.id") == "scan"


def test_without_a_camera_the_page_says_so(open_page: Open, service: ServiceProcess) -> None:
    page = open_page("about:blank")
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none'))")
    page.goto(f"{service.url}/verify")
    page.click("#scan")
    page.wait_for_function(
        "() => document.getElementById('camera-state').textContent.startsWith('没有可用的摄像头')"
    )
    page.click("#camera-stop")
    assert page.locator("#camera").is_hidden()
    assert page.locator("#scan").is_enabled()


def test_what_cannot_be_seen_is_not_filmed(open_page: Open, service: ServiceProcess, film: Path) -> None:
    """A browser that opens the camera and then refuses to play."""
    filmed(film, [b"https://example.org/"])
    page = open_page("about:blank", permissions=["camera"])
    page.add_init_script(
        "HTMLMediaElement.prototype.play = function () {"
        " window.filming = this.srcObject; return Promise.reject(new Error('no')) }"
    )
    page.goto(f"{service.url}/verify")
    page.click("#scan")
    page.wait_for_function("() => document.getElementById('camera-state').textContent !== ''")
    page.wait_for_function("() => window.filming?.getTracks().every((each) => each.readyState === 'ended')")


def test_a_counter_is_paired_by_a_code(open_page: Open, service: ServiceProcess, film: Path) -> None:
    filmed(film, [service.api_key("bendi", test=True).encode()])
    page = open_page(f"{service.url}/counter", permissions=["camera"])
    page.click("#scan-key")
    page.wait_for_selector("#new-trade")
    assert page.locator(".banner").count() == 1, "the test log's key"


def test_the_camera_ends_with_what_it_was_for(open_page: Open, service: ServiceProcess, film: Path) -> None:
    """Whoever opens it and then types the key after all is not filmed any longer."""
    filmed(film, [b"https://example.org/"])
    page = open_page(f"{service.url}/counter", permissions=["camera"])
    page.click("#scan-key")
    page.wait_for_function("() => document.querySelector('#pair-camera video').videoWidth > 0")
    page.evaluate("() => { window.filming = document.querySelector('#pair-camera video').srcObject }")
    page.fill("#api-key", service.api_key("bendi", test=True))
    page.click("#do-pair")
    page.wait_for_selector("#new-trade")
    page.wait_for_function("() => window.filming.getTracks().every((each) => each.readyState === 'ended')")
