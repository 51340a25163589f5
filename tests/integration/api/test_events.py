"""`POST /v1/events` on the real service: receipts that verify, idempotency, conflicts, preferences."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from service.core import checkpoint, entry, merkle, receipt, trust
from service.core.hexs import from_hex
from tests.integration.api.service_process import ServiceProcess, quote, unique


@pytest.fixture
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


def check_promise(service: ServiceProcess, body: bytes) -> receipt.Receipt:
    """Entry, both checkpoint signatures and the path of a receipt, against the service's own trust file."""
    held = receipt.parse(body)
    log = trust.parse((service.data / "trust.json").read_bytes()).log(held.log.id)
    assert log is not None
    identity = checkpoint.LogIdentity(held.log.origin, held.log.id, held.log.chain_id, held.log.registry)
    signed = checkpoint.verify_signed(held.checkpoint, identity, log.keys[0].ed25519, log.keys[0].address)
    merkle.verify_inclusion(
        merkle.leaf_hash(held.entry), held.index, signed.size, held.inclusion, signed.root
    )
    return held


def test_a_post_is_answered_with_a_receipt(service: ServiceProcess, kaka: httpx.Client) -> None:
    event = quote()
    answer = kaka.post("/v1/events", json=event)
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/json"
    held = check_promise(service, answer.content)
    assert receipt.format(held) == answer.content
    statement = entry.parse(held.entry).statement
    assert (statement.event, statement.trade, statement.type) == (event["event"], event["trade"], "quote")
    assert answer.headers["location"] == "/v1/receipts/0x" + merkle.leaf_hash(held.entry).hex()
    assert kaka.get(answer.headers["location"]).status_code == 200


def test_the_same_event_again_gets_the_same_receipt(kaka: httpx.Client) -> None:
    event = quote()
    first = kaka.post("/v1/events", json=event)
    again = kaka.post(
        "/v1/events", content=json.dumps(event, indent=1), headers={"content-type": "application/json"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content


def test_other_content_under_the_same_id_conflicts(kaka: httpx.Client) -> None:
    event = quote()
    kaka.post("/v1/events", json=event).raise_for_status()
    event["claims"]["offer"]["net"] -= 100
    answer = kaka.post("/v1/events", json=event)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:tallystick:problem:event-conflict"
    assert answer.json()["events"] == [event["event"]]


def test_fifty_parallel_posters_get_one_entry_and_one_receipt(service: ServiceProcess) -> None:
    event = quote()
    content = json.dumps(event).encode()
    headers = {"authorization": "Bearer " + service.api_key(), "content-type": "application/json"}

    def post(_: int) -> tuple[int, bytes]:
        answer = httpx.post(service.url + "/v1/events", content=content, headers=headers, timeout=30)
        return answer.status_code, answer.content

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({body for _, body in answers}) == 1
    with service.client() as client:
        entries = client.get(f"/v1/trades/{event['trade']}").json()["entries"]
    assert len(entries) == 1


def test_minimal_answer(kaka: httpx.Client) -> None:
    event = quote()
    answer = kaka.post("/v1/events", json=event, headers={"prefer": "respond-async, return=minimal"})
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "return=minimal"
    assert set(answer.json()) == {"index", "leaf", "digest"}
    full = receipt.parse(kaka.post("/v1/events", json=event).content)
    assert answer.json()["index"] == full.index
    assert from_hex(answer.json()["leaf"]) == merkle.leaf_hash(full.entry)
    statement = json.dumps(
        json.loads(full.entry)["statement"], separators=(",", ":"), ensure_ascii=False
    ).encode()
    assert from_hex(answer.json()["digest"]) == entry.statement_digest(statement)


def test_a_reference_without_digest_is_filled_in(kaka: httpx.Client) -> None:
    first = quote()
    digest = kaka.post("/v1/events", json=first, headers={"prefer": "return=minimal"}).json()["digest"]
    acceptance = {
        "event": unique("e"),
        "trade": first["trade"],
        "type": "acceptance",
        "occurred": "2026-01-31T08:05:00.000Z",
        "claims": {"quote": {"event": first["event"]}, "amount": 45500, "currency": "CNY"},
    }
    answer = kaka.post("/v1/events", json=acceptance)
    assert answer.status_code == 201, answer.text
    timeline = kaka.get(f"/v1/trades/{first['trade']}").json()["entries"]
    assert len(timeline) == 2
    assert digest in answer.text or any(digest in _decoded(d) for d in answer.json()["disclosures"])
    acceptance["event"] = unique("e")
    acceptance["claims"]["quote"] = {"event": unique("never")}  # type: ignore[index]
    refused = kaka.post("/v1/events", json=acceptance)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/claims/quote/event"


def _decoded(disclosure: str) -> str:
    import base64

    return base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)).decode()


def test_receipts_by_leaf_and_by_event_are_the_same(kaka: httpx.Client) -> None:
    event = quote()
    posted = kaka.post("/v1/events", json=event)
    by_leaf = kaka.get(posted.headers["location"])
    by_event = kaka.get(f"/v1/events/{event['event']}")
    assert by_leaf.status_code == by_event.status_code == 200
    fresh = receipt.parse(by_leaf.content)
    first = receipt.parse(posted.content)
    assert (fresh.entry, fresh.checkpoint, fresh.inclusion) == (
        first.entry,
        first.checkpoint,
        first.inclusion,
    )


def test_the_timeline_is_paged(kaka: httpx.Client) -> None:
    trade = unique("t")
    for _ in range(5):
        kaka.post("/v1/events", json=quote(trade=trade)).raise_for_status()
    seen: list[int] = []
    cursor: str | None = None
    pages = 0
    while True:
        params: dict[str, str] = {"limit": "2"} | ({} if cursor is None else {"cursor": cursor})
        page = kaka.get(f"/v1/trades/{trade}", params=params).json()
        seen += [entry.parse(item["entry"].encode()).seq for item in page["entries"]]
        pages += 1
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [0, 1, 2, 3, 4]
    assert pages == 3
