"""Posting to an honest log: receipts are what they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.client import ApiProblem, AsyncClient, Client, RetryPolicy, sign_event
from service.client.exchange import ServedLog, find_log
from service.core import receipt as core_receipt
from service.core.errors import FormatError, VerificationError
from service.core.merkle import leaf_hash
from service.core.receipt import StateProof
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from tests.unit.client.events import acceptance, quote, trades
from tests.unit.client.true_log import API_KEY, NOW, ORIGIN, TrueLog, transport


def test_a_posted_event_gives_its_receipt_and_again_the_same(client: Client, log: TrueLog) -> None:
    first = client.post(quote(1))
    assert first == log.receipt(log.entries[0])
    assert client.post(quote(1)) == first
    assert len(log.entries) == 1


@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 300])
def test_receipts_derived_from_a_batch_equal_the_services_own(
    client: Client, log: TrueLog, before: int, count: int
) -> None:
    for number in range(before):
        client.post(quote(10_000 + number))
    receipts = client.post_batch(trades(count))
    assert receipts == [log.receipt(stored) for stored in log.entries[before:]]
    report = verify_receipt(core_receipt.format(receipts[-1]), trust=log.trust, now=NOW)
    assert report.verdict == Verdict.NOT_ANCHORED_YET


def test_a_repeated_batch_gives_the_original_receipts_whatever_came_after(
    client: Client, log: TrueLog
) -> None:
    receipts = client.post_batch(trades(6))
    client.post_batch([quote(n) for n in range(100, 140)])
    assert client.post_batch(trades(6)) == receipts
    assert client.post_batch(trades(6)[::-1]) == receipts[::-1]


def test_one_event_twice_in_a_batch_is_one_entry(client: Client, log: TrueLog) -> None:
    receipts = client.post_batch([quote(1), quote(2), quote(1)])
    assert receipts[0] == receipts[2] != receipts[1]
    assert len(log.entries) == 2


def test_references_are_filled_in_and_checked(client: Client, log: TrueLog) -> None:
    quoted, accepted = client.post_batch([quote(1, "t"), acceptance(1, "quote-1", "t")])
    assert accepted.index == quoted.index + 1
    single = client.post(acceptance(2, "quote-1", "t"))
    assert core_receipt.parse(core_receipt.format(single)) == single


def test_a_trade_signed_offline_is_posted_in_one_batch(client: Client, log: TrueLog) -> None:
    key = b"\x07" * 32
    signed = sign_event(quote(1, "t"), log.identity, key)
    event = acceptance(1, "quote-1", "t")
    event["claims"]["quote"] = signed.ref
    accepted = sign_event(event, log.identity, key)
    receipts = client.post_batch([signed.event, accepted.event])
    assert [log.digest(stored) for stored in log.entries] == [signed.digest, accepted.digest]
    report = verify_receipt(core_receipt.format(receipts[1]), trust=log.trust, now=NOW)
    assert report.verdict == Verdict.NOT_ANCHORED_YET


def test_receipt_trade_checkpoint_and_completion(client: Client, log: TrueLog) -> None:
    events = [quote(1, "tariff:x y"), *(acceptance(n, "quote-1", "tariff:x y") for n in range(4))]
    for event in events:
        event["trade"] = "t:1"
    receipts = [client.post(event) for event in events]
    assert client.receipt(leaf_hash(receipts[2].entry)) == receipts[2]
    entries = client.trade("t:1")
    assert [entry.index for entry in entries] == [0, 1, 2, 3, 4]
    assert [entry.entry.seq for entry in entries] == [0, 1, 2, 3, 4]
    assert {each.name for each in entries[0].claims} == set(events[0]["claims"])
    assert client.checkpoint().size == 5
    assert client.complete(receipts[1]) == receipts[1]
    log.anchored = [4, 5]
    completed = client.complete(receipts[1])
    assert [anchor.size for anchor in completed.anchors] == [4]
    assert client.receipt(leaf_hash(receipts[1].entry)) == completed


def test_a_state_proof_in_hand_is_not_given_up_for_an_anchor_without(client: Client, log: TrueLog) -> None:
    receipt = client.post(quote(1))
    log.anchored = [1]
    bare = client.complete(receipt)
    proven = replace(
        bare, anchors=(replace(bare.anchors[0], state_proof=StateProof(b"h", (b"a",), (b"s",))),)
    )
    assert client.complete(proven) == proven
    assert client.complete(bare) == bare


def test_the_right_log_is_found_among_several(log: TrueLog) -> None:
    other = TrueLog("tallystick.local/logs/xianka", seed=2)
    served = [ServedLog("kaka", log.log), ServedLog("xianka", other.log)]
    assert find_log(served, other.log, None) == served[1]
    assert find_log(served, None, ORIGIN) == served[0]
    for wanted, origin in ((None, None), (log.log, other.identity.origin), (None, "nowhere")):
        with pytest.raises(FormatError):
            find_log(served, wanted, origin)


def test_public_endpoints_are_asked_without_the_key(client: Client, log: TrueLog) -> None:
    seen: list[tuple[str, bool]] = []

    def watch(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        seen.append((request.url.path, "authorization" in request.headers))
        return status, body

    receipt = client.post(quote(1))
    with Client("http://x.test", API_KEY, transport=transport(log, watch), now=lambda: NOW) as other:
        other.complete(receipt)
        other.checkpoint()
        other.receipt(leaf_hash(receipt.entry))
    assert [path for path, keyed in seen if keyed] == [f"/v1/receipts/0x{leaf_hash(receipt.entry).hex()}"]


def test_refusals_are_typed(client: Client, make_client: Callable[..., Client]) -> None:
    client.post(quote(1))
    with pytest.raises(ApiProblem) as caught:
        client.post(quote(1) | {"occurred": "2026-01-01T00:00:00.000Z"})
    assert (caught.value.status, caught.value.slug, caught.value.events) == (
        409,
        "event-conflict",
        ("quote-1",),
    )
    with pytest.raises(ApiProblem) as caught:
        client.post_batch([quote(2), quote(3) | {"trade": "a b"}, quote(1)])
    assert caught.value.indexes == (1,)
    assert caught.value.errors[0].pointer == "/1/trade"
    with pytest.raises(ApiProblem, match="401"):
        Client("http://x.test", "wrong", transport=transport(TrueLog())).post(quote(1))
    with pytest.raises(ApiProblem, match="not-found"):
        client.receipt(bytes(32))


def test_a_proxys_page_is_a_problem_too(make_client: Callable[..., Client]) -> None:
    client = make_client(lambda request, status, body: (502, b"<html>Bad Gateway</html>"))
    with pytest.raises(ApiProblem) as caught:
        client.post(quote(1))
    assert (caught.value.type, caught.value.status, caught.value.slug) == ("about:blank", 502, "")


def test_what_cannot_be_canonical_or_is_too_much_is_not_sent(
    client: Client, log: TrueLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bad in (quote(1) | {"trade": 1.5}, {"event": "x"}, quote(1) | {"signatures": [1]}):
        with pytest.raises(Exception, match=r"."):
            client.post(bad)
    with pytest.raises(FormatError, match="10000"):
        client.post_batch([])
    monkeypatch.setattr("service.client.batches.MAX_EVENTS", 3)
    with pytest.raises(FormatError, match="1 to 3"):
        client.post_batch([quote(1)] * 4)
    monkeypatch.setattr("service.client.batches.MAX_BYTES", 5000)
    with pytest.raises(FormatError, match="5000"):
        client.post_batch([quote(1)] * 3)
    assert log.requests == []


def test_without_trust_the_answer_must_still_prove_itself(log: TrueLog) -> None:
    client = Client("http://x.test", API_KEY, transport=transport(log), now=lambda: NOW)
    assert client.post(quote(1)) == log.receipt(log.entries[0])


def test_another_logs_answer_is_refused_where_an_origin_was_named(log: TrueLog) -> None:
    other = TrueLog("tallystick.local/logs/xianka")
    both = type(log.trust)(log.trust.chains, log.trust.logs + other.trust.logs)
    for settings, good in ({"origin": ORIGIN}, False), ({}, True):
        client = Client(
            "http://x.test",
            API_KEY,
            transport=transport(other),
            trust=both,
            now=lambda: NOW,
            retry=RetryPolicy(max_elapsed=0),
            **settings,
        )
        if good:
            client.post(quote(1))
        else:
            with pytest.raises(VerificationError, match="expected tallystick"):
                client.post(quote(1))


async def test_the_asynchronous_client_does_the_same(log: TrueLog) -> None:
    settings: dict[str, Any] = {"trust": log.trust, "origin": ORIGIN, "now": lambda: NOW}
    async with AsyncClient("http://x.test", API_KEY, transport=transport(log), **settings) as client:
        first = await client.post(quote(9, "t"))
        receipts = await client.post_batch(trades(5))
        assert [first, *receipts][-1] == log.receipt(log.entries[-1])
        assert await client.receipt(leaf_hash(first.entry)) == first
        assert [entry.index for entry in await client.trade("t")] == [0]
        assert (await client.checkpoint()).size == 6
        log.anchored = [6]
        assert (await client.complete(first)).anchors
        with pytest.raises(ApiProblem):
            await client.post(quote(9, "u"))


def test_the_two_clients_offer_the_same() -> None:
    rename = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}
    names = {rename.get(name, name) for name in vars(Client) if not name.startswith("__") or name in rename}
    assert names == {
        name for name in vars(AsyncClient) if not name.startswith("__") or name in rename.values()
    }


def test_the_api_key_is_not_shown() -> None:
    assert API_KEY not in repr(Client("http://x.test", API_KEY).settings)
