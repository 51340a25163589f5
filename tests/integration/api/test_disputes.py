"""Disputes through HTTP on the real service: who may do what when, and what is never told."""

from __future__ import annotations

import hashlib
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.integration.api.service_process import ServiceProcess, quote, unique

CLAIM = {"code": "price_cut", "text": "承诺九折，实际少付了钱", "amount": 4500, "currency": "CNY"}


class Trade:
    """A trade with a quote, an acceptance and a review that its user must not know of."""

    def __init__(self, service: ServiceProcess, platform: str = "kaka") -> None:
        self.service = service
        self.platform = service.client(platform)
        event = quote()
        self.id: str = event["trade"]
        self.quote: str = event["event"]
        self.platform.post("/v1/events", json=event).raise_for_status()
        self.acceptance = self.post(
            "acceptance", {"quote": {"event": self.quote}, "amount": 45500, "currency": "CNY"}
        )
        self.review = self.post(
            "review",
            {"kind": "anomaly", "rule": "r1", "outcome": "pending", "started": "2026-01-31T08:06:00.000Z"},
        )
        share = self.platform.post("/v1/shares", json={"trade": self.id})
        assert share.status_code == 201, share.text
        token = share.json()["url"].rsplit("/", 1)[-1]
        self.user = self.with_token(token)

    def post(self, event_type: str, claims: dict[str, Any]) -> str:
        event = {
            "event": unique("e"),
            "trade": self.id,
            "type": event_type,
            "occurred": "2026-01-31T08:05:00.000Z",
            "claims": claims,
        }
        answer = self.platform.post("/v1/events", json=event)
        assert answer.status_code == 201, answer.text
        return event["event"]

    def with_token(self, token: str) -> httpx.Client:
        headers = {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.service.url, headers=headers, timeout=30)

    def opening(self, **changes: Any) -> dict[str, Any]:
        return {"claim": CLAIM, "contested": [{"event": self.quote}], "remedy": "pay", **changes}

    def open(self, **changes: Any) -> str:
        answer = self.user.post("/v1/disputes", json=self.opening(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["dispute"])

    def grant(self, dispute: str, role: str = "arbitrator") -> httpx.Client:
        answer = self.platform.post(f"/v1/disputes/{dispute}/grants", json={"role": role})
        assert answer.status_code == 201, answer.text
        return self.with_token(answer.json()["token"])

    def answer(self, dispute: str, **body: Any) -> httpx.Response:
        given = {"kind": "substantive", "position": "part", "offer": 2000}
        given["reasons"] = [{"code": "balance_short", "refs": [{"event": self.acceptance}]}]
        return self.platform.post(f"/v1/disputes/{dispute}/answers", json=given | body)


@pytest.fixture
def trade(service: ServiceProcess) -> Trade:
    return Trade(service)


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:tallystick:problem:{slug}", document
    return document


def hand_in(client: httpx.Client, dispute: str, body: bytes, media_type: str = "image/png") -> str:
    answer = client.post(
        f"/v1/disputes/{dispute}/attachments?label=%E6%88%AA%E5%9B%BE",
        content=body,
        headers={"content-type": media_type},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["digest"] == "0x" + hashlib.sha256(body).hexdigest()
    return str(answer.json()["digest"])


def test_from_complaint_to_settlement(trade: Trade) -> None:
    dispute = trade.open()
    seen = trade.platform.get(f"/v1/disputes/{dispute}").json()
    assert (seen["state"], seen["by"], seen["claim"]) == ("opened", "user", CLAIM)
    assert seen["clock"]["overdue"] is False
    assert 0 < seen["clock"]["remaining_ms"] <= 72 * 3_600_000
    assert seen["allowed"] == [
        *("acknowledge", "request_info", "answer", "evidence", "award_for_user", "award_for_platform"),
        "settle",
    ]
    answers = f"/v1/disputes/{dispute}/answers"
    assert trade.platform.post(answers, json={"kind": "info_request"}).json()["clock"]["paused"]
    digest = hand_in(trade.user, dispute, b"screenshot")
    evidence = {"item": {"digest": digest}, "proves": "页面上的价格", "about": [{"event": trade.quote}]}
    filed = trade.user.post(f"/v1/disputes/{dispute}/evidence", json=evidence)
    assert filed.status_code == 201, filed.text
    assert (filed.json()["state"], filed.json()["clock"]["paused"]) == ("acknowledged", False)
    item = filed.json()["steps"][-1]["claims"]["item"]
    assert item == {"digest": digest, "media_type": "image/png", "bytes": 10, "label": "截图"}
    assert "settle" not in filed.json()["allowed"]
    answered = trade.answer(dispute)
    assert (answered.status_code, answered.json()["state"]) == (201, "answered")
    assert answered.json()["clock"]["remaining_ms"] is None
    close = f"/v1/disputes/{dispute}/close"
    refused = problem(trade.user.post(close, json={"outcome": "settled"}), 422, "invalid-parameter")
    assert refused["errors"][0]["pointer"] == "/amount"
    settled = trade.user.post(close, json={"outcome": "settled", "amount": 2000})
    assert (settled.status_code, settled.json()["state"], settled.json()["open"]) == (201, "settled", True)
    payout = {
        "payout": unique("p"),
        "state": "succeeded",
        "legs": [{"leg": 1, "channel": "alipay", "amount": 2000, "kind": "money", "currency": "CNY"}],
    }
    trade.post("payout", payout)
    paid = trade.user.get(f"/v1/disputes/{dispute}").json()
    assert (paid["state"], paid["open"], paid["allowed"]) == ("paid", False, [])
    leaves = [each["leaf"] for each in trade.platform.get(f"/v1/trades/{trade.id}").json()["entries"]]
    assert all(step["leaf"] in leaves for step in [paid["opening"], *paid["steps"]])


def test_the_arbitrator_decides_and_the_platform_reports(trade: Trade) -> None:
    dispute = trade.open()
    arbitrator = trade.grant(dispute)
    awards = f"/v1/disputes/{dispute}/awards"
    award = {"outcome": "for_user", "amount": 4500, "binding": True, "pay_by": "2030-01-01T00:00:00.000Z"}
    problem(trade.user.post(awards, json=award), 403, "not-permitted")
    refused = problem(trade.platform.post(awards, json=award), 422, "invalid-parameter")
    assert refused["errors"][0]["pointer"] == "/document"
    decided = arbitrator.post(awards, json={**award, "body": {"name": "某市仲裁委员会"}})
    assert (decided.status_code, decided.json()["state"]) == (201, "awarded_for_user")
    assert decided.json()["award"]["body"] == {"name": "某市仲裁委员会", "kind": "arbitrator"}
    step = decided.json()["steps"][-1]
    assert step["claims"]["actor"] == {"role": "arbitrator"}
    assert step["claims"]["capture"]["system"] == "tallystick"
    document = "0x" + "ab" * 32
    other = trade.platform.post(awards, json={"outcome": "for_platform", "document": document})
    assert (other.status_code, other.json()["state"]) == (201, "awarded_for_platform")
    assert other.json()["open"] is False


def test_a_step_that_is_not_possible_says_what_is(trade: Trade) -> None:
    dispute = trade.open()
    close = f"/v1/disputes/{dispute}/close"
    problem(trade.platform.post(close, json={"outcome": "withdrawn"}), 403, "not-permitted")
    assert trade.user.post(close, json={"outcome": "withdrawn"}).json()["state"] == "withdrawn"
    refused = problem(trade.answer(dispute), 409, "dispute-state")
    assert (refused["state"], refused["allowed"]) == ("withdrawn", [])
    before = len(trade.platform.get(f"/v1/trades/{trade.id}").json()["entries"])
    problem(trade.user.post(close, json={"outcome": "withdrawn"}), 409, "dispute-state")
    assert len(trade.platform.get(f"/v1/trades/{trade.id}").json()["entries"]) == before
    assert trade.open() != dispute, "a claim that was withdrawn may be made again"


def test_a_repeat_is_the_same_dispute(trade: Trade) -> None:
    key = {"idempotency-key": "k-1"}

    def post(_: int) -> httpx.Response:
        return trade.user.post("/v1/disputes", json=trade.opening(), headers=key)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(post, range(6)))
    assert sorted(each.status_code for each in answers) == [200] * 5 + [201]
    (dispute,) = {each.json()["dispute"] for each in answers}
    other = trade.user.post("/v1/disputes", json=trade.opening(remedy="explain"), headers=key)
    problem(other, 409, "idempotency-conflict")
    without = problem(trade.user.post("/v1/disputes", json=trade.opening()), 409, "dispute-state")
    assert without["dispute"] == dispute
    step = {"headers": key, "json": {"kind": "acknowledgement"}}
    first = trade.platform.post(f"/v1/disputes/{dispute}/answers", **step)
    again = trade.platform.post(f"/v1/disputes/{dispute}/answers", **step)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["recorded"]["leaf"] == again.json()["recorded"]["leaf"]


def test_a_platform_names_its_dispute(trade: Trade) -> None:
    named = {"trade": trade.id, "dispute": unique("d"), "by": "user"}
    first = trade.platform.post("/v1/disputes", json=trade.opening(**named))
    again = trade.platform.post("/v1/disputes", json=trade.opening(**named))
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert first.json()["dispute"] == named["dispute"]
    other = {**named, "claim": {**CLAIM, "code": "late"}}
    problem(trade.platform.post("/v1/disputes", json=trade.opening(**other)), 409, "idempotency-conflict")


def test_a_disputes_id_is_no_phone_number(trade: Trade) -> None:
    answer = trade.platform.post("/v1/disputes", json=trade.opening(trade=trade.id, dispute="138-0013-8000"))
    document = problem(answer, 422, "invalid-parameter")
    assert [error["pointer"] for error in document["errors"]] == ["/dispute"]


def test_of_many_openings_at_once_one_counts(trade: Trade) -> None:
    def post(number: int) -> httpx.Response:
        return trade.user.post("/v1/disputes", json=trade.opening(remedy=["pay", "explain"][number % 2]))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
    listed = trade.user.get("/v1/disputes").json()["disputes"]
    assert len(listed) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"claim": {**CLAIM, "code": "swindle"}}, "/claim/code"),
        ({"claim": {**CLAIM, "amount": -1}}, "/claim/amount"),
        ({"claim": {"code": "late", "text": "迟", "amount": 1}}, "/claim/currency"),
        ({"claim": {**CLAIM, "text": ""}}, "/claim/text"),
        ({"claim": {"code": "late"}}, "/claim/text"),
        ({"contested": []}, "/contested"),
        ({"contested": [{"event": "elsewhere"}]}, "/contested/0/event"),
        ({"dispute": "mine"}, "/dispute"),
        ({"by": "platform"}, "/by"),
    ],
)
def test_bad_openings_name_the_member(trade: Trade, change: dict[str, Any], pointer: str) -> None:
    answer = trade.user.post("/v1/disputes", json=trade.opening(**change))
    document = problem(answer, 422, "invalid-parameter")
    assert pointer in [error["pointer"] for error in document["errors"]], document
    assert trade.user.get("/v1/disputes").json()["disputes"] == []


def test_a_user_cannot_contest_what_he_must_not_know_of(trade: Trade) -> None:
    answer = trade.user.post("/v1/disputes", json=trade.opening(contested=[{"event": trade.review}]))
    unknown = trade.user.post("/v1/disputes", json=trade.opening(contested=[{"event": unique("e")}]))
    assert (answer.status_code, answer.content) == (422, unknown.content)
    own = trade.opening(contested=[{"event": trade.review}], trade=trade.id)
    assert trade.platform.post("/v1/disputes", json=own).status_code == 201


def test_what_is_none_of_a_readers_business_is_not_there(service: ServiceProcess, trade: Trade) -> None:
    dispute, other = trade.open(), Trade(service)
    own = other.open()
    second = other.open(claim={**CLAIM, "code": "late"})
    digest = hand_in(trade.user, dispute, b"seen by this side only")
    stranger, test_key = service.client("xianka"), service.client("kaka", test=True)
    granted = other.grant(own)
    unknown = stranger.get(f"/v1/disputes/{unique('d')}")
    problem(unknown, 404, "not-found")
    for client in (stranger, test_key, other.user, granted):
        for method, path in (
            ("GET", ""),
            ("POST", "/answers"),
            ("POST", "/evidence"),
            ("POST", "/awards"),
            ("POST", "/close"),
            ("POST", "/attachments"),
            ("PUT", f"/attachments/{digest}"),
            ("GET", f"/attachments/{digest}"),
        ):
            for name in (dispute, "unknown"):
                answer = client.request(method, f"/v1/disputes/{name}{path}", content=b"{}")
                assert (answer.status_code, answer.content) == (404, unknown.content), (method, path)
    assert granted.get(f"/v1/disputes/{own}").status_code == 200
    assert granted.get(f"/v1/disputes/{second}").content == unknown.content
    assert [each["dispute"] for each in granted.get("/v1/disputes").json()["disputes"]] == [own]
    assert other.user.get("/v1/disputes", params={"trade": trade.id}).json()["disputes"] == []
    # Another dispute's file, and another trade for a user's dispute.
    elsewhere = other.platform.get(f"/v1/disputes/{own}/attachments/{digest}")
    assert (elsewhere.status_code, elsewhere.content) == (404, unknown.content)
    for name in (trade.id, "unknown"):
        answer = other.user.post("/v1/disputes", json=other.opening(trade=name))
        assert (answer.status_code, answer.content) == (404, unknown.content)
    # Handed in, but in no entry yet: not for the other side.
    problem(trade.platform.get(f"/v1/disputes/{dispute}/attachments/{digest}"), 404, "not-found")
    problem(httpx.get(f"{service.url}/v1/disputes/{dispute}"), 401, "not-authenticated")


def test_evidence_for_the_arbitrator_alone(trade: Trade) -> None:
    dispute = trade.open()
    arbitrator = trade.grant(dispute)
    digest = hand_in(trade.platform, dispute, b"<script>alert(1)</script>", "text/html")
    filed = {"item": {"digest": digest}, "proves": "内部记录", "audience": "arbitrator"}
    assert trade.platform.post(f"/v1/disputes/{dispute}/evidence", json=filed).status_code == 201
    path = f"/v1/disputes/{dispute}/attachments/{digest}"
    problem(trade.user.get(path), 404, "not-found")
    seen = trade.user.get(f"/v1/disputes/{dispute}").json()
    assert (seen["attachments"], seen["steps"][-1]["claims"]) == ([], None)
    assert (seen["steps"][-1]["by"], seen["steps"][-1]["action"]) == (None, "evidence")
    served = arbitrator.get(path)
    assert served.content == b"<script>alert(1)</script>"
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in served.headers["content-security-policy"]


def test_an_offer_for_the_arbitrator_alone(trade: Trade) -> None:
    dispute = trade.open()
    reasons = [{"refs": [{"event": trade.quote}]}]
    answer = {
        "dispute": dispute,
        "kind": "substantive",
        "position": "part",
        "offer": 4711,
        "reasons": reasons,
    }
    trade.post("dispute_answer", {**answer, "audience": "arbitrator"})
    seen = trade.user.get(f"/v1/disputes/{dispute}").json()
    (step,) = seen["steps"]
    assert (step["action"], step["by"], step["claims"]) == (None, None, None)
    assert "settle" not in seen["allowed"]
    refused = trade.user.post(f"/v1/disputes/{dispute}/close", json={"outcome": "settled", "amount": 1})
    assert [each["code"] for each in problem(refused, 422, "invalid-parameter")["errors"]] == ["no_offer"]
    assert "4711" not in refused.text
    assert trade.grant(dispute).get(f"/v1/disputes/{dispute}").json()["steps"][0]["claims"]["offer"] == 4711


@pytest.mark.parametrize(
    ("label", "saved"),
    [
        ("../../etc/passwd", "__.._etc_passwd"),
        ("..\\..\\run.bat", "__.._run.bat"),
        (".bashrc", "_bashrc"),
        ('a"; filename="x.html', "a_; filename=_x.html"),
        ("转账 截图.png", "转账 截图.png"),
    ],
)
def test_a_files_name_leads_nowhere(trade: Trade, label: str, saved: str) -> None:
    path = f"/v1/disputes/{trade.open()}/attachments"
    kept = trade.user.post(path, params={"label": label}, content=b"x")
    assert kept.json()["label"] == label
    served = trade.user.get(kept.headers["location"]).headers["content-disposition"]
    kind, plain, extended = served.split("; ")
    assert kind == "attachment"
    assert re.fullmatch(r'filename="[A-Za-z0-9_-][A-Za-z0-9._-]*"', plain)
    assert unquote(extended.removeprefix("filename*=UTF-8''")) == saved


def test_a_dispute_that_its_user_must_not_know_of(trade: Trade) -> None:
    named = {"dispute": unique("d"), "by": "platform", "contested": [{"event": trade.review}]}
    sealed = {**named, "claim": CLAIM, "audience": "restricted"}
    withheld = {**sealed, "dispute": unique("d"), "audience": "arbitrator"}
    trade.post("dispute_opened", sealed)
    for _ in range(2):
        trade.post("dispute_opened", {**sealed, "dispute": unique("d")})
    trade.post("dispute_opened", withheld)
    assert indexed(trade, withheld["dispute"])["clock"] is None
    unknown = trade.user.get("/v1/disputes/unknown")
    answer = trade.user.get(f"/v1/disputes/{sealed['dispute']}")
    assert (answer.status_code, answer.content) == (404, unknown.content)
    (listed,) = trade.user.get("/v1/disputes").json()["disputes"]
    assert (listed["dispute"], listed["code"]) == (withheld["dispute"], None)
    # Nor does a short page, or where the next one begins, say that there is another.
    assert trade.user.get("/v1/disputes?limit=1").json() == {"disputes": [listed], "next": None}
    seen = trade.user.get(f"/v1/disputes/{withheld['dispute']}").json()
    assert (seen["claim"], seen["contested"]) == (None, [])
    assert len(trade.platform.get("/v1/disputes", params={"trade": trade.id}).json()["disputes"]) == 4


def test_files_are_bounded(trade: Trade) -> None:
    dispute = trade.open()
    path = f"/v1/disputes/{dispute}/attachments"
    ten = 10 * 1024 * 1024
    problem(trade.user.post(path, content=b"x" * (ten + 1)), 413, "body-too-large")
    chunks = (b"x" * 65536 for _ in range(161))
    problem(trade.user.post(path, content=chunks), 413, "body-too-large")
    problem(trade.user.post(path, content=b""), 422, "invalid-parameter")
    problem(trade.user.put(f"{path}/0x{'00' * 32}", content=b"other"), 422, "invalid-parameter")
    for number in range(3):
        assert trade.user.post(path, content=bytes([number]) * ten).status_code == 201
    problem(trade.user.post(path, content=b"one more"), 409, "attachments-full")
    again = trade.user.post(path, content=bytes([2]) * ten)
    assert again.status_code in (200, 409)
    # What one side hands in takes nothing from the other.
    assert trade.platform.post(path, content=b"an answer").status_code == 201


def test_uploads_that_never_end_hold_up_nobody(service: ServiceProcess, trade: Trade) -> None:
    """Ten mebibytes are announced, and reserved, and do not come."""
    path = f"/v1/disputes/{trade.open()}/attachments"
    address = httpx.URL(service.url)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {trade.user.headers['authorization']}\r\n"
        f"content-length: {10 * 1024 * 1024}\r\n\r\nx"
    )
    with ExitStack() as stack:
        end = time.monotonic() + 20
        while trade.user.post(path, content=b"one more").status_code != 429:
            assert time.monotonic() < end
            for _ in range(8):  # more than fit into the budget of all
                connection = socket.create_connection((address.host, address.port or 80), 10)
                stack.enter_context(connection).sendall(head.encode())
            time.sleep(0.1)
        with service.client("xianka") as other:
            assert other.post("/v1/events", json=quote()).elapsed.total_seconds() < 8
        assert trade.platform.post(path, content=b"the other side's").status_code == 201
    end = time.monotonic() + 20
    while trade.user.post(path, content=b"after them").status_code == 429:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_platform_posts_itself_is_told_too(trade: Trade) -> None:
    dispute = unique("d")
    trade.post("dispute_answer", {"dispute": dispute, "kind": "acknowledgement"})
    opened = {"dispute": dispute, "by": "user", "claim": CLAIM, "contested": [{"event": trade.quote}]}
    trade.post("dispute_opened", opened)
    trade.post("dispute_answer", {"dispute": dispute, "kind": "substantive"})
    award = {"dispute": dispute, "body": {"name": "x"}, "outcome": "withdrawn", "actor": {"role": "platform"}}
    trade.post("dispute_award", award)
    seen = indexed(trade, dispute)
    assert seen["state"] == "opened"
    assert [step["ignored"] for step in seen["steps"]] == ["not_to_the_point", "not_the_claimant"]


def indexed(trade: Trade, dispute: str) -> dict[str, Any]:
    """The dispute once the follower has seen it."""
    for _ in range(200):
        answer = trade.platform.get(f"/v1/disputes/{dispute}")
        if answer.status_code == 200:
            return dict(answer.json())
        time.sleep(0.05)
    raise AssertionError("the follower has not indexed the dispute")


def test_erased_evidence_takes_its_file_along(service: ServiceProcess) -> None:
    trade = Trade(service, "bendi")
    dispute = trade.open()
    content = b"a photograph of somebody" + unique("x").encode() * 4
    digest = hand_in(trade.user, dispute, content)
    item = {"item": {"digest": digest}, "proves": "x"}
    filed = trade.user.post(f"/v1/disputes/{dispute}/evidence", json=item).json()
    erase = f"/v1/entries/{filed['recorded']['leaf']}/content"
    problem(trade.platform.delete(erase), 409, "erasure-blocked")
    trade.user.post(f"/v1/disputes/{dispute}/close", json={"outcome": "withdrawn"}).raise_for_status()
    path = f"/v1/disputes/{dispute}/attachments/{digest}"
    assert trade.user.get(path).content == content
    erased = trade.platform.request("DELETE", erase, params={"claims": "item"})
    assert erased.status_code == 200, erased.text
    problem(trade.user.get(path), 404, "not-found")
    assert trade.user.get(f"/v1/disputes/{dispute}").json()["attachments"] == []
    left = [each.name for each in service.data.glob("tallystick.db*") if content in each.read_bytes()]
    assert left == []


def test_listing_pages_and_filters(trade: Trade) -> None:
    codes = ["late", "fee", "deduction"]
    opened = [trade.open(claim={**CLAIM, "code": code}) for code in codes]
    trade.user.post(f"/v1/disputes/{opened[1]}/close", json={"outcome": "withdrawn"}).raise_for_status()

    def listed(**filters: Any) -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            given = {"trade": trade.id, "limit": 2, **filters} | ({"cursor": cursor} if cursor else {})
            page = trade.platform.get("/v1/disputes", params=given).json()
            found += [each["dispute"] for each in page["disputes"]]
            cursor = page["next"]
            if cursor is None:
                return found

    assert listed() == opened
    assert listed(open="true") == [opened[0], opened[2]]
    assert listed(state="withdrawn") == [opened[1]]
    assert listed(due_before="2020-01-01T00:00:00.000Z") == []
    assert listed(due_before="2090-01-01T00:00:00.000Z") == [opened[0], opened[2]]
    for bad in ({"state": "lost"}, {"open": "1"}, {"due_before": "soon"}, {"cursor": "x"}):
        problem(trade.platform.get("/v1/disputes", params=bad), 422, "invalid-parameter")
