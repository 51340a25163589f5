"""The client against the real service: every receipt it derives is the service's own, and completes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.client import ApiProblem, AsyncClient, Client, Outbox, RetryPolicy, State, ref, sign_event
from service.core import receipt as core_receipt
from service.core import trust as core_trust
from service.core.checkpoint import LogIdentity
from service.core.hexs import to_hex
from service.core.merkle import leaf_hash
from service.core.trust import Trust
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from service.profiles import giftcard
from tests.integration.api.service_process import ServiceProcess, unique

ORIGIN = "tallystick.local/logs/kaka"


def trade(size: int = 2, name: str | None = None) -> list[dict[str, Any]]:
    """A quote and further events of one trade that refer to it by id."""
    name = name or unique("t")
    quoted = giftcard.example("quote") | {"event": unique("q"), "trade": name}
    del quoted["claims"]["tariff"]
    events = [quoted]
    while len(events) < size:
        accepted = giftcard.example("acceptance") | {"event": unique("a"), "trade": name}
        accepted["claims"]["quote"] = {"event": quoted["event"]}
        events.append(accepted)
    return events


def trust_of(service: ServiceProcess) -> Trust:
    return core_trust.parse((service.data / "trust.json").read_bytes())


def settings(service: ServiceProcess) -> dict[str, Any]:
    return {"trust": trust_of(service), "origin": ORIGIN, "retry": RetryPolicy(max_elapsed=30)}


@pytest.fixture
def client(service: ServiceProcess) -> Any:
    with Client(service.url, service.api_key(), **settings(service)) as client:
        yield client


def test_single_receipts(client: Client) -> None:
    for event in trade(4):
        receipt = client.post(event)
        assert client.post(event) == receipt
        assert client.receipt(leaf_hash(receipt.entry)) == receipt


@pytest.mark.parametrize("size", [1, 2, 3, 17, 1000])
def test_receipts_derived_from_a_batch_are_the_services_own(client: Client, size: int) -> None:
    events = [event for _ in range((size + 1) // 2) for event in trade()][:size]
    receipts = client.post_batch(events)
    for receipt in (*receipts[:3], *receipts[-3:]):
        own = client.receipt(leaf_hash(receipt.entry))
        assert core_receipt.format(receipt) == core_receipt.format(_as_posted(own))
    assert client.post_batch(events) == receipts


def _as_posted(receipt: core_receipt.Receipt) -> core_receipt.Receipt:
    """Without the anchors and hints that may have come in between."""
    return core_receipt.Receipt(
        receipt.log, receipt.entry, receipt.disclosures, receipt.index, receipt.checkpoint, receipt.inclusion
    )


def test_the_example_of_every_type_is_taken(client: Client) -> None:
    """References to events that are not in the log pass, because the examples give digests."""
    posted = [kind for kind in giftcard.EVENT_TYPES if kind != "erasure"]
    receipts = client.post_batch([giftcard.example(kind) for kind in posted])
    assert len(receipts) == len(posted)


def test_a_trade_with_own_salts_signed_offline(client: Client, service: ServiceProcess) -> None:
    log = trust_of(service).logs
    registry = service.credentials["registry"]
    found = next(each for each in log if each.origin == ORIGIN)
    identity = LogIdentity(ORIGIN, found.id, found.chain_id, registry)
    events = trade(3)
    quoted = sign_event(events[0], identity, None)
    for event in events[1:]:
        event["claims"]["quote"] = quoted.ref
    signed = [quoted, *(sign_event(event, identity, None) for event in events[1:])]
    receipts = client.post_batch([each.event for each in signed])
    report = verify_receipt(
        core_receipt.format(receipts[2]), trust=trust_of(service), now=time.time_ns() // 1_000_000
    )
    assert report.verdict == Verdict.NOT_ANCHORED_YET
    assert quoted.ref == ref(events[0]["event"], quoted.digest)
    assert f'"digest":"{to_hex(quoted.digest)}"'.encode() in core_receipt.canonicalize(
        signed[1].event["claims"]
    )


def test_timeline_checkpoint_and_completion(client: Client) -> None:
    events = trade(5)
    receipts = [client.post(event) for event in events]
    entries = client.trade(events[0]["trade"])
    assert [entry.leaf for entry in entries] == [leaf_hash(receipt.entry) for receipt in receipts]
    assert {claim.name: claim.value for claim in entries[0].claims} == events[0]["claims"]
    assert client.checkpoint().size > receipts[-1].index
    completed = _until(lambda: client.complete(receipts[-1]), _proven)
    own = client.receipt(leaf_hash(receipts[-1].entry))
    assert [(each.size, each.root) for each in own.anchors] == [
        (each.size, each.root) for each in completed.anchors
    ]


def _proven(receipt: core_receipt.Receipt) -> bool:
    """An anchor is shown as soon as there is one; its state proof follows when the block is final."""
    return any(anchor.state_proof is not None for anchor in receipt.anchors)


def _until(ask: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not good(answer := ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)
    return answer


def test_refusals(client: Client, service: ServiceProcess) -> None:
    good, conflicting, broken = trade()[0], trade()[0], trade()[0]
    client.post(conflicting)
    conflicting["trade"] = unique("t")
    broken["claims"]["offer"]["net"] = -5
    with pytest.raises(ApiProblem) as caught:
        client.post_batch([good, broken])
    assert (caught.value.status, caught.value.indexes) == (422, (1,))
    assert caught.value.errors[0].pointer == "/1/claims/offer/net"
    with pytest.raises(ApiProblem) as caught:
        client.post_batch([good, conflicting])
    assert (caught.value.slug, caught.value.events) == ("event-conflict", (conflicting["event"],))
    client.post(good)
    with pytest.raises(ApiProblem) as caught:
        client.post_batch([good, trade()[0]])
    assert (caught.value.slug, caught.value.events) == ("mixed-batch", (good["event"],))
    with (
        Client(service.url, "tally_live_wrong", retry=RetryPolicy(max_elapsed=0)) as stranger,
        pytest.raises(ApiProblem, match="401"),
    ):
        stranger.post(good)


def test_the_outbox_delivers_around_events_that_cannot_be(client: Client, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox.db", batch_events=5)
    events = [event for _ in range(6) for event in trade()]
    client.post_batch(events[2:4])  # as if an earlier answer had been lost
    orphan = trade()[1]
    box.put(*events[:7], orphan, *events[7:])
    flushed = box.flush(client)
    assert (flushed.delivered, flushed.refused) == (12, 1)
    assert box.state(orphan["event"]) is State.REFUSED
    assert [box.receipt(event["event"]) for event in events[2:4]] == client.post_batch(events[2:4])
    box.close()


async def test_the_asynchronous_client(service: ServiceProcess) -> None:
    async with AsyncClient(service.url, service.api_key(), **settings(service)) as client:
        events = trade(3)
        receipts = await client.post_batch(events)
        assert await client.post_batch(events) == receipts
        assert (await client.checkpoint()).size > receipts[-1].index


def test_the_outbox_outlives_a_killed_service(tmp_path: Path) -> None:
    """What was put before and while the service was gone is delivered once it is back, and nothing twice."""
    first = ServiceProcess(tmp_path / "data").start()
    box = Outbox(tmp_path / "outbox.db", batch_events=50)
    events = [event for _ in range(100) for event in trade()]
    box.put(*events[:120])
    with Client(first.url, first.api_key(), **settings(first)) as client:
        assert box.flush(client).delivered == 120
    first.kill()
    box.put(*events[120:])
    second = ServiceProcess(tmp_path / "data").start()
    try:
        with Client(second.url, second.api_key(), **settings(second)) as client:
            assert box.flush(client).delivered == 80
            assert client.post_batch(events[:50]) == [box.receipt(event["event"]) for event in events[:50]]
            assert client.checkpoint().size == 200
    finally:
        second.stop()
        box.close()
