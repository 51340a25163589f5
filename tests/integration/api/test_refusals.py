"""Bad input on the real service: a problem that names the field, nothing changed, no memory spent."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from service.access.api_keys import mint
from tests.integration.api.service_process import ServiceProcess, quote, unique

MIB = 2**20


@pytest.fixture
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


def size(service: ServiceProcess) -> int:
    """Entries in kaka's log."""
    with service.client(None) as anyone:
        logs = anyone.get("/logs").json()["logs"]
    return int(next(log["size"] for log in logs if log["name"] == "kaka"))


def assert_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """It is that problem, and nothing else."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:tallystick:problem:{slug}"
    assert document["status"] == status
    assert "Traceback" not in answer.text
    return dict(document)


def raw(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False)


def bad_bodies() -> Iterator[tuple[str, bytes, int, str, str]]:
    """(name, body, status, problem, pointer)."""
    text = raw(quote())
    yield "empty", b"", 400, "invalid-json", ""
    yield "malformed", text[:-1].encode(), 400, "invalid-json", ""
    yield "bytes behind", (text + "x").encode(), 400, "invalid-json", ""
    yield "not utf-8", b'{"event":"\xff"}', 400, "invalid-json", ""
    yield "an array", b"[]", 400, "invalid-json", ""
    yield (
        "duplicate key",
        text.replace('"net": 45500', '"net": 45500, "net": 1', 1).encode(),
        400,
        "invalid-json",
        ("/claims/items/0/net"),
    )
    yield "float", text.replace("45500", "455.0", 1).encode(), 400, "invalid-json", "/claims/items/0/net"
    yield "NaN", text.replace("45500", "NaN", 1).encode(), 400, "invalid-json", "/claims/items/0/net"
    yield (
        "huge integer",
        text.replace("45500", "9007199254740992", 1).encode(),
        400,
        "invalid-json",
        ("/claims/items/0/net"),
    )
    yield (
        "lone surrogate",
        text.replace("京东E卡", "\\ud800", 1).encode(),
        400,
        "invalid-json",
        ("/claims/items/0/brand"),
    )
    deep = quote()
    deep["claims"]["deep"] = json.loads("[" * 30 + "]" * 30)
    yield "too deep", raw(deep).encode(), 400, "invalid-json", "/claims/deep" + "/0" * 14
    yield "unknown type", raw(quote(type="quotation")).encode(), 422, "invalid-event", "/type"
    yield "phone number as event id", raw(quote(event="13812345678")).encode(), 422, "invalid-event", "/event"
    yield (
        "phone number as trade id",
        raw(quote(trade="+8613812345678"[1:])).encode(),
        422,
        "invalid-event",
        "/trade",
    )
    yield "id of other characters", raw(quote(event="a b")).encode(), 422, "invalid-event", "/event"
    yield "unknown member", raw(quote(extra=1)).encode(), 422, "invalid-event", "/extra"
    yield (
        "bad time",
        raw(quote(occurred="2026-02-30T08:00:00.000Z")).encode(),
        422,
        "invalid-event",
        "/occurred",
    )
    missing = quote()
    del missing["claims"]["offer"]
    yield "missing claim", raw(missing).encode(), 422, "invalid-event", "/claims/offer"
    unregistered = quote(
        signatures=[
            {"type": "eip712", "address": "0x" + "ab" * 20, "role": "platform", "signature": "0x" + "11" * 65}
        ]
    )
    yield "unregistered signer", raw(unregistered).encode(), 422, "invalid-event", "/signatures/0/address"


@pytest.mark.parametrize(("body", "status", "slug", "pointer"), [
    pytest.param(*case[1:], id=case[0]) for case in bad_bodies()
])  # fmt: skip
def test_bad_events_name_the_field(
    service: ServiceProcess, kaka: httpx.Client, body: bytes, status: int, slug: str, pointer: str
) -> None:
    before = size(service)
    answer = kaka.post("/v1/events", content=body, headers={"content-type": "application/json"})
    document = assert_problem(answer, status, slug)
    assert pointer in [error["pointer"] for error in document["errors"]], document
    assert size(service) == before


def test_a_70_kib_event_is_refused(service: ServiceProcess, kaka: httpx.Client) -> None:
    before = size(service)
    event = quote()
    event["claims"]["x-note"] = "x" * 70 * 1024
    assert_problem(kaka.post("/v1/events", json=event), 413, "body-too-large")
    batch = kaka.post("/v1/events/batch", json=[quote(), event])
    document = assert_problem(batch, 400, "invalid-json")
    assert document["indexes"] == [1]
    assert document["errors"][0]["pointer"] == "/1"
    assert size(service) == before


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/batch"])
def test_100_mb_announced_is_refused_unread(service: ServiceProcess, path: str) -> None:
    place = urlsplit(service.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Authorization", "Bearer " + service.api_key())
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(100 * MIB))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["type"] == "urn:tallystick:problem:body-too-large"
    connection.close()


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/batch"])
@pytest.mark.parametrize("announced", [True, False])
def test_100_mb_costs_no_memory(service: ServiceProcess, path: str, announced: bool) -> None:
    assert service.process is not None
    process = psutil.Process(service.process.pid)
    before = process.memory_info().rss
    peak = before
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.is_set():
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.005)

    watching = threading.Thread(target=watch)
    watching.start()

    def body() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * MIB

    headers = {"authorization": "Bearer " + service.api_key(), "content-type": "application/json"}
    if announced:
        headers["content-length"] = str(100 * MIB)
    try:
        with httpx.Client(timeout=30) as client:
            answer = client.post(service.url + path, content=body(), headers=headers)
    finally:
        done.set()
        watching.join()
    assert_problem(answer, 413, "body-too-large")
    assert peak - before < 48 * MIB, f"{(peak - before) / MIB:.0f} MiB more"


def test_many_large_bodies_at_once_stay_within_the_budget(service: ServiceProcess) -> None:
    """Forty batches of 15 MiB each at once: 600 MiB would be held without the budget."""
    assert service.process is not None
    process = psutil.Process(service.process.pid)
    before = process.memory_info().rss
    peak = before
    content = b" " * (15 * MIB)
    headers = {"content-type": "application/x-ndjson"}
    statuses: list[int] = []
    keys = [service.api_key(name) for name in ("kaka", "xianka", "bendi")]

    def post(number: int) -> None:
        key = {"authorization": "Bearer " + keys[number % 3]}
        try:
            answer = httpx.post(
                service.url + "/v1/events/batch", content=content, headers=headers | key, timeout=60
            )
        except httpx.TransportError:
            return
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.01)
    assert set(statuses) <= {422, 429, 503}
    assert 422 in statuses
    assert peak - before < 220 * MIB, f"{(peak - before) / MIB:.0f} MiB more"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic a2FrYTprYWth",
        "Bearer",
        "Bearer nonsense",
        "Bearer tally_live_" + "0" * 38,
        "Bearer " + mint("live", lambda n: bytes(range(n))),
        "Bearer " + mint("admin", lambda n: bytes(range(n))),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/events"),
        ("POST", "/v1/events/batch"),
        ("GET", "/v1/trades/t"),
        ("GET", "/v1/receipts/0x" + "00" * 32),
        ("GET", "/v1/events/e"),
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys"),
        ("GET", "/v1/signers"),
    ],
)
def test_wrong_keys_are_401_everywhere(
    service: ServiceProcess, header: str | None, method: str, path: str
) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = httpx.request(method, service.url + path, headers=headers, content=b"{}")
    assert_problem(answer, 401, "not-authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_another_platforms_things_look_absent(service: ServiceProcess, kaka: httpx.Client) -> None:
    event = quote()
    posted = kaka.post("/v1/events", json=event)
    location = posted.headers["location"]
    with service.client("xianka") as xianka:
        for theirs, absent in (
            (f"/v1/trades/{event['trade']}", f"/v1/trades/{unique('t')}"),
            (location, "/v1/receipts/0x" + "12" * 32),
            (f"/v1/events/{event['event']}", f"/v1/events/{unique('e')}"),
        ):
            one, other = xianka.get(theirs), xianka.get(absent)
            assert_problem(one, 404, "not-found")
            assert one.content == other.content
            assert {k: v for k, v in one.headers.items() if k != "date"} == {
                k: v for k, v in other.headers.items() if k != "date"
            }
        # The same ids are free in another platform's log.
        assert xianka.post("/v1/events", json=event).status_code == 201


def test_a_test_key_writes_to_the_test_log_only(service: ServiceProcess, kaka: httpx.Client) -> None:
    event = quote()
    with service.client("kaka", test=True) as testing:
        receipt = testing.post("/v1/events", json=event)
        assert receipt.status_code == 201
        assert receipt.json()["log"]["origin"] == "tallystick.local/logs/kaka-test"
        assert testing.get(receipt.headers["location"]).status_code == 200
    assert kaka.get(receipt.headers["location"]).status_code == 404
    trusted = json.loads((service.data / "trust.json").read_bytes())
    assert receipt.json()["log"]["id"] not in [log["id"] for log in trusted["logs"]]


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nothing-here", 404, "not-found"),
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/events/", 404, "not-found"),
        ("PUT", "/v1/events", 405, "method-not-allowed"),
        ("GET", "/v1/events", 405, "method-not-allowed"),
        ("DELETE", "/healthz", 405, "method-not-allowed"),
        ("GET", "/logs/nobody/checkpoint", 404, "not-found"),
        ("GET", "/logs/kaka/tile/entries/000", 404, "not-found"),
        ("GET", "/logs/kaka/tile/0/x999/999", 404, "not-found"),
        ("GET", "/logs/kaka/tile/../../keys", 404, "not-found"),
        ("GET", "/logs/kaka/proof", 422, "invalid-parameter"),
        ("GET", "/logs/kaka/proof?index=-1", 422, "invalid-parameter"),
        ("GET", "/logs/kaka/proof?index=%2B1", 422, "invalid-parameter"),
        ("GET", "/logs/kaka/proof?index=999999999", 422, "invalid-parameter"),
        ("GET", "/logs/kaka/consistency?old=5&new=4", 422, "invalid-parameter"),
        ("GET", "/v1/schemas/nothing", 404, "not-found"),
    ],
)
def test_every_route_answers_problems(
    service: ServiceProcess, method: str, path: str, status: int, slug: str
) -> None:
    headers = {"authorization": "Bearer " + service.api_key()}
    answer = httpx.request(method, service.url + path, headers=headers)
    assert_problem(answer, status, slug)
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize(
    "media", [None, "text/plain", "application/xml", "application/json; charset=gbk", "application/x-ndjson"]
)
def test_other_media_types(kaka: httpx.Client, media: str | None) -> None:
    headers = {} if media is None else {"content-type": media}
    answer = kaka.post("/v1/events", content=raw(quote()).encode(), headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")


def test_nothing_secret_or_personal_is_in_the_journal(service: ServiceProcess, kaka: httpx.Client) -> None:
    event = quote()
    event["claims"]["offer"]["net"] = "many"
    kaka.post("/v1/events", json=event)
    kaka.post("/v1/events", content=b"{", headers={"content-type": "application/json"})
    journal = service.journal()
    for secret in (
        event["event"],
        event["trade"],
        "京东",
        service.api_key(),
        service.credentials["admin_key"],
    ):
        assert secret not in journal
    assert "ready http" not in journal
    assert service.stdout == [f"ready {service.url}\n"]
