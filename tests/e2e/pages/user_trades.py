"""Trades as platforms post them, for the page of their user: one paid too little, one that is quoted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.integration.api.service_process import unique


def at(minutes: float) -> str:
    """A time so many minutes from now."""
    when = datetime.now(UTC) + timedelta(minutes=minutes)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Posting:
    """Posts events of one trade, one after another."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.trade = unique("t")
        self.events: dict[str, str] = {}

    def __call__(self, event_type: str, minutes: float = 0, **claims: Any) -> str:
        name = unique(event_type.replace("_", "-"))
        event = {
            "event": name,
            "trade": self.trade,
            "type": event_type,
            "occurred": at(minutes),
            "claims": claims,
        }
        answer = self.client.post("/v1/events", json=event)
        assert answer.status_code == 201, answer.text
        self.events[event_type] = name
        return name

    def share(self) -> dict[str, Any]:
        """A share of the trade, with its `path`."""
        answer = self.client.post("/v1/shares", json={"trade": self.trade})
        assert answer.status_code == 201, answer.text
        given: dict[str, Any] = answer.json()
        return {**given, "path": "/t/" + given["url"].rpartition("/t/")[2]}


def quote_claims(**changes: Any) -> dict[str, Any]:
    """A firm quote of 470.00 for a card of 500.00."""
    claims: dict[str, Any] = {
        "items": [
            {"line": 1, "brand": "京东E卡", "face": 50000, "net": 47000, "kind": "code", "balance": 50000}
        ],
        "offer": {"currency": "CNY", "net": 47000, "headline_rate_bp": 9400, "rate_base": "face"},
        "terms": {
            "valid_until": at(60),
            "payout_clock": {"start": "acceptance", "seconds": 3600},
            "settlement": ["alipay", "bank"],
        },
        "firmness": "firm",
        "on_balance_mismatch": "requote",
    }
    return claims | changes


def quoted(client: httpx.Client) -> Posting:
    """A quote that nobody has accepted yet."""
    post = Posting(client)
    post("quote", **quote_claims())
    return post


def short_paid(client: httpx.Client) -> Posting:
    """Accepted at 470.00, cut to 430.00 after the card was handed over, paid 430.00; a review in between."""
    post = Posting(client)
    quote = post("quote", **quote_claims())
    consent = {"method": "wechat", "third_party_ref": "wx-1"}
    settlement = [{"channel": "alipay", "payee": "0x" + "11" * 32}]
    post(
        "acceptance",
        quote={"event": quote},
        amount=47000,
        currency="CNY",
        settlement=settlement,
        consent=consent,
    )
    post("handover", mode="code_revealed")
    post("review", kind="anomaly", rule="r-17", outcome="pending", started=at(0))
    cheaper = quote_claims(
        offer={"currency": "CNY", "net": 43000, "rate_base": "face"},
        items=[
            {"line": 1, "brand": "京东E卡", "face": 50000, "net": 43000, "kind": "code", "balance": 50000}
        ],
    )
    post("quote_revision", **cheaper, revises={"event": quote}, cause="market")
    leg = {"leg": 1, "channel": "alipay", "amount": 43000, "kind": "money", "currency": "CNY"}
    post(
        "payout",
        payout=unique("p"),
        state="succeeded",
        final=True,
        attempt=1,
        legs=[{**leg, "payee": "0x" + "11" * 32}],
    )
    return post
