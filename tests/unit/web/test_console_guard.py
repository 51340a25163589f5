"""The bars against forged requests, and the cookie, with and without TLS."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request, Response

from service.access.links import Links
from service.access.sessions import NewSession
from service.api.problems import Refusal
from service.web.console.guard import check_origin, give_cookie, session_token


def _request(public: str, **headers: str) -> Request:
    services = SimpleNamespace(access=SimpleNamespace(links=Links(lambda: public)))
    app = SimpleNamespace(state=SimpleNamespace(services=services))
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/console",
        "headers": sent,
        "app": app,
    }
    return Request(scope)


def _cookie(public: str, session: NewSession | None) -> str:
    response = Response()
    give_cookie(_request(public), response, session)
    return str(response.headers["set-cookie"])


def test_under_tls_the_cookie_is_bound_to_this_host_and_to_tls() -> None:
    cookie = _cookie("https://tally.example/x", NewSession("t" * 43, 1))
    assert cookie.startswith("__Host-tally_console=" + "t" * 43)
    for attribute in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert attribute in cookie.split("; ")
    assert "Domain" not in cookie


def test_without_tls_it_is_for_the_console_alone() -> None:
    cookie = _cookie("http://127.0.0.1:1", NewSession("t" * 43, 1))
    assert cookie.startswith("tally_console=")
    assert "Path=/console" in cookie.split("; ")
    assert "Secure" not in cookie


def test_taking_it_away() -> None:
    assert "Max-Age=0" in _cookie("https://tally.example", None)


def test_under_tls_a_cookie_that_was_planted_without_is_none() -> None:
    assert session_token(_request("https://tally.example", cookie="tally_console=" + "t" * 43)) == ""
    kept = _request("https://tally.example", cookie="__Host-tally_console=" + "t" * 43)
    assert session_token(kept) == "t" * 43


@pytest.mark.parametrize(
    ("public", "headers", "allowed"),
    [
        ("https://tally.example", {"origin": "https://tally.example"}, True),
        ("https://tally.example/", {"origin": "https://tally.example", "host": "10.0.0.1"}, True),
        ("https://tally.example", {"origin": "http://tally.example", "host": "tally.example"}, False),
        ("https://tally.example", {"origin": "http://10.0.0.1", "host": "10.0.0.1"}, False),
        ("https://tally.example", {"origin": "https://tally.example.evil"}, False),
        ("https://tally.example", {}, False),
        ("https://tally.example", {"origin": "null"}, False),
        (
            "https://tally.example",
            {"origin": "https://tally.example", "sec_fetch_site": "same-site"},
            False,
        ),
        (
            "https://tally.example",
            {"origin": "https://tally.example", "sec_fetch_site": "same-origin"},
            True,
        ),
        ("http://127.0.0.1:80", {"origin": "http://localhost:80", "host": "localhost:80"}, True),
        ("http://127.0.0.1:80", {"origin": "http://localhost:81", "host": "localhost:80"}, False),
        ("http://127.0.0.1:80", {"origin": "https://localhost:80", "host": "localhost:80"}, False),
    ],
)
def test_whose_requests_are_let_in(public: str, headers: dict[str, str], allowed: bool) -> None:
    request = _request(public, **headers)
    if allowed:
        check_origin(request)
        return
    with pytest.raises(Refusal) as refused:
        check_origin(request)
    assert refused.value.kind.status == 403
