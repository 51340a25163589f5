"""The start page, and pages for what went wrong, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.pages.conftest import Open, accessible, fits, shot
from tests.integration.api.service_process import ServiceProcess

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(
    ("language", "size"),
    [
        ("zh", "phone"),
        ("en", "desktop"),
        pytest.param("zh", "desktop", marks=pytest.mark.full),
        pytest.param("en", "phone", marks=pytest.mark.full),
    ],
)
def test_three_ways_to_go(open_page: Open, service: ServiceProcess, language: str, size: str) -> None:
    page = open_page(service.url, language=language, size=size)
    assert page.url == f"{service.url}/", "no redirect"
    fits(page)
    accessible(page)
    shot(page, f"home-{language}-{size}")
    for target in ("/verify", "/t", "/logs"):
        page.click(f"main a[href='{target}']")
        page.wait_for_url(f"{service.url}{target}")
        assert page.locator("h1").count() == 1
        page.click("a.brand")
        page.wait_for_url(f"{service.url}/")


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.full)])
def test_what_is_not_there_and_what_was_refused(
    open_page: Open, service: ServiceProcess, language: str
) -> None:
    for path, status, name in (("/nowhere", 404, "missing"), ("/logs/kaka?before=x", 422, "refused")):
        page: Any = open_page("about:blank", language=language)
        answer = page.goto(service.url + path)
        assert answer.status == status
        assert answer.headers["cache-control"] == "no-store"
        fits(page)
        accessible(page)
        shot(page, f"{name}-{language}")
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the browser complains about every 4xx


def test_files_that_browsers_and_robots_ask_for(service: ServiceProcess) -> None:
    with service.client(None) as anyone:
        robots = anyone.get("/robots.txt")
        icon = anyone.get("/favicon.ico")
        touch = anyone.get("/apple-touch-icon.png")
        home = anyone.get("/", headers={"accept": "*/*"})
    refused = [line.removeprefix("Disallow: ") for line in robots.text.splitlines() if "Disallow" in line]
    assert {"/t/", "/case/", "/console", "/v1/"} <= set(refused)
    assert not any("/trust.json".startswith(path) or "/logs".startswith(path) for path in refused)
    assert (icon.headers["content-type"], icon.content[:4]) == ("image/x-icon", b"\0\0\1\0")
    assert (touch.headers["content-type"], touch.content[:4]) == ("image/png", b"\x89PNG")
    assert home.status_code == 200
    assert "noindex" not in home.headers.get("x-robots-tag", "")
