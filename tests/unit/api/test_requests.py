"""Media types, preferences, cursors and numbers of requests."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from service.api import paging
from service.api.media import JSON, NDJSON, media_type, prefers_minimal
from service.api.problems import Refusal


def request(query: str = "", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "query_string": query.encode(), "headers": raw})


@pytest.mark.parametrize("value", ["application/json", "Application/JSON", "application/json; charset=UTF-8"])
def test_accepted_media_types(value: str) -> None:
    assert media_type(request(content_type=value), JSON, NDJSON) == JSON


@pytest.mark.parametrize("value", ["", "text/json", "application/json; charset=gb18030", "application/jsonx"])
def test_refused_media_types(value: str) -> None:
    with pytest.raises(Refusal) as caught:
        media_type(request(content_type=value), JSON)
    assert caught.value.kind.status == 415
    assert caught.value.headers["accept"] == JSON


def test_compressed_bodies_are_refused() -> None:
    for value in ("application/json", "application/json; charset=utf-8"):
        with pytest.raises(Refusal):
            media_type(request(content_type=value, content_encoding="gzip"), JSON)


@pytest.mark.parametrize(
    ("value", "minimal"),
    [
        ("return=minimal", True),
        ("respond-async, Return=Minimal; x=1", True),
        ("return=representation", False),
    ],
)
def test_preferences(value: str, minimal: bool) -> None:
    assert prefers_minimal(request(prefer=value)) is minimal
    assert not prefers_minimal(request())


@pytest.mark.parametrize("text", ["-1", "+1", "01", "1.0", "1e3", "%D9%A1", "99999999999999999", "", "1%20"])
def test_numbers_have_one_spelling(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        paging.number(request(f"index={text}"), "index")
    assert caught.value.errors[0]["parameter"] == "index"


def test_numbers() -> None:
    assert paging.number(request("index=0"), "index") == 0
    assert paging.number(request(), "index") is None
    with pytest.raises(Refusal):
        paging.required_number(request(), "index")
    assert paging.page(request()) == (0, 100)
    assert paging.page(request("cursor=c7&limit=3")) == (7, 3)
    for query in ("cursor=7", "cursor=c", "cursor=c-7", "limit=0", "limit=501"):
        with pytest.raises(Refusal):
            paging.page(request(query))
    assert paging.page(request("cursor=" + paging.cursor(12)))[0] == 12
