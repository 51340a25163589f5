"""Reads that take the short way: what they show is the newest state, and what is due to a share is done."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from service.core import merkle, receipt
from tests.integration.api.service_process import ServiceProcess, quote
from tests.integration.api.sharing import Trade, bearer, post_trade, share


@pytest.fixture(scope="module")
def kaka(service: ServiceProcess) -> Iterator[httpx.Client]:
    with service.client("kaka") as client:
        yield client


@pytest.fixture(scope="module")
def posted(kaka: httpx.Client) -> Trade:
    return post_trade(kaka)


def post(kaka: httpx.Client) -> tuple[str, bytes]:
    """A new entry's leaf, and the receipt of its POST."""
    answer = kaka.post("/v1/events", json=quote())
    assert answer.status_code == 201, answer.text
    return "0x" + merkle.leaf_hash(receipt.parse(answer.content).entry).hex(), answer.content


def test_a_receipt_read_before_an_erasure_is_not_read_after_it(kaka: httpx.Client) -> None:
    leaf, _ = post(kaka)
    path = f"/v1/receipts/{leaf}"
    before = [kaka.get(path) for _ in range(3)]
    assert [each.status_code for each in before] == [200] * 3
    assert before[0].json()["disclosures"]
    order = {"ground": "order", "authority": "a court"}
    erased = kaka.request("DELETE", f"/v1/entries/{leaf}/content", json=order)
    assert erased.status_code == 200, erased.text
    after = kaka.get(path)
    assert (after.status_code, after.json()["type"]) == (410, "urn:tallystick:problem:event-erased")


def test_a_receipt_read_before_its_anchor_shows_it_as_soon_as_it_is_there(kaka: httpx.Client) -> None:
    leaf, given = post(kaka)
    shown: dict[str, Any] = {}
    until = time.monotonic() + 90
    while not shown.get("anchors") or shown["anchors"][0]["state_proof"] is None:
        assert time.monotonic() < until, "never anchored"
        answer = kaka.get(f"/v1/receipts/{leaf}")
        assert answer.headers["cache-control"] == "no-store"
        shown = answer.json()
        if kaka.get(f"/logs/kaka/anchors?index={shown['index']}").json()["anchors"]:
            assert kaka.get(f"/v1/receipts/{leaf}").json()["anchors"]  # no later than the anchors' own list
        time.sleep(0.05)
    promised = receipt.parse(given)
    completed = receipt.parse(kaka.get(f"/v1/receipts/{leaf}").content)
    assert (completed.checkpoint, completed.inclusion) == (promised.checkpoint, promised.inclusion)
    anchor = completed.anchors[0]
    merkle.verify_inclusion(
        merkle.leaf_hash(completed.entry), completed.index, anchor.size, list(anchor.inclusion), anchor.root
    )


def test_a_share_reads_receipts_with_discretion(
    service: ServiceProcess, kaka: httpx.Client, posted: Trade
) -> None:
    given = share(kaka, posted.trade)
    with bearer(service, given["token"]) as user:
        answer = user.get(f"/v1/receipts/{posted.leaves['quote']}")
    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    until = time.monotonic() + 30
    kinds: set[str] = set()
    while "GET /v1/receipts/{leaf}" not in kinds:
        assert time.monotonic() < until, kinds
        listed = kaka.get("/v1/access", params={"trade": posted.trade}).json()["accesses"]
        kinds = {each["kind"] for each in listed if each["id"] == given["id"]}
        time.sleep(0.05)


def test_the_short_way_is_counted_by_template(kaka: httpx.Client) -> None:
    leaf, _ = post(kaka)
    kaka.get(f"/v1/receipts/{leaf}")
    kaka.get("/logs/kaka/proof?index=0")
    kaka.get("/logs/kaka/checkpoint")
    text = kaka.get("/metrics").text
    for template in ("/v1/receipts/{leaf}", "/logs/{name}/proof", "/logs/{name}/checkpoint"):
        assert f'tally_http_requests_total{{route="{template}",status="200"}}' in text
    assert leaf not in text


def test_nobody_waits_for_those_who_wait_for_last_signed(service: ServiceProcess, kaka: httpx.Client) -> None:
    """Another process may hold its lock; then the newest size is not known, and everything else is."""
    leaf, given = post(kaka)
    log = receipt.parse(given).log.id.hex()
    size = kaka.get("/logs/kaka/proof?index=0").json()["size"]
    waiting = [
        "/logs/kaka/checkpoint",
        "/logs/kaka/proof?index=0",
        "/logs/kaka/proof?index=0&size=9999999",
        "/logs/kaka/consistency?old=1&new=9999999",
    ]
    with (service.data / "last_signed" / log).open("rb+") as file, ThreadPoolExecutor(4) as threads:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            answers = [threads.submit(httpx.get, service.url + path, timeout=90) for path in waiting]
            time.sleep(0.3)
            for path in ("/healthz", f"/logs/kaka/proof?index=0&size={size}", f"/v1/receipts/{leaf}"):
                assert kaka.get(path, timeout=20).status_code == 200
            assert not any(each.done() for each in answers)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
        assert [each.result().status_code for each in answers] == [200, 200, 422, 422]
