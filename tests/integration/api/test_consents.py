"""Consents over HTTP on the real service: a user's own signature, through the share of the trade."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from service.client import consents as wallet
from service.core.checkpoint import LogIdentity
from service.core.hexs import from_hex, to_hex
from tests.integration.api.service_process import ServiceProcess, quote, unique
from tests.integration.api.sharing import bearer, grant, post_trade, share

KEY = secrets.token_bytes(32)
UNTIL = "2099-01-31T09:00:00.000Z"
PATH = "/v1/shares/consents"


class Quoted:
    """A trade with a quote that nobody has accepted, and its user."""

    def __init__(self, service: ServiceProcess) -> None:
        self.service, self.platform = service, service.client("kaka")
        event = quote()
        event["claims"]["terms"] = {"valid_until": UNTIL}
        self.trade, self.quote = event["trade"], event["event"]
        receipt = self.platform.post("/v1/events", json=event).json()
        log = receipt["log"]
        self.identity = LogIdentity(log["origin"], from_hex(log["id"]), log["chain_id"], log["registry"])
        self.user = bearer(service, share(self.platform, self.trade)["token"])

    def digest(self, event: str) -> str:
        from service.core.entry import parse, statement_digest

        for each in self.platform.get(f"/v1/trades/{self.trade}").json()["entries"]:
            statement = parse(each["entry"].encode()).statement
            if statement.event == event:
                return to_hex(statement_digest(statement.encode()))
        raise AssertionError(event)

    def acceptance(self, **changes: Any) -> dict[str, Any]:
        consent = wallet.acceptance(
            self.identity,
            KEY,
            platform="kaka",
            trade=self.trade,
            quote=from_hex(self.digest(self.quote)),
            amount=45500,
            currency="CNY",
            channel="alipay",
            valid_until=4_073_533_200,
        )
        body = {"type": "acceptance", "quote": {"event": self.quote}, "amount": 45500, "currency": "CNY"}
        return {**body, "consent": {**consent, "method": "eip712"}, **changes}


@pytest.fixture
def quoted(service: ServiceProcess) -> Quoted:
    return Quoted(service)


def pointers(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"] for each in answer.json()["errors"]}


def test_a_quote_is_accepted_once(quoted: Quoted) -> None:
    body = quoted.acceptance()
    given = quoted.user.post(PATH, json=body)
    assert given.status_code == 201, given.text
    assert given.headers["cache-control"] == "no-store"
    again = quoted.user.post(PATH, json=body)
    assert again.status_code == 200
    assert again.json() == {**given.json(), "repeated": True}
    receipt = quoted.user.get(given.headers["location"])
    assert receipt.status_code == 200
    assert pointers(quoted.user.post(PATH, json=quoted.acceptance())) == {"/quote/event"}
    grades = quoted.platform.get(f"/v1/trades/{quoted.trade}/findings").json()["results"]
    consent = [each for each in grades if each["code"] in ("consent_invalid", "acceptance_invalid")]
    assert {each["truth"] for each in consent} == {"not_proved"}


def test_a_payment_is_said_not_to_have_come(quoted: Quoted) -> None:
    leg = {"leg": 1, "channel": "alipay", "amount": 45500, "kind": "money", "currency": "CNY"}
    payout = unique("p")
    event = {
        "event": payout,
        "trade": quoted.trade,
        "type": "payout",
        "occurred": "2026-01-31T08:30:00.000Z",
        "claims": {"payout": unique("p"), "state": "succeeded", "legs": [leg]},
    }
    assert quoted.platform.post("/v1/events", json=event).status_code == 201
    consent = wallet.acknowledgement(
        quoted.identity,
        KEY,
        trade=quoted.trade,
        payout=from_hex(quoted.digest(payout)),
        amount=0,
        currency="CNY",
    )
    body = {"type": "payout_ack", "payout": {"event": payout}, "result": "not_received", "amount": 0}
    body |= {"currency": "CNY", "consent": {**consent, "method": "eip712"}}
    given = quoted.user.post(PATH, json=body)
    assert given.status_code == 201, given.text
    conflict = quoted.user.post(PATH, json={**body, "result": "received"})
    assert conflict.status_code == 409
    assert conflict.json()["type"].endswith("idempotency-conflict")


def test_what_is_refused_changes_nothing(quoted: Quoted) -> None:
    good = quoted.acceptance()
    before = quoted.platform.get(f"/v1/trades/{quoted.trade}").json()["entries"]
    for changes, pointer in (
        ({"amount": 45501}, "/amount"),
        ({"quote": {"event": "nothing"}}, "/quote/event"),
        ({"consent": {**good["consent"], "address": "0x" + "11" * 20}}, "/consent/signature"),
        ({"payout": {"event": quoted.quote}}, "/payout"),
    ):
        assert pointers(quoted.user.post(PATH, json={**good, **changes})) == {pointer}
    assert quoted.user.post(PATH, json={**good, "trade": quoted.trade}).status_code == 422
    assert quoted.user.post(PATH, json={**good, "type": "correction"}).status_code == 422
    assert quoted.platform.get(f"/v1/trades/{quoted.trade}").json()["entries"] == before


def test_nobody_but_the_trades_user(service: ServiceProcess, quoted: Quoted) -> None:
    body = quoted.acceptance()
    assert bearer(service, None).post(PATH, json=body).status_code == 401
    assert quoted.platform.post(PATH, json=body).status_code == 403
    other = post_trade(quoted.platform)
    arbitrator = bearer(service, grant(quoted.platform, other.dispute)["token"])
    assert arbitrator.post(PATH, json=body).status_code == 403
    stranger = bearer(service, share(quoted.platform, other.trade)["token"])
    known, unknown = (
        stranger.post(PATH, json={**body, "quote": {"event": each}}) for each in (quoted.quote, "nothing")
    )
    assert pointers(known) == pointers(unknown) == {"/quote/event"}
    assert known.json() == unknown.json()
