"""Who takes part in a scenario: a platform that posts a trade, its user, whoever mediates; all over HTTP."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import httpx

from service.core.times import format_time
from tests.integration.api.service_process import ServiceProcess, unique

Json = dict[str, Any]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def dig(text: str) -> str:
    """The digest that stands for a document or a person."""
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def money(amount: int, channel: str, leg: int = 1, **more: Any) -> Json:
    return {"leg": leg, "channel": channel, "amount": amount, "kind": "money", "currency": "CNY", **more}


def ok(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    document: Json = answer.json()
    return document


class Party:
    """Somebody with a token."""

    def __init__(self, url: str, token: str) -> None:
        self.http = httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=30)

    def get(self, path: str, **query: Any) -> Json:
        return ok(self.http.get(path, params=query))

    def step(self, dispute: str, what: str, **body: Any) -> Json:
        return ok(self.http.post(f"/v1/disputes/{dispute}/{what}", json=body), 201)

    def hand_in(self, dispute: str, content: bytes, media_type: str, label: str) -> str:
        answer = self.http.post(
            f"/v1/disputes/{dispute}/attachments",
            params={"label": label},
            content=content,
            headers={"content-type": media_type},
        )
        return str(ok(answer, 201)["digest"])

    def findings(self, trade: str) -> Json:
        """Results by code, the proved one before others."""
        results = self.get(f"/v1/trades/{trade}/findings")["results"]
        by_code: Json = {}
        for each in results:
            if each["truth"] == "proved" or each["code"] not in by_code:
                by_code[each["code"]] = each
        return by_code


class Platform(Party):
    """A platform and one trade of it."""

    def __init__(self, service: ServiceProcess, name: str) -> None:
        super().__init__(service.url, service.api_key(name))
        self.service, self.name, self.trade = service, name, unique("t")
        self.share: Json = {}

    def event(self, kind: str, claims: Json, occurred: int | None = None) -> Json:
        moment = format_time(now_ms() if occurred is None else occurred)
        return {
            "event": unique(kind),
            "trade": self.trade,
            "type": kind,
            "occurred": moment,
            "claims": claims,
        }

    def say(self, kind: str, claims: Json, *, share: bool = False) -> Json:
        """Post one event: a reference to it."""
        event = self.event(kind, claims)
        answer = ok(self.http.post("/v1/events", json=event, params={"share": "1"} if share else {}), 201)
        if share:
            self.share = answer["share"]
        return {"event": event["event"]}

    def say_late(self, events: list[Json]) -> None:
        """Post a batch that was collected offline."""
        ok(self.http.post("/v1/events/batch", json=events), 201)

    def user(self) -> Party:
        """The user, by the link of the share."""
        return Party(self.service.url, str(self.share["url"]).rsplit("/", 1)[-1])

    def mediator(self, dispute: str, role: str = "mediator") -> tuple[Party, str]:
        """Somebody with a grant for one dispute, and the grant's id."""
        given = ok(self.http.post(f"/v1/disputes/{dispute}/grants", json={"role": role}), 201)
        return Party(self.service.url, given["token"]), given["id"]
