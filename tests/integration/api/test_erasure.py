"""Erasure over HTTP on the real service, and what is left of erased content in every byte it keeps."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.cli.main import run
from service.core import disclosure, trust
from service.core.times import parse_time
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from tests.integration.api.service_process import ServiceProcess, quote, unique
from tests.integration.api.sharing import bearer, share
from tests.integration.store.leftovers import dictionary, files, found, guessed

PERSONAL = ("capture", "presented", "seller")
DEVICE = "0x" + hashlib.sha256(b"device").hexdigest()


def personal_quote(**changes: Any) -> dict[str, Any]:
    claims = {
        **quote()["claims"],
        "capture": {"mode": "online", "device": DEVICE},
        "presented": {"template": unique("page")},
        "seller": "0x" + hashlib.sha256(unique("s").encode()).hexdigest(),
    }
    return quote(claims=claims, **changes)


@pytest.fixture
def kaka(service: ServiceProcess) -> Iterator[httpx.Client]:
    with service.client("kaka") as client:
        yield client


@pytest.fixture
def bendi(service: ServiceProcess) -> Iterator[httpx.Client]:
    """A platform whose disputes keep nothing once they are closed."""
    with service.client("bendi") as client:
        yield client


def post(client: httpx.Client, event: Mapping[str, Any]) -> httpx.Response:
    answer = client.post("/v1/events", json=event)
    assert answer.status_code == 201, answer.text
    return answer


def leaf_of(answer: httpx.Response) -> str:
    return answer.headers["location"].rsplit("/", 1)[1]


def names(receipt: Mapping[str, Any]) -> set[str]:
    return {disclosure.parse(each).name for each in receipt["disclosures"] or ()}


def verdict(service: ServiceProcess, body: bytes) -> Verdict:
    trusted = trust.parse((service.data / "trust.json").read_bytes())
    return verify_receipt(body, trust=trusted, now=time.time_ns() // 1_000_000).verdict


def test_personal_claims_go_at_once_and_everything_still_verifies(
    service: ServiceProcess, kaka: httpx.Client
) -> None:
    event = personal_quote()
    posted = post(kaka, event)
    leaf = leaf_of(posted)
    wish = {"claims": list(PERSONAL), "requested_by": "user"}
    erased = kaka.request("DELETE", f"/v1/entries/{leaf}/content", json=wish)
    assert erased.status_code == 200, erased.text
    answer = erased.json()
    assert answer["claims"] == sorted(PERSONAL)
    again = kaka.delete(f"/v1/entries/{leaf}/content", params={"claims": ",".join(PERSONAL)})
    assert (again.status_code, again.content) == (200, erased.content)

    now = kaka.get(f"/v1/receipts/{leaf}")
    assert names(now.json()) == set(quote()["claims"])
    assert names(posted.json()) == set(event["claims"])
    good = (Verdict.NOT_ANCHORED_YET, Verdict.ANCHOR_NOT_CHECKED)
    assert verdict(service, posted.content) in good
    assert verdict(service, now.content) in good

    first, record = kaka.get(f"/v1/trades/{event['trade']}").json()["entries"]
    note = {"claims": answer["claims"], "at": answer["at"], "ground": "request", "erasure": answer["erasure"]}
    assert first["erased"] == [note]
    assert record["leaf"] == answer["erasure"]
    assert json.loads(record["entry"])["statement"]["type"] == "erasure"
    assert names(record) == {"targets", "ground", "erased", "requested_by"}


def test_nothing_of_an_event_is_posted_again_once_some_of_it_is_erased(kaka: httpx.Client) -> None:
    event = personal_quote()
    leaf = leaf_of(post(kaka, event))
    assert kaka.delete(f"/v1/entries/{leaf}/content", params={"claims": "presented"}).status_code == 200
    for answer in (
        kaka.post("/v1/events", json=event),
        kaka.post("/v1/events/batch", json=[event]),
        kaka.post("/v1/events/batch", json=[quote(), event]),
        kaka.post("/v1/events", json={**event, "claims": quote()["claims"]}),
    ):
        assert answer.status_code == 410, answer.text
        assert answer.json()["events"] == [event["event"]]


def test_what_must_be_kept_is_refused_with_reason_and_time(kaka: httpx.Client) -> None:
    event = personal_quote()
    leaf = leaf_of(post(kaka, event))
    refused = kaka.delete(f"/v1/entries/{leaf}/content")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tallystick:problem:erasure-blocked")
    (blocked,) = refused.json()["blocked"]
    assert blocked["reason"] == "retention"
    assert set(blocked["claims"]) == set(quote()["claims"])
    assert blocked["until"] > "2028"
    assert refused.json()["erasable"] == sorted(PERSONAL)
    assert names(kaka.get(f"/v1/receipts/{leaf}").json()) == set(event["claims"])
    ordered = {"ground": "order", "authority": "某市中级人民法院"}
    assert kaka.request("DELETE", f"/v1/entries/{leaf}/content", json=ordered).status_code == 200
    assert kaka.get(f"/v1/receipts/{leaf}").status_code == 410


def test_a_hold_keeps_and_its_release_lets_go(kaka: httpx.Client) -> None:
    event = personal_quote()
    leaf = leaf_of(post(kaka, event))
    holds = f"/v1/trades/{event['trade']}/holds"
    placed = kaka.post(holds, json={"ground": "保全裁定", "id": unique("h")[:40]})
    assert placed.status_code == 201
    hold = placed.json()
    assert hold["targets"] == [leaf]
    content = f"/v1/entries/{leaf}/content?claims=presented"
    refused = kaka.delete(content)
    assert refused.status_code == 409
    assert [each["event"] for each in refused.json()["blocked"]] == [hold["hold"]]
    assert kaka.get(holds).json()["holds"] == [hold]
    released = kaka.delete(f"{holds}/{hold['hold']}")
    assert released.json()["released"]
    assert kaka.delete(f"{holds}/{hold['hold']}").content == released.content
    assert kaka.delete(content).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"claims": []}, "/claims"),
        ({"claims": "presented"}, "/claims"),
        ({"claims": ["nothing"]}, "/claims"),
        ({"claims": ["audience"]}, "/claims"),
        ({"ground": "whim"}, "/ground"),
        ({"ground": "order"}, "/authority"),
        ({"reason": "x"}, ""),
    ],
)
def test_bad_wishes_are_named_and_change_nothing(
    kaka: httpx.Client, body: Mapping[str, object], pointer: str
) -> None:
    event = personal_quote()
    leaf = leaf_of(post(kaka, event))
    answer = kaka.request("DELETE", f"/v1/entries/{leaf}/content", json=body)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert len(kaka.get(f"/v1/trades/{event['trade']}").json()["entries"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/ground"),
        ({"ground": ""}, "/ground"),
        ({"ground": "x", "until": "tomorrow"}, "/until"),
        ({"ground": "x", "targets": []}, "/targets"),
        ({"ground": "x", "targets": ["0x12"]}, "/targets/0"),
        ({"ground": "x", "targets": ["0x" + "0" * 64]}, "/targets/0"),
        ({"ground": "x", "id": "a b"}, "/id"),
    ],
)
def test_bad_holds_are_named(kaka: httpx.Client, body: Mapping[str, object], pointer: str) -> None:
    event = quote()
    post(kaka, event)
    answer = kaka.post(f"/v1/trades/{event['trade']}/holds", json=body)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"].partition("/0/")[0] for each in answer.json()["errors"]] == [pointer]


def test_others_see_nothing_and_may_nothing(service: ServiceProcess, kaka: httpx.Client) -> None:
    event = personal_quote()
    leaf = leaf_of(post(kaka, event))
    hold = kaka.post(f"/v1/trades/{event['trade']}/holds", json={"ground": "x"}).json()["hold"]
    nowhere = "0x" + "ab" * 32
    with service.client("xianka") as other, service.client("kaka", test=True) as test:
        for client in (other, test):
            answers = [
                client.delete(f"/v1/entries/{leaf}/content"),
                client.delete(f"/v1/entries/{nowhere}/content"),
                client.delete("/v1/entries/nonsense/content"),
                client.get(f"/v1/trades/{event['trade']}/holds"),
                client.get("/v1/trades/nowhere/holds"),
                client.post(f"/v1/trades/{event['trade']}/holds", json={"ground": "x"}),
                client.delete(f"/v1/trades/{event['trade']}/holds/{hold}"),
                client.delete("/v1/trades/nowhere/holds/nothing"),
            ]
            assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    assert kaka.delete(f"/v1/trades/{event['trade']}/holds/nothing").status_code == 404
    assert kaka.post("/v1/retention").status_code == 403
    with service.client(None) as nobody, service.client(None, admin=True) as operator:
        assert nobody.delete(f"/v1/entries/{leaf}/content").status_code == 401
        assert operator.delete(f"/v1/entries/{leaf}/content").status_code == 403
        assert operator.post("/v1/retention").json()["erasures"] == 0


def test_from_the_command_line(
    service: ServiceProcess, kaka: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf = leaf_of(post(kaka, personal_quote()))
    where = ["--data", str(service.data)]
    assert run(["erase", leaf, "--claims", "presented", "--requested-by", "user", *where]) == 0
    assert json.loads(capsys.readouterr().out)["claims"] == ["presented"]
    assert run(["erase", leaf, *where]) == 1
    assert "erasure-blocked" in capsys.readouterr().err
    assert run(["erase", "--due", *where]) == 0
    assert json.loads(capsys.readouterr().out)["erasures"] == 0
    for usage in (["erase", *where], ["erase", leaf, "--due", *where], ["erase", leaf, "--url", "http://x"]):
        assert run(usage) == 3


def test_the_text_of_a_closed_dispute_goes_from_everywhere(
    service: ServiceProcess, bendi: httpx.Client
) -> None:
    event, dispute = quote(), unique("d")
    post(bendi, event)
    common = {"trade": event["trade"], "occurred": "2026-01-31T08:00:00.000Z"}
    told: dict[str, Any] = {
        "dispute": dispute,
        "by": "user",
        "claim": {"code": "x-" + unique("c")[:20], "text": unique("压价")},
        "contested": [{"event": event["event"]}],
    }
    opened = post(bendi, {**common, "event": unique("e"), "type": "dispute_opened", "claims": told})
    content = f"/v1/entries/{leaf_of(opened)}/content"
    refused = bendi.delete(content, params={"claims": "claim"})
    assert [each["reason"] for each in refused.json()["blocked"]] == ["dispute"]
    secret = {
        "claim": next(each for each in opened.json()["disclosures"] if "claim" in str(disclosure.parse(each)))
    }
    end = time.monotonic() + 20
    while bendi.get(f"/v1/disputes/{dispute}").status_code == 404:  # the case index follows the log
        assert time.monotonic() < end
        time.sleep(0.05)
    with bearer(service, share(bendi, event["trade"])["token"]) as user:
        closed = user.post(f"/v1/disputes/{dispute}/close", json={"outcome": "withdrawn"})
    assert closed.status_code == 201, closed.text
    assert _anywhere(service, secret) == {"claim"}
    code = {"code": disclosure.make(disclosure.new_salt(os.urandom(16)), "code", told["claim"]["code"])}
    assert _anywhere(service, code) == {"code"}
    erased = bendi.delete(content, params={"claims": "claim"})
    assert erased.status_code == 200, erased.text
    others = [each for each in opened.json()["disclosures"] if each not in secret.values()]
    assert _anywhere(service, {**secret, **code}, dict(enumerate(others))) == set()


def test_a_platforms_own_word_about_the_end_of_a_dispute_opens_nothing(kaka: httpx.Client) -> None:
    event, dispute = quote(), unique("d")
    leaf = leaf_of(post(kaka, event))
    common = {"trade": event["trade"], "occurred": "2026-01-31T08:00:00.000Z"}
    claim = {"code": "price_cut", "text": "x"}
    opened = {"dispute": dispute, "by": "user", "claim": claim, "contested": [{"event": event["event"]}]}
    post(kaka, {**common, "event": unique("e"), "type": "dispute_opened", "claims": opened})
    # In its user's name, even: nobody but the user himself could have said so here.
    award = {"dispute": dispute, "body": {"name": "x"}, "outcome": "withdrawn", "actor": {"role": "user"}}
    post(kaka, {**common, "event": unique("e"), "type": "dispute_award", "claims": award})
    refused = kaka.delete(f"/v1/entries/{leaf}/content")
    assert refused.status_code == 409
    (kept,) = [each for each in refused.json()["blocked"] if each["reason"] == "dispute"]
    half_a_year = parse_time(kept["until"]) - 1000 * time.time()
    assert 0 <= 180 * 86_400_000 - half_a_year < 600_000


RULES = """
[default]
"*" = { least = "0s", most = "2s" }
"own" = { least = "0s", most = "2s" }
"quote.seller" = { most = "2s" }
[platform.xianka]
"*" = { least = "1y", most = "never" }
"own" = { most = "never" }
"quote.seller" = { most = "never" }
"""


def test_a_dictionary_attack_on_everything_that_is_left_finds_nothing(tmp_path: Path) -> None:
    """Prices, telephone numbers and short texts: found before erasure, by no means after it."""
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    running = ServiceProcess(
        tmp_path / "data", environment={"TALLY_RETENTION": str(rules), "TALLY_RETENTION_INTERVAL": "86400"}
    ).start()
    try:
        with running.client("kaka") as kaka, running.client("xianka") as xianka:
            posted = [_guessable(kaka, number) for number in range(12)]
            other = _guessable(xianka, 99)
            secrets = _secrets(posted)
            assert _anywhere(running, secrets) == secrets.keys()
            on_request = posted[0]
            assert kaka.delete(f"/v1/entries/{leaf_of(on_request)}/content").status_code == 200
            first, rest = _secrets(posted[:1]), _secrets([*posted[1:], other])
            assert _anywhere(running, first, rest) == set()
            time.sleep(2.1)
            with running.client(None, admin=True) as operator:
                due = operator.post("/v1/retention").json()
            assert (due["trades"], due["entries"], due["erasures"]) == (12, 11, 11)
            kept = _secrets([other])
            assert _anywhere(running, secrets, kept) == set()
            assert _anywhere(running, kept) == kept.keys()
        assert running.stop() == 0
        assert _anywhere(running, secrets, kept) == set()
        attack = dictionary(_guesses())
        assert guessed(attack, [("told", hashlib.sha256(b"13812340007").digest())])
        assert guessed(attack, _content(running)) == {}
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()


def _guesses() -> list[str]:
    phones = [f"1381234{number:04}" for number in range(200)]
    subjects = ["0x" + hashlib.sha256(phone.encode()).hexdigest() for phone in phones]
    return [
        *phones,
        *subjects,
        *map(str, range(45_500, 45_600)),
        *(f"压价{number}元" for number in range(200)),
    ]


def _guessable(client: httpx.Client, number: int) -> httpx.Response:
    phone = f"1381234{number:04}"
    claims = {
        **quote()["claims"],
        "offer": {"currency": "CNY", "net": 45_500 + number},
        "seller": "0x" + hashlib.sha256(phone.encode()).hexdigest(),
        "x-phone": phone,
        "x-text": f"压价{number}元",
        "x-long": f"{phone} " * (500 if number % 6 == 0 else 1),
    }
    return post(client, quote(claims=claims))


def _secrets(posted: list[httpx.Response]) -> dict[str, str]:
    return {
        f"{answer.json()['index']} {disclosure.parse(text).name}": text
        for answer in posted
        for text in answer.json()["disclosures"]
    }


def _content(running: ServiceProcess) -> list[tuple[str, bytes]]:
    return list(files(running.data, ["keys", "node_modules"]))


def _anywhere(
    running: ServiceProcess, secrets: Mapping[str, str], live: Mapping[Any, str] | None = None
) -> set[str]:
    return set().union(*found(secrets, _content(running), (live or {}).values()).values())
