"""Nobody learns anything of what is not theirs: every route, asked for another tenant's, another share's or
another dispute's ids, answers exactly as for ids that nobody has.

`ROUTES` names every route of the application; a route that is added has to be listed here, with what it
takes, before the tests pass again.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from service.api.app import Edge, create_app
from service.api.services import Services
from tests.integration.api.service_process import ServiceProcess, quote, unique
from tests.integration.api.sharing import bearer, grant, post_trade, share

Ids = Mapping[str, str]


class Open(Enum):
    """Routes that take no tenant's ids."""

    PUBLIC = "for anybody"
    LINK = "the token is in the path"
    OWN = "a platform's own, without ids"
    OPERATOR = "for the operator"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a route is asked: `body` and `query` are made from ids. `platforms_only`: shares and grants get
    403. `filters`: the answer is a list, and of others' ids an empty one. `no_grants`: grants get 403.
    """

    body: Callable[[Ids], Any] | None = None
    query: Callable[[Ids], dict[str, str]] | None = None
    platforms_only: bool = False
    filters: bool = False
    no_grants: bool = False


def _claim(ids: Ids) -> dict[str, Any]:
    return {
        "claim": {"code": "underpaid", "text": "少付"},
        "contested": [],
        "trade": ids["trade"],
        "by": "user",
    }


_READ = Asked()
_FILE = Asked(body=lambda _: b"a photo")
_OWNED = Asked(platforms_only=True)

ROUTES: Mapping[tuple[str, str], Open | Asked] = {
    ("GET", "/openapi.json"): Open.PUBLIC,
    ("HEAD", "/openapi.json"): Open.PUBLIC,
    ("POST", "/v1/events"): Open.OWN,
    ("POST", "/v1/events/batch"): Open.OWN,
    ("GET", "/v1/events/{event}"): _READ,
    ("GET", "/v1/trades/{trade}"): _READ,
    ("GET", "/v1/receipts/{leaf}"): _READ,
    ("GET", "/v1/receipts/{leaf}/slip.pdf"): _READ,
    ("POST", "/v1/receipts/compare"): Open.PUBLIC,
    ("GET", "/v1/entries"): Asked(
        query=lambda ids: {"trade": ids["trade"]}, platforms_only=True, filters=True
    ),
    ("DELETE", "/v1/entries/{leaf}/content"): _OWNED,
    ("GET", "/v1/trades/{trade}/evidence"): _READ,
    ("GET", "/v1/trades/{trade}/evidence.json"): _READ,
    ("GET", "/v1/trades/{trade}/evidence.zip"): _READ,
    ("GET", "/v1/trades/{trade}/evidence.pdf"): _READ,
    ("GET", "/v1/trades/{trade}/findings"): _READ,
    ("POST", "/v1/webhooks"): Open.OWN,
    ("GET", "/v1/webhooks"): Open.OWN,
    ("GET", "/v1/webhooks/{webhook}"): _OWNED,
    ("PATCH", "/v1/webhooks/{webhook}"): Asked(body=lambda _: {"enabled": False}, platforms_only=True),
    ("DELETE", "/v1/webhooks/{webhook}"): _OWNED,
    ("POST", "/v1/webhooks/{webhook}/rotate"): _OWNED,
    ("POST", "/v1/webhooks/{webhook}/test"): _OWNED,
    ("GET", "/v1/webhooks/{webhook}/deliveries"): _OWNED,
    ("POST", "/v1/webhooks/{webhook}/deliveries/{delivery}/replay"): _OWNED,
    ("POST", "/v1/retention"): Open.OPERATOR,
    ("POST", "/v1/trades/{trade}/holds"): Asked(body=lambda _: {"ground": "court"}, platforms_only=True),
    ("GET", "/v1/trades/{trade}/holds"): _OWNED,
    ("DELETE", "/v1/trades/{trade}/holds/{hold}"): _OWNED,
    ("GET", "/v1/disputes"): Asked(query=lambda ids: {"trade": ids["trade"]}, filters=True),
    ("POST", "/v1/disputes"): Asked(body=_claim, no_grants=True),
    ("GET", "/v1/disputes/{dispute}"): _READ,
    ("POST", "/v1/disputes/{dispute}/answers"): Asked(body=lambda _: {"kind": "acknowledgement"}),
    ("POST", "/v1/disputes/{dispute}/evidence"): Asked(
        body=lambda ids: {"item": {"digest": ids["digest"]}, "proves": "x"}
    ),
    ("POST", "/v1/disputes/{dispute}/awards"): Asked(body=lambda _: {"outcome": "for_user"}),
    ("POST", "/v1/disputes/{dispute}/close"): Asked(body=lambda _: {"outcome": "withdrawn"}),
    ("POST", "/v1/disputes/{dispute}/attachments"): _FILE,
    ("PUT", "/v1/disputes/{dispute}/attachments/{digest}"): _FILE,
    ("GET", "/v1/disputes/{dispute}/attachments/{digest}"): _READ,
    ("POST", "/v1/disputes/{dispute}/grants"): Asked(
        body=lambda _: {"role": "mediator"}, platforms_only=True
    ),
    ("GET", "/v1/disputes/{dispute}/grants"): _OWNED,
    ("DELETE", "/v1/disputes/{dispute}/grants/{grant}"): _OWNED,
    ("POST", "/v1/shares"): Asked(body=lambda ids: {"trade": ids["trade"]}, platforms_only=True),
    ("GET", "/v1/shares"): Asked(query=lambda ids: {"trade": ids["trade"]}, platforms_only=True),
    ("DELETE", "/v1/shares/{share}"): _OWNED,
    ("POST", "/v1/shares/find"): Asked(body=lambda ids: {"code": ids["code"]}, platforms_only=True),
    ("POST", "/v1/shares/open"): Open.PUBLIC,
    ("POST", "/v1/shares/consents"): Open.OWN,
    ("GET", "/v1/access"): Asked(
        query=lambda ids: {"trade": ids["trade"]}, platforms_only=True, filters=True
    ),
    ("GET", "/t/{share}"): Open.LINK,
    ("HEAD", "/t/{share}"): Open.LINK,
    ("GET", "/case/{grant}"): Open.LINK,
    ("HEAD", "/case/{grant}"): Open.LINK,
    ("GET", "/v1/schemas"): Open.PUBLIC,
    ("GET", "/v1/schemas/{name}"): Open.PUBLIC,
    ("POST", "/v1/keys"): Open.OPERATOR,
    ("GET", "/v1/keys"): Open.OPERATOR,
    ("DELETE", "/v1/keys/{key_id}"): Open.OPERATOR,
    ("POST", "/v1/signers"): Open.OWN,
    ("GET", "/v1/signers"): Open.OWN,
    ("DELETE", "/v1/signers/{address}/{role}"): Asked(platforms_only=True),
    ("GET", "/logs"): Open.PUBLIC,
    ("GET", "/logs/{name}/checkpoints"): Open.PUBLIC,
    ("GET", "/logs/{name}/checkpoint"): Open.PUBLIC,
    ("GET", "/logs/{name}/tile/{path:path}"): Open.PUBLIC,
    ("GET", "/logs/{name}/proof"): Open.PUBLIC,
    ("GET", "/logs/{name}/consistency"): Open.PUBLIC,
    ("GET", "/logs/{name}/anchors"): Open.PUBLIC,
    ("GET", "/healthz"): Open.PUBLIC,
    ("GET", "/readyz"): Open.PUBLIC,
    ("GET", "/metrics"): Open.PUBLIC,
}
ASKED = {route: asked for route, asked in ROUTES.items() if isinstance(asked, Asked)}
CLOSED = [route for route, kind in ROUTES.items() if kind not in (Open.PUBLIC, Open.LINK)]


def test_every_route_is_listed() -> None:
    services = cast(Services, SimpleNamespace(metrics=None, access=None, logs={}))
    edge = cast(Edge, create_app(services))
    app: Any = edge._app
    there = {
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    }
    assert there == set(ROUTES)


def _victim(client: httpx.Client) -> dict[str, str]:
    """A trade with everything a route can ask for."""
    posted = post_trade(client)
    file = unique("photo").encode()
    handed_in = client.post(
        f"/v1/disputes/{posted.dispute}/attachments", content=file, headers={"content-type": "image/png"}
    )
    assert handed_in.status_code == 201, handed_in.text
    hold = client.post(f"/v1/trades/{posted.trade}/holds", json={"ground": "court"})
    assert hold.status_code == 201, hold.text
    address = "0x" + hashlib.sha256(posted.trade.encode()).hexdigest()[:40]
    assert client.post("/v1/signers", json={"address": address, "role": "guarantor"}).status_code == 200
    webhook = client.post(
        "/v1/webhooks", json={"url": "https://hooks.invalid/x", "events": ["dispute.opened"]}
    )
    assert webhook.status_code == 201, webhook.text
    endpoint = webhook.json()["id"]
    assert client.post(f"/v1/webhooks/{endpoint}/test").is_success
    deliveries = client.get(f"/v1/webhooks/{endpoint}/deliveries").json()["deliveries"]
    shared, granted = share(client, posted.trade), grant(client, posted.dispute)
    return {
        "trade": posted.trade,
        "dispute": posted.dispute,
        "leaf": posted.leaves["quote"],
        "event": posted.events["quote"],
        "review": posted.events["review"],
        "digest": "0x" + hashlib.sha256(file).hexdigest(),
        "hold": hold.json()["hold"],
        "address": address,
        "role": "guarantor",
        "webhook": endpoint,
        "delivery": deliveries[0]["id"],
        "share": shared["id"],
        "code": shared["code"],
        "grant": granted["id"],
        "share_token": shared["token"],
        "grant_token": granted["token"],
    }


def _opened(answer: httpx.Response) -> str:
    """All text of an answer: members of a zip, and what base64url in it says."""
    content = answer.content
    if answer.headers["content-type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            content = b"\n".join(bundle.read(name) for name in bundle.namelist())
    disclosed = re.findall(rb"[A-Za-z0-9_-]{24,}", content)
    return (content + b"\n".join(_decoded(each) for each in disclosed)).decode("utf-8", "replace")


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""


def _nobodys() -> dict[str, str]:
    """Ids of the same shapes that nobody has."""
    return {
        "trade": unique("t"),
        "dispute": unique("d"),
        "leaf": "0x" + hashlib.sha256(unique("x").encode()).hexdigest(),
        "event": unique("e"),
        "digest": "0x" + hashlib.sha256(unique("x").encode()).hexdigest(),
        "hold": unique("h"),
        "address": "0x" + hashlib.sha256(unique("x").encode()).hexdigest()[:40],
        "role": "guarantor",
        "webhook": "webhook_" + "0" * 16,
        "delivery": "delivery_" + "0" * 16,
        "share": "share_" + "0" * 16,
        "code": "00000-00000-0",
        "grant": "grant_" + "0" * 16,
    }


def _later(seconds: float) -> str:
    when = datetime.now(UTC) + timedelta(seconds=seconds)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class World:
    """One victim; strangers with valid credentials for something else; credentials that have ended."""

    victim: dict[str, str]
    owner: httpx.Client
    strangers: dict[str, httpx.Client]
    ended: dict[str, str]
    nobodies: list[httpx.Client]


@pytest.fixture(scope="module")
def world(service: ServiceProcess) -> Iterator[World]:
    kaka, xianka = service.client("kaka"), service.client("xianka")
    victim, other, foreign = _victim(kaka), _victim(kaka), _victim(xianka)
    ended_share = share(kaka, victim["trade"], expires=_later(0.5))
    ended_grant = grant(kaka, victim["dispute"], expires=_later(0.5))
    revoked_share, revoked_grant = share(kaka, victim["trade"]), grant(kaka, victim["dispute"])
    assert kaka.delete(f"/v1/shares/{revoked_share['id']}").status_code == 200
    assert kaka.delete(f"/v1/disputes/{victim['dispute']}/grants/{revoked_grant['id']}").status_code == 200
    ended = {
        "an expired share": ended_share["token"],
        "a revoked share": revoked_share["token"],
        "an expired grant": ended_grant["token"],
        "a revoked grant": revoked_grant["token"],
        "an invented key": "tally_live_" + "0" * 38,
        "no token at all": "x",
    }
    time.sleep(0.6)
    yield World(
        victim,
        kaka,
        {
            "another platform": xianka,
            "the same platform's test key": service.client("kaka", test=True),
            "a share of another trade": bearer(service, other["share_token"]),
            "a grant of another dispute": bearer(service, other["grant_token"]),
            "another platform's share": bearer(service, foreign["share_token"]),
            "another platform's grant": bearer(service, foreign["grant_token"]),
        },
        ended,
        [bearer(service, token) for token in (None, *ended.values())],
    )
    for client, ids in ((kaka, victim), (kaka, other), (xianka, foreign)):
        client.delete(f"/v1/webhooks/{ids['webhook']}")


def ask(client: httpx.Client, route: tuple[str, str], asked: Open | Asked, ids: Ids) -> httpx.Response:
    method, path = route
    content, headers = None, {}
    if isinstance(asked, Asked) and asked.body is not None:
        body = asked.body(ids)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers["content-type"] = "image/png" if isinstance(body, bytes) else "application/json"
    query = asked.query(ids) if isinstance(asked, Asked) and asked.query is not None else None
    return client.request(
        method, path.format_map({"key_id": "key_0", **ids}), content=content, headers=headers, params=query
    )


def told(answer: httpx.Response, ids: Ids) -> tuple[int, str, dict[str, str]]:
    """What an answer tells, the ids asked for left out."""
    text = answer.text
    for name, value in ids.items():
        text = text.replace(value, f"<{name}>")
    kept = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}
    return answer.status_code, text, kept


@pytest.mark.parametrize("route", ASKED, ids=" ".join)
def test_strangers_are_told_nothing(world: World, route: tuple[str, str]) -> None:
    asked = ASKED[route]
    nobodys = _nobodys()
    for name, stranger in world.strangers.items():
        answer = ask(stranger, route, asked, world.victim)
        unknown = ask(stranger, route, asked, nobodys)
        assert told(answer, world.victim) == told(unknown, nobodys), name
        is_grant = "grant" in name
        if (asked.platforms_only and ("share" in name or is_grant)) or (asked.no_grants and is_grant):
            assert answer.status_code == 403, (name, answer.text)
        elif asked.filters:
            assert answer.status_code == 200, (name, answer.text)
            assert [] in answer.json().values(), name
        else:
            assert answer.status_code == 404, (name, answer.text)


@pytest.mark.parametrize("route", [route for route in ASKED if route[0] == "GET"], ids=" ".join)
def test_the_owner_is_told(world: World, route: tuple[str, str]) -> None:
    """Without this the test above would prove nothing: the ids asked for are there."""
    answer = ask(world.owner, route, ASKED[route], world.victim)
    assert answer.status_code == 200, answer.text
    if ASKED[route].filters and route[1] != "/v1/access":
        assert [] not in answer.json().values()


@pytest.mark.parametrize("holder", ["share", "grant"])
def test_no_route_betrays_a_review(service: ServiceProcess, world: World, holder: str) -> None:
    """Its type, id and content are nowhere in what the holders of the trade's own share and grant can read;
    the platform reads them at the same places.
    """
    secrets = (world.victim["review"], "r-17", '"type":"review"', '\\"type\\":\\"review\\"')
    betrayed = set()
    with bearer(service, world.victim[f"{holder}_token"]) as reader:
        for route, asked in ASKED.items():
            if route[0] != "GET" or asked.platforms_only or route[1].endswith((".pdf", "{digest}")):
                continue
            answer = ask(reader, route, asked, world.victim)
            assert answer.status_code == 200, (route, answer.text)
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            text = _opened(answer)
            assert not [each for each in secrets if each in text], route
            if world.victim["review"] in _opened(ask(world.owner, route, asked, world.victim)):
                betrayed.add(route[1])
    assert len(betrayed) >= 3, "the platform is shown the review, or this test looks at nothing"


@pytest.mark.parametrize("route", CLOSED, ids=" ".join)
def test_ended_and_invented_credentials_are_one(world: World, route: tuple[str, str]) -> None:
    answers = [
        told(ask(client, route, ROUTES[route], world.victim), world.victim) for client in world.nobodies
    ]
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("route", [r for r, kind in ROUTES.items() if kind is Open.OPERATOR], ids=" ".join)
def test_the_operators_routes_are_the_operators(world: World, route: tuple[str, str]) -> None:
    for name, stranger in {**world.strangers, "a platform": world.owner}.items():
        assert ask(stranger, route, ROUTES[route], world.victim).status_code == 403, name


def test_links_that_open_nothing_are_one(service: ServiceProcess, world: World) -> None:
    with bearer(service, None) as anybody:
        wrong = [f"/t/{token}" for token in world.ended.values()]
        wrong += [f"/case/{token}" for token in world.ended.values()]
        wrong += [f"/t/{world.victim['grant_token']}", f"/case/{world.victim['share_token']}"]
        wrong += [f"/t/{world.victim[name]}" for name in ("trade", "leaf", "share", "code")]
        answers = [told(anybody.get(path), {}) for path in wrong]
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)


def test_an_erased_entry_is_not_told_from_an_unknown_one(world: World) -> None:
    event = quote(type="x-note", claims={"note": "call back on Monday"})
    leaf = world.owner.post("/v1/events", json=event).headers["location"].rpartition("/")[2]
    erased = world.owner.delete(f"/v1/entries/{leaf}/content")
    assert erased.status_code == 200, erased.text
    assert world.owner.get(f"/v1/receipts/{leaf}").status_code == 410
    for stranger in world.strangers.values():
        answer, unknown = stranger.get(f"/v1/receipts/{leaf}"), stranger.get("/v1/receipts/0x" + "cd" * 32)
        assert (answer.status_code, answer.content) == (404, unknown.content)
