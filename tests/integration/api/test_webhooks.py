"""`/v1/webhooks` on the real service, with a real receiver on this host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api.receiver import Receiver, genuine
from tests.integration.api.service_process import ServiceProcess, quote, unique

ALL = ["receipt.anchored", "dispute.opened", "dispute.answer_due", "finding.proved", "anchor.late"]


@pytest.fixture(scope="module")
def bendi(service: ServiceProcess) -> httpx.Client:
    return service.client("bendi")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def _create(client: httpx.Client, url: str, events: list[str] | None = None) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": url, "events": events or ALL})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def _deliveries(client: httpx.Client, webhook: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/webhooks/{webhook}/deliveries", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def _settled(client: httpx.Client, webhook: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for each in _deliveries(client, webhook):
            if each["state"] == state:
                return each
        time.sleep(0.05)
    raise AssertionError(_deliveries(client, webhook))


def _delete(client: httpx.Client, webhook: dict[str, Any]) -> None:
    assert client.delete(f"/v1/webhooks/{webhook['id']}").status_code == 204


def test_a_trade_with_a_dispute_is_told(bendi: httpx.Client, receiver: Receiver) -> None:
    webhook = _create(bendi, receiver.url)
    event = quote(trade=unique("t"))
    dispute = {
        "event": unique("e"),
        "trade": event["trade"],
        "type": "dispute_opened",
        "occurred": "2026-01-31T08:05:00.000Z",
        "claims": {
            "dispute": unique("d"),
            "by": "user",
            "claim": {"code": "payout_short", "text": "少付了钱"},
            "contested": [{"event": event["event"]}],
        },
    }
    for each in (event, dispute):
        posted = bendi.post("/v1/events", json=each)
        assert posted.status_code == 201, posted.text
    (opened,) = receiver.wait("dispute.opened")
    data = opened.document["data"]
    assert (data["dispute"], data["trade"]) == (dispute["claims"]["dispute"], event["trade"])  # type: ignore[index]
    assert data["event"] == dispute["event"]
    assert opened.path == "/hook?from=tally"
    assert genuine(opened, webhook["secret"])
    assert abs(int(opened.headers["webhook-timestamp"]) - time.time()) < 10

    # A quote of which no receipt was handed to the user is a note, and a proved one.
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        proved = receiver.wait("finding.proved")
        told = {(each.document["data"]["trade"], each.document["data"]["code"]) for each in proved}
        if (event["trade"], "receipt_not_delivered") in told:
            break
        time.sleep(0.05)
    assert (event["trade"], "receipt_not_delivered") in told

    (anchored, *_) = receiver.wait("receipt.anchored", seconds=60)
    assert anchored.document["data"]["size"] > anchored.document["data"]["first"]
    everything = b"".join(each.body for each in receiver.got).decode()
    for claimed in ("少付了钱", "京东E卡", "45500", "455.00", 'payout_short"'):
        assert claimed not in everything
    assert len({each.headers["webhook-id"] for each in receiver.got}) == len(receiver.got)
    _delete(bendi, webhook)


def test_life_of_a_webhook(bendi: httpx.Client, receiver: Receiver) -> None:
    webhook = _create(bendi, receiver.url, ["anchor.late"])
    path = f"/v1/webhooks/{webhook['id']}"
    assert webhook["secret"].startswith("whsec_")
    shown = bendi.get(path).json()
    assert "secret" not in shown
    assert shown in bendi.get("/v1/webhooks").json()["webhooks"]
    changed = bendi.patch(
        path, json={"events": ["finding.proved", "anchor.late"], "description": "对账"}
    ).json()
    assert (changed["events"], changed["description"]) == (["finding.proved", "anchor.late"], "对账")

    assert bendi.post(path + "/test").status_code == 202
    (first,) = receiver.wait("webhook.test")
    assert genuine(first, webhook["secret"])
    rotated = bendi.post(path + "/rotate").json()
    assert rotated["secret"] != webhook["secret"]
    bendi.post(path + "/test")
    second = receiver.wait("webhook.test", 2)[1]
    assert genuine(second, rotated["secret"])
    assert genuine(second, webhook["secret"])

    _settled(bendi, webhook["id"], "delivered")
    done = _deliveries(bendi, webhook["id"])[-1]
    assert (done["status"], done["attempts"]) == (204, 1)
    assert bendi.post(f"{path}/deliveries/{done['id']}/replay").status_code == 202
    again = receiver.wait("webhook.test", 3)[2]
    assert again.headers["webhook-id"] == first.headers["webhook-id"] == done["message"]
    assert again.body == first.body
    assert genuine(again, rotated["secret"])

    off = bendi.patch(path, json={"enabled": False}).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "by the platform")
    assert bendi.post(path + "/test").status_code == 422
    assert bendi.patch(path, json={"enabled": True}).json()["enabled"] is True
    _delete(bendi, webhook)
    assert bendi.get(path).status_code == 404


def test_a_gone_endpoint_is_disabled_at_once(bendi: httpx.Client) -> None:
    with Receiver(410) as receiver:
        webhook = _create(bendi, receiver.url, ["anchor.late"])
        path = f"/v1/webhooks/{webhook['id']}"
        bendi.post(path + "/test")
        failed = _settled(bendi, webhook["id"], "failed")
        assert (failed["status"], failed["attempts"]) == (410, 1)
        deadline = time.monotonic() + 5
        while bendi.get(path).json()["enabled"] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert bendi.get(path).json()["disabled_reason"] == "gone (410)"
    _delete(bendi, webhook)


@pytest.mark.parametrize("status", [302, 500, 404])
def test_what_is_not_taken_is_tried_again_and_redirects_are_not_followed(
    bendi: httpx.Client, status: int
) -> None:
    with Receiver(status) as receiver:
        webhook = _create(bendi, receiver.url, ["anchor.late"])
        bendi.post(f"/v1/webhooks/{webhook['id']}/test")
        (got,) = receiver.wait("webhook.test")
        deadline = time.monotonic() + 5
        while _deliveries(bendi, webhook["id"])[0]["attempts"] == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        waiting = _deliveries(bendi, webhook["id"])[0]
        assert (waiting["state"], waiting["status"], waiting["attempts"]) == ("pending", status, 1)
        assert [each.path for each in receiver.got] == [got.path]
    _delete(bendi, webhook)


def test_other_tenants_webhooks_do_not_exist(
    service: ServiceProcess, bendi: httpx.Client, receiver: Receiver
) -> None:
    webhook = _create(bendi, receiver.url, ["anchor.late"])
    bendi.post(f"/v1/webhooks/{webhook['id']}/test")
    delivery = _settled(bendi, webhook["id"], "delivered")["id"]
    path = f"/v1/webhooks/{webhook['id']}"
    bodies = set()
    with service.client("kaka") as kaka, service.client("bendi", test=True) as test:
        for client in (kaka, test):
            shown = [each["id"] for each in client.get("/v1/webhooks").json()["webhooks"]]
            assert webhook["id"] not in shown
            answers = [
                client.get(path),
                client.patch(path, json={"enabled": False}),
                client.delete(path),
                client.post(path + "/rotate"),
                client.post(path + "/test"),
                client.get(path + "/deliveries"),
                client.post(f"{path}/deliveries/{delivery}/replay"),
                client.get("/v1/webhooks/wh_00"),
            ]
            assert [answer.status_code for answer in answers] == [404] * len(answers)
            bodies |= {answer.content for answer in answers}
    assert len(bodies) == 1
    assert bendi.get(path).json()["enabled"] is True
    _delete(bendi, webhook)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "ftp://hooks.example.com/x", "events": ALL}, "/url"),
        ({"url": "https://10.0.0.1/x", "events": ALL}, "/url"),
        ({"url": "https://user:x@hooks.example.com/", "events": ALL}, "/url"),
        ({"url": "https://hooks.example.com/", "events": ["trade.posted"]}, "/events/0"),
        ({"url": "https://hooks.example.com/", "events": []}, "/events"),
        ({"events": ALL}, "/url"),
        ({"url": "https://hooks.example.com/", "events": ALL, "secret": "mine"}, ""),
    ],
)
def test_what_cannot_be_is_refused(bendi: httpx.Client, body: dict[str, Any], pointer: str) -> None:
    answer = bendi.post("/v1/webhooks", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
