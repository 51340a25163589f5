"""What the tests of shares, grants and tenants have in common: trades with content for several audiences,
disputes, and clients that read with a token.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.integration.api.service_process import ServiceProcess, quote, unique


def review(trade: str) -> dict[str, Any]:
    """A review: restricted unless it says otherwise."""
    return {
        "event": unique("e"),
        "trade": trade,
        "type": "review",
        "occurred": "2026-01-31T08:01:00.000Z",
        "claims": {
            "kind": "anomaly",
            "rule": "r-17",
            "outcome": "hold",
            "started": "2026-01-31T08:01:00.000Z",
        },
    }


def pricing_note(trade: str) -> dict[str, Any]:
    """An event for arbitrators' eyes."""
    return {
        "event": unique("e"),
        "trade": trade,
        "type": "x-pricing-note",
        "occurred": "2026-01-31T08:02:00.000Z",
        "claims": {"audience": "arbitrator", "note": "valued by hand"},
    }


def dispute_opened(trade: str) -> dict[str, Any]:
    """A dispute, posted by the platform for its user."""
    return {
        "event": unique("e"),
        "trade": trade,
        "type": "dispute_opened",
        "occurred": "2026-01-31T09:00:00.000Z",
        "claims": {
            "dispute": unique("d"),
            "by": "user",
            "claim": {"code": "underpaid", "text": "少付了 50 元", "amount": 5000, "currency": "CNY"},
            "contested": [],
        },
    }


@dataclass(frozen=True, slots=True)
class Trade:
    """A posted trade: its events' leaves by type, and its dispute."""

    trade: str
    dispute: str
    leaves: dict[str, str]
    events: dict[str, str]


def post_trade(client: httpx.Client) -> Trade:
    """Quote, review, a note for arbitrators, a dispute; returns when the dispute is known as such."""
    first = quote()
    trade = first["trade"]
    events = [first, review(trade), pricing_note(trade), dispute_opened(trade)]
    answers = [client.post("/v1/events", json=each) for each in events]
    assert [each.status_code for each in answers] == [201] * 4, [each.text for each in answers]
    dispute = events[-1]["claims"]["dispute"]
    deadline = time.monotonic() + 10
    while client.get(f"/v1/disputes/{dispute}/grants").status_code == 404:
        assert time.monotonic() < deadline, "the dispute never got into the index"
        time.sleep(0.05)
    leaves = {
        each["type"]: answer.headers["location"].rpartition("/")[2]
        for each, answer in zip(events, answers, strict=True)
    }
    return Trade(trade, dispute, leaves, {each["type"]: each["event"] for each in events})


def bearer(service: ServiceProcess, token: str | None, *, address: str | None = None) -> httpx.Client:
    """A client that reads with this token, from this local address."""
    return httpx.Client(
        base_url=service.url,
        headers={} if token is None else {"authorization": f"Bearer {token}"},
        transport=None if address is None else httpx.HTTPTransport(local_address=address),
        timeout=30,
    )


def share(client: httpx.Client, trade: str, **members: Any) -> dict[str, Any]:
    """A new share, with its `token` beside what was answered."""
    answer = client.post("/v1/shares", json={"trade": trade, **members})
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return {**given, "token": given["url"].rpartition("/t/")[2]}


def grant(client: httpx.Client, dispute: str, **members: Any) -> dict[str, Any]:
    """A new grant."""
    answer = client.post(f"/v1/disputes/{dispute}/grants", json={"role": "arbitrator", **members})
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given
