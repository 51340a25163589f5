"""A real Chromium, the real service, and a trade to look at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.conftest import service  # noqa: F401  (the fixture)
from tests.integration.api.service_process import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-fake-ui-for-media-stream"]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
LOCALES = {"zh": "zh-CN", "en": "en-US"}
SHOTS = ROOT / ".build/screenshots"

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright. Skips where there is none, and says how to get one.

    For one file at a time: while Playwright runs, its thread has a loop, and other tests start their own.
    """
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium); pages were not driven")
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright to drive the pages")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """`open_page(url, language="zh", size="phone", **context)`: a page in a context of its own.

    The test fails for whatever the browser complains about: an error in a script, a breach of the policy.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(url: str, *, language: str = "zh", size: str = "phone", **options: Any) -> Any:
        context = browser.new_context(viewport=SIZES[size], locale=LOCALES[language], **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.set_default_timeout(15_000)
        page.goto(url)
        return page

    opened.complaints = complaints  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def plain(text: str) -> str:
    """Text with ordinary spaces, and without the joints that keep dates whole."""
    return re.sub(r"\s+", " ", text.replace("\u2060", "")).strip()


def accessible(page: Any) -> None:
    """No violation that axe-core knows of, in the light and in the dark."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: scripts/bootstrap --dev")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("async () => (await axe.run()).violations")
        told = [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found]
        assert told == [], scheme
    page.emulate_media(color_scheme="light")


def fits(page: Any) -> None:
    """Nothing sticks out at the side."""
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], wide


def shot(page: Any, name: str) -> Path:
    """A screenshot for people to look at, in `.build/screenshots`."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = SHOTS / f"{name}.png"
    page.screenshot(path=str(path), full_page=True)
    return path
