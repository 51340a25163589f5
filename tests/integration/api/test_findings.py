"""`GET /v1/trades/{trade}/findings`: a trade that was paid short, through HTTP, for each kind of reader."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.client import consents
from service.core import eip712
from service.core.checkpoint import LogIdentity
from service.core.hexs import from_hex, to_hex
from service.core.times import format_time
from tests.integration.api.service_process import ServiceProcess, unique
from tests.integration.api.sharing import bearer, share

DAY = 86_400_000
Posted = tuple[str, dict[str, Any]]


@pytest.fixture
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


def short_paid(trade: str, now: int) -> list[dict[str, Any]]:
    """500 yuan of face at 91 %, of which 10 yuan were never paid; the user disputes it."""
    names = {name: unique(name) for name in ("quote", "acceptance", "handover", "payout", "dispute")}
    payee = "0x" + "aa" * 32
    quote: Posted = (
        "quote",
        {
            "items": [{"line": 1, "brand": "京东E卡", "face": 50000, "net": 45500, "kind": "code"}],
            "offer": {"currency": "CNY", "net": 45500},
            "terms": {
                "valid_until": format_time(now + DAY),
                "payout_clock": {"start": "handover", "seconds": 3600},
            },
        },
    )
    acceptance: Posted = (
        "acceptance",
        {
            "quote": {"event": names["quote"]},
            "amount": 45500,
            "currency": "CNY",
            "settlement": [{"channel": "alipay", "payee": payee, "share": 45500}],
        },
    )
    leg = {"leg": 1, "channel": "alipay", "amount": 44500, "currency": "CNY", "payee": payee}
    payout: Posted = ("payout", {"payout": "p1", "state": "succeeded", "final": True, "legs": [leg]})
    review: Posted = (
        "review",
        {"kind": "large_amount", "rule": "24h", "outcome": "pending", "started": format_time(now)},
    )
    opened: Posted = (
        "dispute_opened",
        {
            "dispute": unique("d"),
            "by": "user",
            "claim": {"code": "payout_short", "text": "少付了十元"},
            "contested": [{"event": names["payout"]}],
        },
    )
    steps = [quote, acceptance, ("handover", {"mode": "code_revealed"}), payout, review, opened]
    known = [
        names["quote"],
        names["acceptance"],
        names["handover"],
        names["payout"],
        unique("r"),
        unique("o"),
    ]
    return [
        {"event": event, "trade": trade, "type": kind, "occurred": format_time(now), "claims": claims}
        for event, (kind, claims) in zip(known, steps, strict=True)
    ]


@pytest.fixture
def trade(kaka: httpx.Client) -> str:
    name = unique("t")
    for event in short_paid(name, time.time_ns() // 1_000_000):
        answer = kaka.post("/v1/events", json=event)
        assert answer.status_code == 201, answer.text
    return name


def proved(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {each["code"]: each for each in answer.json()["results"] if each["truth"] == "proved"}


def test_a_short_payment_is_proved(kaka: httpx.Client, trade: str) -> None:
    answer = kaka.get(f"/v1/trades/{trade}/findings")
    assert answer.headers["cache-control"] == "no-store"
    found = proved(answer)
    assert {"payout_short", "receipt_not_delivered"} == found.keys()
    assert (found["payout_short"]["amount"], found["payout_short"]["currency"]) == (1_000, "CNY")
    assert "10.00 元" in found["payout_short"]["zh"] and "CNY 10.00" in found["payout_short"]["en"]
    document = answer.json()
    assert (document["format"], document["trade"]) == ("tallystick-findings/1", trade)
    codes = [each["code"] for each in document["results"]]
    assert len(set(codes)) == 37 and codes[0] == "payout_short"


def test_the_same_time_gives_the_same_bytes_and_later_more_is_proved(kaka: httpx.Client, trade: str) -> None:
    at = format_time(time.time_ns() // 1_000_000 + 4 * DAY)
    first, second = (kaka.get(f"/v1/trades/{trade}/findings", params={"at": at}) for _ in range(2))
    assert first.content == second.content
    assert first.json()["evaluated"] == at
    assert "answer_late" in proved(first)
    assert "answer_late" not in proved(kaka.get(f"/v1/trades/{trade}/findings"))


@pytest.mark.parametrize("at", ["now", "2026-01-31", "2026-01-31T08:00:00Z", ""])
def test_a_time_that_is_none(kaka: httpx.Client, trade: str, at: str) -> None:
    answer = kaka.get(f"/v1/trades/{trade}/findings", params={"at": at})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "at")


def test_nothing_is_told_about_trades_that_are_not_ones_own(service: ServiceProcess, trade: str) -> None:
    with service.client("xianka") as xianka, service.client("kaka", test=True) as testing:
        answers = [
            reader.get(f"/v1/trades/{name}/findings")
            for reader, name in ((xianka, trade), (xianka, unique("t")), (testing, trade), (xianka, "!"))
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    with service.client(None) as nobody:
        assert nobody.get(f"/v1/trades/{trade}/findings").status_code == 401


def test_a_share_sees_its_own_trade_and_nothing_restricted(
    service: ServiceProcess, kaka: httpx.Client, trade: str
) -> None:
    with bearer(service, share(kaka, trade)["token"]) as user:
        answer = user.get(f"/v1/trades/{trade}/findings")
        assert "payout_short" in proved(answer)
        audiences = {each["audience"] for each in answer.json()["results"]}
        assert "restricted" not in audiences and "review_missing" not in answer.text
        other = user.get(f"/v1/trades/{unique('t')}/findings")
        assert (other.status_code, other.content) == (404, kaka.get("/v1/trades/none/findings").content)
    assert "review_missing" in kaka.get(f"/v1/trades/{trade}/findings").text


def test_a_consent_that_does_not_hold_is_proved(kaka: httpx.Client) -> None:
    """Signed for another registry or log, with a high s, or by a key that may not speak for the user."""
    wallet, guarantors = (hashlib.sha256(unique("key").encode()).digest() for _ in range(2))
    for key, role in ((wallet, "user"), (guarantors, "guarantor")):
        signer = {"address": eip712.address_of(key), "role": role}
        kaka.post("/v1/signers", json=signer).raise_for_status()
    for expected, trade in (
        (False, accepted(kaka, wallet)),
        (True, accepted(kaka, wallet, registry="0x" + "12" * 20)),
        (True, accepted(kaka, wallet, chain_id=1)),
        (True, accepted(kaka, wallet, log_id=b"\7" * 32)),
        (True, accepted(kaka, wallet, high_s=True)),
        (True, accepted(kaka, guarantors)),
    ):
        found = proved(kaka.get(f"/v1/trades/{trade}/findings"))
        assert ("consent_invalid" in found) is expected, trade


def accepted(kaka: httpx.Client, key: bytes, *, high_s: bool = False, **other: Any) -> str:
    """A trade whose quote is accepted by a signature."""
    now = time.time_ns() // 1_000_000
    quoted, answer, *_ = short_paid(unique("t"), now)
    posted = kaka.post("/v1/events", json=quoted).json()
    log = posted["log"]
    identity = LogIdentity(log["origin"], from_hex(log["id"]), log["chain_id"], log["registry"])
    digest = kaka.post("/v1/events", json=quoted, headers={"prefer": "return=minimal"}).json()["digest"]
    consent = consents.acceptance(
        replace(identity, **other),
        key,
        platform="kaka",
        trade=quoted["trade"],
        quote=from_hex(digest),
        amount=45500,
        currency="CNY",
        channel="alipay",
        valid_until=now // 1000 + 600,
    )
    if high_s:
        raw = from_hex(consent["signature"], 65)
        s = eip712.SECP256K1_ORDER - int.from_bytes(raw[32:64], "big")
        consent["signature"] = to_hex(raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]]))
    answer["claims"] |= {"consent": consent}
    assert kaka.post("/v1/events", json=answer).status_code == 201
    return str(quoted["trade"])
