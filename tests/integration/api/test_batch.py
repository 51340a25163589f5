"""`POST /v1/events/batch`: all or nothing, every bad index, and receipts that a client derives itself."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from service.core import checkpoint, entry, merkle
from service.core.hexs import from_hex
from service.core.tree import batch_inclusion_proofs
from tests.integration.api.service_process import ServiceProcess, quote, unique

NDJSON = {"content-type": "application/x-ndjson"}


@pytest.fixture
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


def lines(events: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events).encode()


def check_receipts(answer: dict[str, Any]) -> None:
    """Derive every receipt's path from the compact ranges, and verify it under the checkpoint."""
    signed = checkpoint.parse_signed(answer["checkpoint"])
    assert signed.size == answer["size"]
    leaves = [merkle.leaf_hash(text.encode()) for text in answer["entries"]]
    left, right = ([from_hex(node) for node in answer[side]] for side in ("left", "right"))
    proofs = batch_inclusion_proofs(answer["first"], leaves, answer["size"], left, right)
    for number, (leaf, proof) in enumerate(zip(leaves, proofs, strict=True)):
        merkle.verify_inclusion(leaf, answer["first"] + number, answer["size"], proof, signed.root)


@pytest.mark.parametrize("array", [True, False])
def test_a_batch_and_its_repetition(kaka: httpx.Client, array: bool) -> None:
    events = [quote() for _ in range(300)]
    body, headers = (lines(events), NDJSON)
    if array:
        body, headers = json.dumps(events).encode(), {"content-type": "application/json"}
    first = kaka.post("/v1/events/batch", content=body, headers=headers)
    assert first.status_code == 201, first.text
    answer = first.json()
    assert answer["format"] == "tallystick-batch/1"
    assert [entry.parse(text.encode()).statement.event for text in answer["entries"]] == [
        event["event"] for event in events
    ]
    assert [len(disclosed) for disclosed in answer["disclosures"]] == [4] * 300
    check_receipts(answer)
    again = kaka.post("/v1/events/batch", content=body, headers=headers)
    assert (again.status_code, again.content) == (200, first.content)


def test_a_batch_of_one_is_repeated_as_a_single_and_the_other_way_round(kaka: httpx.Client) -> None:
    event = quote()
    batch = kaka.post("/v1/events/batch", content=lines([event]), headers=NDJSON)
    single = kaka.post("/v1/events", json=event)
    assert single.status_code == 200
    assert single.json()["entry"] == batch.json()["entries"][0]
    assert single.json()["checkpoint"] == batch.json()["checkpoint"]


def test_every_bad_index_is_listed_and_nothing_is_stored(kaka: httpx.Client) -> None:
    events = [quote() for _ in range(200)]
    events[7]["event"] = "13812345678"
    events[100]["claims"]["offer"]["net"] = -1
    body = lines(events).splitlines()
    body[150] = b'{"event":1.5}'
    body[199] = b"not json"
    refused = kaka.post("/v1/events/batch", content=b"\n".join(body), headers=NDJSON)
    assert refused.status_code == 422
    document = refused.json()
    assert document["indexes"] == [7, 100, 150, 199]
    pointers = [error["pointer"] for error in document["errors"]]
    assert "/7/event" in pointers
    assert "/100/claims/offer/net" in pointers
    assert any(pointer.startswith("/150") for pointer in pointers)
    assert "/199" in pointers
    assert kaka.get(f"/v1/events/{events[0]['event']}").status_code == 404


def test_a_mixed_batch_names_the_repeated_ones(kaka: httpx.Client) -> None:
    old, new = quote(), quote()
    kaka.post("/v1/events", json=old).raise_for_status()
    refused = kaka.post("/v1/events/batch", content=lines([new, old]), headers=NDJSON)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:tallystick:problem:mixed-batch"
    assert refused.json()["events"] == [old["event"]]
    assert kaka.get(f"/v1/events/{new['event']}").status_code == 404


def test_a_whole_trade_in_one_batch_refers_to_itself(kaka: httpx.Client) -> None:
    first = quote()
    acceptance = {
        "event": unique("e"),
        "trade": first["trade"],
        "type": "acceptance",
        "occurred": "2026-01-31T08:05:00.000Z",
        "claims": {"quote": {"event": first["event"]}, "amount": 45500, "currency": "CNY"},
    }
    answer = kaka.post("/v1/events/batch", content=lines([first, acceptance]), headers=NDJSON)
    assert answer.status_code == 201, answer.text
    one, two = (entry.parse(text.encode()) for text in answer.json()["entries"])
    assert (one.seq, two.seq) == (0, 1)
    assert two.prev == merkle.leaf_hash(answer.json()["entries"][0].encode())
    backwards = [acceptance | {"event": unique("e"), "trade": unique("t")}, quote()]
    backwards[0]["claims"] = {**acceptance["claims"], "quote": {"event": backwards[1]["event"]}}
    refused = kaka.post("/v1/events/batch", content=lines(backwards), headers=NDJSON)
    assert refused.json()["errors"][0]["pointer"] == "/0/claims/quote/event"


def test_ten_thousand_and_one(kaka: httpx.Client) -> None:
    one = lines([quote()])
    refused = kaka.post("/v1/events/batch", content=one * 10_001, headers=NDJSON)
    assert refused.status_code == 413
    assert kaka.post("/v1/events/batch", content=b"\n\n", headers=NDJSON).status_code == 422


def test_ten_thousand_events_while_singles_go_on(service: ServiceProcess, kaka: httpx.Client) -> None:
    events = [quote() for _ in range(10_000)]
    answer = kaka.post("/v1/events/batch", content=lines(events), headers=NDJSON, timeout=120)
    assert answer.status_code == 201
    assert len(answer.json()["entries"]) == 10_000
    check_receipts(answer.json())


@pytest.mark.parametrize("body", [b"{}", b"1", b'[{"event":1},', b"[1 2]"])
def test_what_is_no_array(kaka: httpx.Client, body: bytes) -> None:
    refused = kaka.post("/v1/events/batch", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 400
    assert refused.json()["type"] == "urn:tallystick:problem:invalid-json"
