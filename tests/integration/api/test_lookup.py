"""`GET /v1/entries` on the real service: every condition, their combinations, paging, refusals."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from service.core import entry
from tests.integration.api.service_process import ServiceProcess, quote, unique

PRINT = {"scope": "platform", "value": "0x" + "a1" * 32}
CARD = f"{PRINT['scope']}:{PRINT['value']}"
PAYEE = "0x" + "b2" * 32


@pytest.fixture(scope="module")
def xianka(service: ServiceProcess) -> httpx.Client:
    return service.client("xianka")


def _quote(trade: str, **more: Any) -> dict[str, Any]:
    event = quote(trade=trade, **more)
    event["claims"]["items"][0]["fingerprint"] = PRINT
    return event


@pytest.fixture(scope="module")
def posted(xianka: httpx.Client) -> dict[str, Any]:
    """Two trades of one card; the first one is accepted, with a payee."""
    first, second = _quote(unique("t")), _quote(unique("t"))
    acceptance = {
        "event": unique("e"),
        "trade": first["trade"],
        "type": "acceptance",
        "occurred": "2026-01-31T08:05:00.000Z",
        "claims": {
            "quote": {"event": first["event"]},
            "amount": 45500,
            "currency": "CNY",
            "settlement": [{"channel": "alipay", "payee": PAYEE, "share": 45500}],
        },
    }
    receipts = [xianka.post("/v1/events", json=event) for event in (first, acceptance, second)]
    assert [answer.status_code for answer in receipts] == [201] * 3, receipts[1].text
    last = receipts[-1].json()["index"]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _find(xianka)["indexed"] <= last:
        time.sleep(0.05)
    return {
        "first": first,
        "second": second,
        "acceptance": acceptance,
        "receipts": [r.json() for r in receipts],
    }


def _find(client: httpx.Client, **conditions: Any) -> dict[str, Any]:
    answer = client.get("/v1/entries", params=conditions)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _events(found: dict[str, Any]) -> list[str]:
    return [entry.parse(each["entry"].encode()).statement.event for each in found["entries"]]


def test_by_each_condition(xianka: httpx.Client, posted: dict[str, Any]) -> None:
    first, second, accepted = (posted[name]["event"] for name in ("first", "second", "acceptance"))
    oldest = {"order": "oldest"}
    assert _events(_find(xianka, fingerprint=CARD, **oldest)) == [first, second]
    assert _events(_find(xianka, fingerprint=CARD)) == [second, first]
    assert _events(_find(xianka, payee=PAYEE)) == [accepted]
    assert _events(_find(xianka, trade=posted["first"]["trade"], **oldest)) == [first, accepted]
    assert _events(_find(xianka, event=second)) == [second]
    leaf = _find(xianka, event=second)["entries"][0]["leaf"]
    assert _events(_find(xianka, leaf=leaf)) == [second]
    assert accepted in _events(_find(xianka, type="acceptance"))


def test_conditions_combine(xianka: httpx.Client, posted: dict[str, Any]) -> None:
    first, accepted = posted["first"]["event"], posted["acceptance"]["event"]
    trade = posted["first"]["trade"]
    assert _events(_find(xianka, trade=trade, type="quote")) == [first]
    assert _events(_find(xianka, trade=trade, fingerprint=CARD)) == [first]
    assert _events(_find(xianka, payee=PAYEE, type="quote")) == []
    assert _events(_find(xianka, event=accepted, trade=trade, payee=PAYEE, type="acceptance")) == [accepted]
    assert _events(_find(xianka, event=accepted, type="quote")) == []
    assert _events(_find(xianka, event=accepted, trade=posted["second"]["trade"])) == []


def test_times_bound_when_entries_were_received(xianka: httpx.Client, posted: dict[str, Any]) -> None:
    times = [entry.parse(each["entry"].encode()).received for each in posted["receipts"]]
    trade = posted["first"]["trade"]
    assert len(_find(xianka, trade=trade, **{"from": times[0]})["entries"]) == 2
    assert _find(xianka, trade=trade, to=times[0])["entries"] == []
    assert _find(xianka, **{"from": "2199-01-01T00:00:00.000Z"})["entries"] == []


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_join_without_gap_or_repeat(xianka: httpx.Client, posted: dict[str, Any], order: str) -> None:
    whole = _find(xianka, order=order, limit=500)["entries"]
    joined, cursor = [], None
    while True:
        page = _find(xianka, order=order, limit=2, **({} if cursor is None else {"cursor": cursor}))
        joined += page["entries"]
        cursor = page["next"]
        if cursor is None:
            break
    indexes = [each["index"] for each in joined]
    assert indexes == sorted(indexes, reverse=order == "newest")
    assert joined[: len(whole)] == whole or order == "newest"
    assert len(set(indexes)) == len(indexes) >= 3


def test_another_platforms_card_is_not_found(service: ServiceProcess, posted: dict[str, Any]) -> None:
    with service.client("bendi") as bendi:
        assert _find(bendi, fingerprint=CARD)["entries"] == []
        assert _find(bendi, event=posted["first"]["event"])["entries"] == []
    with service.client("xianka", test=True) as test:
        assert _find(test, fingerprint=CARD)["entries"] == []


def test_by_the_code_of_a_share(
    service: ServiceProcess, xianka: httpx.Client, posted: dict[str, Any]
) -> None:
    event = _quote(unique("t"))
    code = xianka.post("/v1/events?share=1", json=event).json()["share"]["code"]
    assert _events(_find(xianka, share=code)) == [event["event"]]
    assert _events(_find(xianka, share=code.lower().replace("-", ""), trade=event["trade"])) == [
        event["event"]
    ]
    assert _find(xianka, share=code, trade=posted["first"]["trade"])["entries"] == []
    with service.client("bendi") as bendi:
        assert _find(bendi, share=code)["entries"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fingerprint", "0x" + "a1" * 32),
        ("fingerprint", "shop:0x" + "a1" * 32),
        ("payee", "b2"),
        ("payee", "0X" + "B2" * 32),
        ("leaf", "0x12"),
        ("trade", "a b"),
        ("event", ""),
        ("type", "quotes"),
        ("from", "2026-01-31"),
        ("to", "1"),
        ("share", "AAAAA-AAAAA-A"),
        ("order", "desc"),
        ("cursor", "5"),
        ("limit", "0"),
        ("limit", "501"),
        ("trad", "x"),
    ],
)
def test_what_is_not_understood_is_refused(xianka: httpx.Client, name: str, value: str) -> None:
    answer = xianka.get("/v1/entries", params={name: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == name


def test_a_parameter_twice_is_refused(xianka: httpx.Client) -> None:
    assert xianka.get("/v1/entries?type=quote&type=payout").status_code == 422


def test_it_needs_a_platforms_key(service: ServiceProcess) -> None:
    with service.client(None) as nobody, service.client(admin=True) as operator:
        assert nobody.get("/v1/entries").status_code == 401
        assert operator.get("/v1/entries").status_code == 403


def test_the_follower_is_measured(service: ServiceProcess, posted: dict[str, Any]) -> None:
    with service.client(admin=True) as operator:
        lines = operator.get("/metrics").text.splitlines()
    behind = [
        line for line in lines if line.startswith('tally_follower_behind{handler="lookup",log="xianka"}')
    ]
    assert len(behind) == 1
    assert any(line.startswith("tally_follower_failures_total{") for line in lines)


def test_erased_content_is_not_found_by_it_any_more(xianka: httpx.Client) -> None:
    payee = "0x" + "c3" * 32
    change = {
        "event": unique("e"),
        "trade": unique("t"),
        "type": "channel_change",
        "occurred": "2026-01-31T08:05:00.000Z",
        "claims": {"channel": "bank", "payee": payee, "requested_by": "user"},
    }
    held = xianka.post("/v1/events", json=change).json()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not _find(xianka, payee=payee)["entries"]:
        time.sleep(0.05)
    (found,) = _find(xianka, payee=payee)["entries"]
    erased = xianka.delete(f"/v1/entries/{found['leaf']}/content", params={"claims": "payee"})
    assert erased.status_code == 200, erased.text
    assert _find(xianka, payee=payee)["entries"] == []
    assert _events(_find(xianka, trade=change["trade"], type="channel_change")) == [change["event"]]
    (compared,) = xianka.post("/v1/receipts/compare", json=held).json()["entries"]
    assert (compared["result"], compared["genuine"], compared["erased"]) == ("present", True, True)
