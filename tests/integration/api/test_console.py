"""The console over HTTP: who gets in, what ends a session, forged requests, other tenants' ids."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from service.access.limits import WRONG_A_MINUTE
from service.web.console.routes import CHANGE, READ
from tests.integration.api.console import HTML, Visitor
from tests.integration.api.service_process import ServiceProcess, unique
from tests.integration.api.sharing import Trade, post_trade, share
from tests.integration.api.test_tenants import _nobodys

POSTS = [path for path, _ in CHANGE]
GETS = [path for path, _ in READ]


@pytest.fixture(scope="module")
def kaka(service: ServiceProcess) -> Visitor:
    return Visitor(service, service.api_key("kaka"))


@pytest.fixture(scope="module")
def posted(service: ServiceProcess) -> Trade:
    with service.client() as client:
        return post_trade(client)


@pytest.fixture(scope="module")
def ids(service: ServiceProcess, posted: Trade) -> Mapping[str, str]:
    """Everything an address can name, all of it kaka's."""
    with service.client() as client:
        hook = {"url": "https://hooks.invalid/x", "events": ["anchor.late"]}
        webhook = client.post("/v1/webhooks", json=hook).json()["id"]
        file = client.post(
            f"/v1/disputes/{posted.dispute}/attachments", content=b"x", headers={"content-type": "image/png"}
        )
        return {
            "trade": posted.trade,
            "dispute": posted.dispute,
            "leaf": posted.leaves["quote"],
            "digest": file.json()["digest"],
            "webhook": webhook,
            "kind": "zip",
            "share": share(client, posted.trade)["id"],
            "hold": client.post(f"/v1/trades/{posted.trade}/holds", json={"ground": "court"}).json()["hold"],
        }


def test_a_session_shows_the_log_and_keeps_no_key(service: ServiceProcess, kaka: Visitor) -> None:
    cookie = kaka.signed_in.headers["set-cookie"]
    assert cookie.startswith("tally_console=")
    for attribute in ("HttpOnly", "Path=/console", "SameSite=strict"):
        assert attribute in cookie
    assert "Max-Age" not in cookie
    assert kaka.signed_in.headers["location"] == "/console"
    key = service.api_key("kaka")
    for path in ("/console", "/console/keys", "/console/sign-in"):
        page = kaka.get(path)
        assert page.status_code == 200
        assert key not in page.text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["x-robots-tag"] == "noindex, nofollow"
        assert "default-src 'none'" in page.headers["content-security-policy"]
    journal = service.journal()
    assert key not in journal
    assert cookie.partition("=")[2].partition(";")[0] not in journal
    database = (service.data / "tallystick.db").read_bytes()
    assert key.encode() not in database


@pytest.mark.parametrize("path", GETS)
def test_nobody_sees_anything_without_a_session(
    service: ServiceProcess, ids: Mapping[str, str], path: str
) -> None:
    with service.client(None) as client:
        place = path.format_map(ids)
        answer = client.get(place, headers=HTML)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/console/sign-in")
        assert client.get(place, headers={"accept": "application/json"}).status_code == 401


def test_after_signing_in_the_page_asked_for_is_shown_and_no_other_site(service: ServiceProcess) -> None:
    key, origin = service.api_key("kaka"), {"origin": service.url}
    with service.client(None) as client:
        asked = client.get("/console/disputes/d-1", headers=HTML).headers["location"]
        assert 'name="next" value="/console/disputes/d-1"' in client.get(asked, headers=HTML).text
        for wanted, given in {
            "/console/disputes/d-1": "/console/disputes/d-1",
            "https://evil.example/": "/console",
            "//evil.example/console": "/console",
            "/console\\..//evil.example": "/console",
            "/console/../verify": "/console",
            "/verify": "/console",
            "/console/sign-in": "/console",
        }.items():
            answer = client.post("/console/sign-in", data={"key": key, "next": wanted}, headers=origin)
            assert answer.headers["location"] == given


@pytest.mark.parametrize("key", ["", "x", "tally_live_" + "0" * 38])
def test_keys_that_are_none(service: ServiceProcess, key: str) -> None:
    visitor = Visitor(service, key)
    assert visitor.signed_in.status_code == 401
    assert "set-cookie" not in visitor.signed_in.headers
    assert "not valid" in visitor.signed_in.text


def test_the_operators_key_opens_no_console(service: ServiceProcess) -> None:
    visitor = Visitor(service, service.credentials["admin_key"])
    assert visitor.signed_in.status_code == 403
    assert "set-cookie" not in visitor.signed_in.headers


def test_wrong_keys_are_slowed_down(service: ServiceProcess) -> None:
    """From an address of its own: the brake holds for a minute."""
    with service.client(None, admin=True) as admin:
        made = admin.post("/v1/keys", json={"platform": "kaka", "label": "revoked"}).json()
        admin.delete(f"/v1/keys/{made['id']}")

    def blocked_after() -> int:
        for wrong in range(2 * WRONG_A_MINUTE + 1):  # a new minute may begin on the way
            answer = Visitor(service, made["api_key"], address="127.0.0.77").signed_in
            if answer.status_code != 401:
                assert answer.status_code == 429
                assert 1 <= int(answer.headers["retry-after"]) <= 60
                return wrong
        raise AssertionError("never slowed down")

    def with_the_right_key() -> int:
        return Visitor(service, service.api_key("kaka"), address="127.0.0.77").signed_in.status_code

    assert blocked_after() >= WRONG_A_MINUTE, "as many as that are only mistakes"
    if with_the_right_key() == 303:  # a new minute began just now: once more, early in it
        blocked_after()
        assert with_the_right_key() == 429
    assert Visitor(service, service.api_key("kaka")).signed_in.status_code == 303


def test_revoking_the_key_ends_its_sessions(service: ServiceProcess) -> None:
    with service.client(None, admin=True) as admin:
        made = admin.post("/v1/keys", json={"platform": "kaka", "label": "for a day"}).json()
        visitor = Visitor(service, made["api_key"])
        assert visitor.get("/console").status_code == 200
        admin.delete(f"/v1/keys/{made['id']}")
    assert visitor.get("/console").status_code == 303
    assert visitor.post("/console/signers", {"do": "register"}).status_code == 303


@pytest.mark.parametrize("column", ["expires_at", "seen_at"])
def test_sessions_end_by_themselves(service: ServiceProcess, column: str) -> None:
    with service.client(None, admin=True) as admin:
        made = admin.post("/v1/keys", json={"platform": "kaka", "label": column}).json()
    visitor = Visitor(service, made["api_key"])
    assert visitor.get("/console").status_code == 200
    with sqlite3.connect(service.data / "tallystick.db", timeout=10) as database:
        done = database.execute(f"UPDATE sessions SET {column} = 1 WHERE key = ?", (made["id"],))
        assert done.rowcount == 1
    assert visitor.get("/console").status_code == 303


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(service: ServiceProcess) -> None:
    visitor = Visitor(service, service.api_key("kaka"))
    token = visitor.http.cookies["tally_console"]
    assert visitor.post("/console/sign-out").headers["location"] == "/console/sign-in?out=1"
    with service.client(None) as client:
        kept = {"cookie": f"tally_console={token}", **HTML}
        assert client.get("/console", headers=kept).status_code == 303


def test_an_api_key_is_no_session_and_a_session_no_api_key(service: ServiceProcess, kaka: Visitor) -> None:
    with service.client() as client:
        assert client.get("/console", headers=HTML).status_code == 303
    assert kaka.get("/v1/shares?trade=x").status_code == 401


FORGERIES: Mapping[str, Callable[[Visitor, Visitor, str], Any]] = {
    "another site's origin": lambda me, _, path: me.post(path, headers={"origin": "https://evil.example"}),
    "no origin": lambda me, _, path: me.post(path, headers={}),
    "a hidden origin": lambda me, _, path: me.post(path, headers={"origin": "null"}),
    "this site over https": lambda me, _, path: me.post(
        path, headers={"origin": me.origin.replace("http:", "https:")}
    ),
    "from another site, as the browser says": lambda me, _, path: me.post(
        path, headers={"origin": me.origin, "sec-fetch-site": "cross-site"}
    ),
    "no secret": lambda me, _, path: me.post(path, form=""),
    "an invented secret": lambda me, _, path: me.post(path, form="A" * 43),
    "another session's secret": lambda me, other, path: me.post(path, form=other.form),
    "another session's secret in the header": lambda me, other, path: me.post(
        path, form="", headers={"origin": me.origin, "x-tally-form": other.form}
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_requests_are_refused(
    service: ServiceProcess, kaka: Visitor, ids: Mapping[str, str], forgery: str
) -> None:
    other = Visitor(service, service.api_key("kaka"))
    for path in POSTS:
        answer = FORGERIES[forgery](kaka, other, path.format_map(ids))
        assert answer.status_code == 403, (path, answer.status_code)
    assert kaka.get("/console").status_code == 200, "nobody was signed out"


def test_nobody_is_signed_in_by_another_site(service: ServiceProcess) -> None:
    with service.client(None) as client:
        for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
            given = {"key": service.api_key("kaka")}
            answer = client.post("/console/sign-in", data=given, headers={**HTML, **headers})
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers


def test_nothing_is_changed_by_get(kaka: Visitor, ids: Mapping[str, str]) -> None:
    for path in POSTS:
        place = path.format_map(ids)
        answer = kaka.http.get(place, params={"do": "revoke", "form": kaka.form})
        assert answer.status_code in (200, 405), place
    assert kaka.get("/console").status_code == 200


@pytest.mark.parametrize("path", GETS)
def test_the_owner_is_shown_everything(kaka: Visitor, ids: Mapping[str, str], path: str) -> None:
    answer = kaka.get(path.format_map(ids))
    assert answer.status_code == 200, answer.text[:500]


FORMS: Mapping[str, list[dict[str, str]]] = {
    "/console/disputes/{dispute}": [
        {"do": "answer", "kind": "acknowledgement"},
        {"do": "settle"},
        {"do": "award", "outcome": "for_user"},
        {"do": "withdraw"},
        {"do": "evidence", "proves": "x"},
        {"do": "grant", "role": "mediator"},
        {"do": "revoke", "grant": "grant_0"},
    ],
    "/console/entries/{leaf}": [{"do": "erase", "meant": "1"}],
    "/console/trades/{trade}": [
        {"do": "hold", "ground": "x"},
        {"do": "release", "hold": "{hold}"},
        {"do": "open", "by": "platform", "code": "other", "text": "x"},
    ],
    "/console/shares": [
        {"do": "share", "trade": "{trade}"},
        {"do": "revoke", "trade": "{trade}", "share": "{share}"},
    ],
    "/console/webhooks/{webhook}": [
        {"do": "rotate"},
        {"do": "test"},
        {"do": "disable"},
        {"do": "delete"},
        {"do": "replay", "delivery": "delivery_0"},
    ],
}


@pytest.fixture(scope="module")
def strangers(service: ServiceProcess) -> dict[str, Visitor]:
    return {
        "another platform": Visitor(service, service.api_key("xianka")),
        "its own test key": Visitor(service, service.api_key("kaka", test=True)),
    }


@pytest.mark.parametrize("path", [path for path in GETS if "{" in path])
def test_others_pages_are_not_there(strangers: dict[str, Visitor], ids: Mapping[str, str], path: str) -> None:
    nobodys = {**_nobodys(), "kind": "zip"}
    for name, stranger in strangers.items():
        answer, unknown = stranger.get(path.format_map(ids)), stranger.get(path.format_map(nobodys))
        assert (answer.status_code, answer.text) == (404, unknown.text), name


@pytest.mark.parametrize("path", FORMS)
def test_others_things_are_not_touched(
    strangers: dict[str, Visitor], kaka: Visitor, ids: Mapping[str, str], path: str
) -> None:
    for name, stranger in strangers.items():
        for fields in FORMS[path]:
            sent = {key: value.format_map(ids) for key, value in fields.items()}
            answer = stranger.post(path.format_map(ids), sent)
            assert answer.status_code == 404, (name, fields)
    place = path.format_map(ids)
    assert kaka.get(place if "{" in path else f"{place}?trade={ids['trade']}").status_code == 200


def test_others_shares_and_entries_are_not_found(
    strangers: dict[str, Visitor], ids: Mapping[str, str]
) -> None:
    for stranger in strangers.values():
        assert stranger.get(f"/console/shares?trade={ids['trade']}").status_code == 404
        found = stranger.get(f"/console/search?trade={ids['trade']}")
        assert ids["leaf"] not in found.text
        assert ids["trade"] not in stranger.get("/console/access").text


def test_a_dispute_names_nothing_that_its_user_may_not_know(kaka: Visitor, posted: Trade) -> None:
    """An entry that only the platform sees would tip the user off."""
    shown = kaka.get(f"/console/trades/{posted.trade}").text
    offered = re.findall(r'name="contested" value="([^"]+)"', shown)
    assert posted.events["quote"] in offered
    assert posted.events["review"] in shown
    assert posted.events["review"] not in offered


def test_unknown_forms_are_refused(kaka: Visitor, ids: Mapping[str, str]) -> None:
    for path in POSTS:
        if path.endswith(("sign-out", "/files")):
            continue
        assert kaka.post(path.format_map(ids), {"do": "x"}).status_code == 400, path


def test_a_file_is_handed_in_with_the_secret_in_a_header(kaka: Visitor, posted: Trade) -> None:
    content = unique("photo").encode()
    headers = {"origin": kaka.origin, "x-tally-form": kaka.form, "content-type": "image/png"}
    place = f"/console/disputes/{posted.dispute}/files"
    answer = kaka.http.post(place, params={"label": "照片"}, content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    digest = answer.json()["digest"]
    saved = kaka.get(f"{place}/{digest}")
    assert saved.content == content
    assert saved.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in saved.headers["content-security-policy"]
    del headers["x-tally-form"]
    assert kaka.http.post(place, content=content, headers=headers).status_code == 403
