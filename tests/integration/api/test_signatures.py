"""Platforms' signatures over statements, through HTTP: what is refused, and a retry after a key has ended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest

from service.client import sign_event
from service.client.signing import SignedEvent
from service.core import eip712
from service.core.checkpoint import LogIdentity
from service.core.hexs import from_hex, to_hex
from service.core.times import format_time
from tests.integration.api.service_process import ServiceProcess, quote, unique

ORDER = eip712.SECP256K1_ORDER


@pytest.fixture
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


@pytest.fixture
def identity(kaka: httpx.Client) -> LogIdentity:
    log = kaka.post("/v1/events", json=quote()).json()["log"]
    return LogIdentity(log["origin"], from_hex(log["id"]), log["chain_id"], log["registry"])


def fresh_key() -> bytes:
    return hashlib.sha256(unique("key").encode()).digest()


def register(kaka: httpx.Client, key: bytes, role: str = "platform", **validity: str) -> str:
    address = eip712.address_of(key)
    answer = kaka.post("/v1/signers", json={"address": address, "role": role, **validity})
    assert answer.status_code == 200, answer.text
    return address


def high_s(signed: SignedEvent) -> SignedEvent:
    """The other signature that every signature has."""
    one = dict(signed.event["signatures"][0])
    raw = from_hex(one["signature"], 65)
    s = ORDER - int.from_bytes(raw[32:64], "big")
    one["signature"] = to_hex(raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]]))
    return SignedEvent(signed.event | {"signatures": [one]}, signed.digest)


def test_a_registered_key_signs(kaka: httpx.Client, identity: LogIdentity) -> None:
    key = fresh_key()
    address = register(kaka, key)
    answer = kaka.post("/v1/events", json=sign_event(quote(), identity, key).event)
    assert answer.status_code == 201, answer.text
    assert orjson.loads(answer.json()["entry"])["signatures"][0]["address"] == address


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda event, identity, key: high_s(sign_event(event, identity, key)), "/signatures/0/signature"),
        (
            lambda event, identity, key: sign_event(event, replace(identity, chain_id=1), key),
            "/signatures/0/signature",
        ),
        (
            lambda event, identity, key: sign_event(event, replace(identity, registry="0x" + "12" * 20), key),
            "/signatures/0/signature",
        ),
        (
            lambda event, identity, key: sign_event(event, replace(identity, log_id=b"\7" * 32), key),
            "/signatures/0/signature",
        ),
        (
            lambda event, identity, key: sign_event(event, replace(identity, origin="else.where/log"), key),
            "/signatures/0/signature",
        ),
        (
            lambda event, identity, key: sign_event(event, identity, key, role="guarantor"),
            "/signatures/0/address",
        ),
        (lambda event, identity, key: sign_event(event, identity, fresh_key()), "/signatures/0/address"),
    ],
    ids=[
        "high s",
        "other chain",
        "other registry",
        "other log",
        "other origin",
        "other role",
        "unregistered",
    ],
)
def test_signatures_that_are_refused(
    kaka: httpx.Client,
    identity: LogIdentity,
    spoil: Callable[[dict[str, Any], LogIdentity, bytes], SignedEvent],
    place: str,
) -> None:
    key, event = fresh_key(), quote()
    register(kaka, key)
    for path, body in (
        ("/v1/events", orjson.dumps(spoil(event, identity, key).event)),
        ("/v1/events/batch", orjson.dumps([spoil(event, identity, key).event])),
    ):
        answer = kaka.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"].endswith(place)
    assert kaka.get(f"/v1/trades/{event['trade']}").status_code == 404


def test_a_key_outside_its_validity_is_refused(kaka: httpx.Client, identity: LogIdentity) -> None:
    now = time.time_ns() // 1_000_000
    early, ended, users = fresh_key(), fresh_key(), fresh_key()
    register(kaka, early, valid_from=format_time(now + 3_600_000))
    kaka.delete(f"/v1/signers/{register(kaka, ended)}/platform").raise_for_status()
    register(kaka, users, "user")
    for key, role in ((early, "platform"), (ended, "platform"), (users, "user"), (users, "platform")):
        answer = kaka.post("/v1/events", json=sign_event(quote(), identity, key, role=role).event)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/signatures/0/address"


def test_a_retry_after_the_key_has_ended_gets_the_old_receipt(
    kaka: httpx.Client, identity: LogIdentity
) -> None:
    key, events = fresh_key(), [quote(), quote(), quote()]
    address = register(kaka, key)
    single, *batch = [sign_event(event, identity, key).event for event in events]
    first = kaka.post("/v1/events", json=single)
    assert first.status_code == 201
    lines = b"\n".join(orjson.dumps(event) for event in batch)
    ndjson = {"content-type": "application/x-ndjson"}
    many = kaka.post("/v1/events/batch", content=lines, headers=ndjson)
    assert many.status_code == 201, many.text

    kaka.delete(f"/v1/signers/{address}/platform").raise_for_status()
    again = kaka.post("/v1/events", json=single)
    assert (again.status_code, again.content) == (200, first.content)
    repeated = kaka.post("/v1/events/batch", content=lines, headers=ndjson)
    assert (repeated.status_code, repeated.content) == (200, many.content)

    # The id opens no door for anything else: other content conflicts, new events are refused.
    other = sign_event(events[0] | {"trade": unique("t")}, identity, key).event
    assert kaka.post("/v1/events", json=other).status_code == 409
    new = sign_event(quote(), identity, key).event
    assert kaka.post("/v1/events", json=new).status_code == 422
    mixed = kaka.post("/v1/events/batch", json=[single, new])
    assert (mixed.status_code, mixed.json()["indexes"]) == (422, [1])
