"""Shares on the real service: what a link shows, what it keeps from the user, and what is kept of it."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.access.capabilities import token_print
from service.access.codes import parse_code
from tests.integration.api.service_process import ServiceProcess, quote, unique
from tests.integration.api.sharing import Trade, bearer, grant, post_trade, share

pytestmark = pytest.mark.xdist_group("shares")  # the last test looks for what the others used

SECRETS: list[str] = []
DISCREET = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}


@pytest.fixture(scope="module")
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


@pytest.fixture(scope="module")
def posted(kaka: httpx.Client) -> Trade:
    return post_trade(kaka)


@pytest.fixture(scope="module")
def shared(kaka: httpx.Client, posted: Trade) -> dict[str, Any]:
    given = share(kaka, posted.trade)
    SECRETS.extend([given["token"], given["code"], parse_code(given["code"]) or ""])
    return given


@pytest.fixture(scope="module")
def user(service: ServiceProcess, shared: dict[str, Any]) -> httpx.Client:
    return bearer(service, shared["token"])


def check_discreet(answer: httpx.Response) -> None:
    assert {name: answer.headers.get(name) for name in DISCREET} == DISCREET


def test_a_post_may_bring_a_share(service: ServiceProcess, kaka: httpx.Client) -> None:
    event = quote()
    plain = kaka.post("/v1/events", json=event)
    answers = [kaka.post("/v1/events?share=1", json=event) for _ in range(2)]
    for answer in answers:
        check_discreet(answer)
        assert answer.status_code == 200
        assert answer.headers["location"] == plain.headers["location"]
        assert answer.content.startswith(b'{"receipt":' + plain.content + b',"share":{')
        given = answer.json()["share"]
        SECRETS.extend([given["url"].rpartition("/t/")[2], given["code"]])
        assert given["trade"] == event["trade"]
        assert given["url"].startswith(service.url + "/t/tally_share_")
        assert given["qr"].startswith("<svg")
    first, again = (answer.json()["share"] for answer in answers)
    assert first["id"] != again["id"], "secrets are not kept, so a repeat gets a fresh share"
    fresh = kaka.post("/v1/events?share=1", json=quote(), headers={"prefer": "return=minimal"})
    assert fresh.status_code == 201
    assert set(fresh.json()["receipt"]) == {"index", "leaf", "digest"}
    assert fresh.headers["preference-applied"] == "return=minimal"
    refused = kaka.post("/v1/events?share=yes", json=quote())
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "share")


def test_the_link_shows_the_trade(service: ServiceProcess, posted: Trade, shared: dict[str, Any]) -> None:
    with bearer(service, None) as anybody:
        answer = anybody.get(f"/t/{shared['token']}")
        assert answer.status_code == 200
        check_discreet(answer)
        assert answer.json()["trade"] == posted.trade
        assert answer.json()["entries"] == 4
        assert answer.json()["expires"] == shared["expires"]
        assert shared["token"] not in answer.text
        head = anybody.head(f"/t/{shared['token']}")
        assert (head.status_code, head.content) == (200, b"")
        check_discreet(head)
        assert anybody.post(f"/t/{shared['token']}").status_code == 405
        for wrong in (shared["token"][:-1] + "!", "tally_share_x", "x" * 300, shared["code"]):
            refused = anybody.get(f"/t/{wrong}")
            assert refused.status_code == 404
            check_discreet(refused)
        assert anybody.get(f"/case/{shared['token']}").status_code == 404


def test_a_user_sees_what_is_for_users(user: httpx.Client, posted: Trade) -> None:
    answer = user.get(f"/v1/trades/{posted.trade}")
    assert answer.status_code == 200
    check_discreet(answer)
    quoted, reviewed, noted, disputed = answer.json()["entries"]
    assert (quoted["sight"], reviewed["sight"], noted["sight"], disputed["sight"]) == (
        "full",
        "sealed",
        "withheld",
        "full",
    )
    assert quoted["disclosures"]
    assert reviewed == {
        "seq": 1,
        "index": reviewed["index"],
        "leaf": posted.leaves["review"],
        "sight": "sealed",
    }
    assert noted["disclosures"] == []
    assert "entry" in noted
    for forbidden in ("review", posted.events["review"], "r-17", "by hand"):
        assert forbidden not in answer.text


def test_the_platform_sees_everything(kaka: httpx.Client, posted: Trade) -> None:
    entries = kaka.get(f"/v1/trades/{posted.trade}").json()["entries"]
    assert [each["sight"] for each in entries] == ["full"] * 4
    assert all(each["disclosures"] for each in entries)


def test_paging_tells_no_more(user: httpx.Client, posted: Trade) -> None:
    """A page holds as many entries as asked for, sealed ones included: its length tells nothing."""
    seen, cursor = [], None
    whole = user.get(f"/v1/trades/{posted.trade}").json()["entries"]
    for _ in whole:
        params = {"limit": "1"} | ({} if cursor is None else {"cursor": cursor})
        page = user.get(f"/v1/trades/{posted.trade}", params=params).json()
        assert len(page["entries"]) == 1
        seen += page["entries"]
        cursor = page["next"]
        assert cursor in (None, f"c{len(seen)}"), "a cursor counts entries, sealed ones too"
    assert seen == whole
    assert cursor is None


def test_receipts_follow_the_same_sight(user: httpx.Client, kaka: httpx.Client, posted: Trade) -> None:
    assert user.get(f"/v1/receipts/{posted.leaves['quote']}").json()["disclosures"]
    withheld = user.get(f"/v1/receipts/{posted.leaves['x-pricing-note']}")
    assert (withheld.status_code, withheld.json()["disclosures"]) == (200, [])
    unknown = user.get("/v1/receipts/0x" + "ab" * 32)
    sealed = user.get(f"/v1/receipts/{posted.leaves['review']}")
    assert (
        (sealed.status_code, sealed.content)
        == (unknown.status_code, unknown.content)
        == (404, unknown.content)
    )
    by_id = user.get(f"/v1/events/{posted.events['review']}")
    assert (by_id.status_code, by_id.content) == (404, unknown.content)
    assert user.get(f"/v1/events/{posted.events['quote']}").status_code == 200
    assert kaka.get(f"/v1/receipts/{posted.leaves['review']}").status_code == 200


def test_a_share_reads_and_does_nothing_else(user: httpx.Client, posted: Trade) -> None:
    for method, path in (
        ("POST", "/v1/events"),
        ("POST", "/v1/events?share=1"),
        ("POST", "/v1/events/batch"),
        ("POST", "/v1/shares"),
        ("GET", f"/v1/shares?trade={posted.trade}"),
        ("GET", "/v1/access"),
        ("GET", "/v1/keys"),
        ("GET", "/v1/signers"),
        ("GET", f"/v1/disputes/{posted.dispute}/grants"),
    ):
        answer = user.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 403, (method, path, answer.text)


def test_a_code_is_redeemed(service: ServiceProcess, posted: Trade, shared: dict[str, Any]) -> None:
    code = shared["code"]
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", code)
    with bearer(service, None) as anybody:
        for typed in (code, code.lower().replace("-", " "), code.replace("0", "O").replace("1", "l")):
            answer = anybody.post("/v1/shares/open", json={"code": typed})
            assert answer.status_code == 200, answer.text
            check_discreet(answer)
        token = answer.json()["token"]
        SECRETS.append(token)
        assert token.startswith("tally_share_")
        assert answer.json()["trade"] == posted.trade
        mistyped = "1" + code[1:] if code[0] != "1" else "2" + code[1:]
        refused = anybody.post("/v1/shares/open", json={"code": mistyped})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/code")
    with bearer(service, token) as opened:
        assert opened.get(f"/v1/trades/{posted.trade}").status_code == 200


def test_a_platform_finds_its_share_by_the_code(
    service: ServiceProcess, kaka: httpx.Client, posted: Trade, shared: dict[str, Any]
) -> None:
    answer = kaka.post("/v1/shares/find", json={"code": shared["code"]})
    assert (answer.status_code, answer.json()["trade"]) == (200, posted.trade)
    with service.client("xianka") as xianka:
        assert xianka.post("/v1/shares/find", json={"code": shared["code"]}).status_code == 404


def test_wrong_revoked_and_expired_codes_are_answered_alike(
    service: ServiceProcess, kaka: httpx.Client, posted: Trade
) -> None:
    soon = (
        (datetime.now(UTC) + timedelta(seconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    expired, revoked = share(kaka, posted.trade, expires=soon), share(kaka, posted.trade)
    for each in (expired, revoked):
        SECRETS.extend([each["token"], each["code"]])
    with bearer(service, revoked["token"]) as reading:
        assert reading.get(f"/v1/trades/{posted.trade}").status_code == 200
        gone = kaka.delete(f"/v1/shares/{revoked['id']}")
        assert gone.json()["revoked"] is not None
        assert kaka.delete(f"/v1/shares/{revoked['id']}").json()["revoked"] == gone.json()["revoked"]
        assert reading.get(f"/v1/trades/{posted.trade}").status_code == 401, "at once, cached or not"
    time.sleep(1.1)
    with bearer(service, None, address="127.0.0.77") as anybody:
        wrong = "00000-00000-0"
        answers = [
            anybody.post("/v1/shares/open", json={"code": code})
            for code in (wrong, revoked["code"], expired["code"])
        ]
        assert {each.status_code for each in answers} == {404}
        assert len({each.content for each in answers}) == 1
        links = [anybody.get(f"/t/{each['token']}") for each in (expired, revoked)]
        assert {each.content for each in links} == {answers[0].content}
        for _ in range(7):
            anybody.post("/v1/shares/open", json={"code": wrong})
        braked = anybody.post("/v1/shares/open", json={"code": wrong})
        if braked.status_code == 404:  # a new minute began on the way
            for _ in range(10):
                braked = anybody.post("/v1/shares/open", json={"code": wrong})
        assert braked.status_code == 429
        assert 1 <= int(braked.headers["retry-after"]) <= 60


def test_bad_requests_for_shares(kaka: httpx.Client, posted: Trade) -> None:
    for members, pointer in (
        ({"trade": posted.trade, "expires": "tomorrow"}, "/expires"),
        ({"trade": posted.trade, "expires": "2020-01-01T00:00:00.000Z"}, "/expires"),
        ({"trade": posted.trade, "expires": "2199-01-01T00:00:00.000Z"}, "/expires"),
        ({"trade": 7}, "/trade"),
    ):
        answer = kaka.post("/v1/shares", json=members)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert kaka.post("/v1/shares", json={"trade": unique("t")}).status_code == 404
    assert kaka.get("/v1/shares").json()["errors"][0]["parameter"] == "trade"


def test_shares_are_listed_without_secrets(kaka: httpx.Client, posted: Trade, shared: dict[str, Any]) -> None:
    answer = kaka.get("/v1/shares", params={"trade": posted.trade})
    listed = answer.json()["shares"]
    assert listed[0]["id"] == shared["id"]
    assert set(listed[0]) == {"id", "trade", "created", "expires", "code_expires", "revoked", "last_used"}
    for secret in SECRETS:
        assert secret not in answer.text
    page = kaka.get("/v1/shares", params={"trade": posted.trade, "limit": 1}).json()
    rest = kaka.get("/v1/shares", params={"trade": posted.trade, "cursor": page["next"]}).json()
    assert [*page["shares"], *rest["shares"]] == listed


def test_what_a_user_saw_is_shown_to_the_platform(
    kaka: httpx.Client, user: httpx.Client, posted: Trade, shared: dict[str, Any]
) -> None:
    began = time.monotonic()
    for _ in range(3):
        user.get(f"/v1/trades/{posted.trade}")
        user.get(f"/v1/trades/{unique('t')}")
    kinds: list[str] = []
    while "GET /v1/trades/{trade}" not in kinds:
        assert time.monotonic() - began < 3
        accesses = kaka.get("/v1/access", params={"trade": posted.trade}).json()["accesses"]
        kinds = [each["kind"] for each in accesses if each["id"] == shared["id"]]
    mine = [each for each in accesses if each["id"] == shared["id"]]
    assert len({(each["kind"], each["at"][:16]) for each in mine}) == len(mine), "once a minute"
    assert all(each["holder"] == "share" and each["trade"] == posted.trade for each in mine)
    assert all(re.fullmatch("[0-9a-f]{32}", each["network"]) for each in mine)
    assert kaka.get("/v1/access", params={"trade": unique("t")}).json()["accesses"] == []
    used = kaka.get("/v1/shares", params={"trade": posted.trade}).json()["shares"][0]["last_used"]
    assert used == max(each["at"] for each in mine)


def test_nothing_shown_is_nothing_recorded(service: ServiceProcess, kaka: httpx.Client) -> None:
    trade = post_trade(kaka).trade
    given = share(kaka, trade)
    SECRETS.append(given["token"])
    with bearer(service, given["token"]) as user:
        user.get(f"/v1/trades/{unique('t')}")
        user.head(f"/t/{given['token']}")
        user.post("/v1/events", json=quote())
    time.sleep(1)
    assert kaka.get("/v1/access", params={"trade": trade}).json()["accesses"] == []


def test_no_secret_is_kept_anywhere(
    service: ServiceProcess, kaka: httpx.Client, posted: Trade, shared: dict[str, Any]
) -> None:
    """Last of this file: the journal, the database and its WAL hold none of the secrets used in it."""
    assert len(SECRETS) > 10
    granted = grant(kaka, posted.dispute)["token"]
    with bearer(service, granted) as arbitrator:
        arbitrator.get(f"/v1/trades/{posted.trade}").raise_for_status()
    hook = kaka.post("/v1/webhooks", json={"url": "https://a.example/", "events": ["anchor.late"]}).json()
    rotated = kaka.post(f"/v1/webhooks/{hook['id']}/rotate").json()
    kaka.delete(f"/v1/webhooks/{hook['id']}").raise_for_status()
    SECRETS.extend([granted, hook["secret"], rotated["secret"], service.api_key("kaka")])
    kept = {path.name: path.read_bytes() for path in service.data.glob("tallystick.db*") if path.is_file()}
    kept["journal"] = service.journal().encode()
    pepper = bytes.fromhex(json.loads((service.data / "keys" / "pepper.json").read_bytes())["secret"])
    database = b"".join(content for name, content in kept.items() if name != "journal")
    assert token_print(pepper, shared["token"]) in database, "this is where tokens would be"
    for secret in SECRETS:
        for name, content in kept.items():
            assert secret.encode() not in content, name
            assert secret.replace("-", "").encode() not in content, name
