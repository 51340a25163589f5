"""The outbox on both databases: written once, taken by one, sent at least once, given up in the end."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from threading import Event

import pytest
from sqlalchemy import Engine, text

from service.access.ports import Tenant
from service.store.webhook_store import SqlWebhookStore
from service.webhooks.delivering import Deliverer
from service.webhooks.endpoints import ROTATION_MS, Endpoints
from service.webhooks.errors import WebhookUnknown
from service.webhooks.ports import Changes, DeliveryState, Due, Endpoint, Message
from service.webhooks.schedule import ATTEMPTS
from service.webhooks.signing import SecretBox, mint_secret, sign
from service.webhooks.transport import Answered

KAKA = Tenant("kaka", "live")
BOX = SecretBox(bytes(32), os.urandom)
T0 = 1_700_000_000_000
HOUR = 3_600_000


@pytest.fixture
def store(engine: Engine) -> SqlWebhookStore:
    return SqlWebhookStore(engine, os.urandom)


def _endpoint(store: SqlWebhookStore, name: str = "wh_1", tenant: Tenant = KAKA) -> Endpoint:
    sealed = BOX.seal(mint_secret(os.urandom), name)
    endpoint = Endpoint(
        name, tenant, "https://a.example/", ("anchor.late", "receipt.anchored"), "", sealed, T0
    )
    assert store.add(endpoint, 99)
    return endpoint


def _message(number: int = 1, tenant: Tenant = KAKA, type_: str = "anchor.late", at: int = T0) -> Message:
    return Message(f"msg_{number}", tenant, type_, f"key {number}", b'{"n":%d}' % number, at)


def _claim(store: SqlWebhookStore, now: int = T0, limit: int = 10, each: int = 10) -> Sequence[Due]:
    return store.claim(now, now + 60_000, limit, each, 99)


def test_a_message_is_written_once_for_those_who_want_it(store: SqlWebhookStore) -> None:
    _endpoint(store)
    _endpoint(store, "wh_2")
    _endpoint(store, "wh_3", Tenant("bendi", "live"))
    _endpoint(store, "wh_4", Tenant("kaka", "test"))
    disabled = _endpoint(store, "wh_5")
    store.disable(disabled.id, "for the test")
    assert len(store.put(_message())) == 2
    assert store.put(_message()) == []
    assert store.put(_message(2, type_="dispute.opened")) == []
    due = _claim(store)
    assert sorted(each.endpoint.id for each in due) == ["wh_1", "wh_2"]
    assert {each.payload for each in due} == {b'{"n":1}'}


def test_writers_at_once_write_it_once(store: SqlWebhookStore) -> None:
    _endpoint(store)
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: store.put(_message()), range(8)))
    assert sorted(map(len, written)) == [0] * 7 + [1]


def test_takers_at_once_take_each_delivery_once(store: SqlWebhookStore) -> None:
    for number in range(4):
        _endpoint(store, f"wh_{number}")
    for number in range(10):
        store.put(_message(number))
    with ThreadPoolExecutor(8) as pool:
        taken = [
            due for found in pool.map(lambda _: _claim(store, limit=99, each=99), range(8)) for due in found
        ]
    assert len({due.delivery.id for due in taken}) == len(taken) == 40


def test_an_endpoint_with_much_to_come_does_not_hold_up_the_others(store: SqlWebhookStore) -> None:
    _endpoint(store, "wh_busy")
    for number in range(50):
        store.put(_message(number))
    _endpoint(store, "wh_calm")
    store.put(_message(99, at=T0 + 1))
    first = Counter(due.endpoint.id for due in _claim(store, T0 + 2, limit=8, each=2))
    assert first == {"wh_busy": 2, "wh_calm": 1}
    assert _claim(store, T0 + 3, limit=8, each=2) == []


def test_a_tenant_with_much_to_come_does_not_hold_up_the_others(store: SqlWebhookStore) -> None:
    for number in range(16):
        _endpoint(store, f"wh_{number}")
    for number in range(5):
        store.put(_message(number))
    bendi = Tenant("bendi", "live")
    _endpoint(store, "wh_calm", bendi)
    store.put(_message(99, bendi, at=T0 + 1))
    first = store.claim(T0 + 2, T0 + 60_000, 3, 2, 4)
    assert [due.endpoint.tenant.platform for due in first] == ["kaka", "bendi", "kaka"]
    rest = store.claim(T0 + 3, T0 + 60_000, 8, 2, 4)
    assert [due.endpoint.tenant.platform for due in rest] == ["kaka", "kaka"]
    assert store.claim(T0 + 4, T0 + 60_000, 8, 2, 4) == []
    store.delivered(rest[0], 200, T0 + 5)
    assert len(store.claim(T0 + 6, T0 + 60_000, 8, 2, 4)) == 1


def test_endpoints_made_at_once_stay_within_their_number(engine: Engine, store: SqlWebhookStore) -> None:
    _endpoint(store, "wh_first")
    another = _new("wh_another")

    class Slow(SqlWebhookStore):
        """Has written, and has not yet committed, when the other one begins."""

        def add(self, endpoint: Endpoint, most: int) -> bool:
            with self._writing() as held:
                self._writing = lambda: nullcontext(held)  # type: ignore[method-assign,assignment,return-value]
                added = super().add(endpoint, most)
                begun.set()
                time.sleep(0.3)  # without the lock the other one is through by then
                return added

    begun = Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(Slow(engine, os.urandom).add, _new("wh_slow"), 2)
        begun.wait()
        assert not store.add(another, 2)
        assert slow.result()
    assert [each.id for each in store.endpoints(KAKA)] == ["wh_first", "wh_slow"]


def _new(name: str) -> Endpoint:
    return Endpoint(name, KAKA, "https://a.example/", ("anchor.late",), "", b"sealed", T0)


class Interrupted(SqlWebhookStore):
    """Has something else done at the last moment before a change is written."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, os.urandom)
        self.first: Callable[[], object] | None = None

    def change(self, tenant: Tenant, endpoint: str, changes: Changes) -> Endpoint | None:
        first, self.first = self.first, None
        if first is not None:
            first()
        return super().change(tenant, endpoint, changes)


def test_a_change_undoes_nothing_that_happens_meanwhile(engine: Engine) -> None:
    store = Interrupted(engine)
    endpoints = Endpoints(store, BOX, clock_ms=lambda: T0, random=os.urandom, development=False)
    name = endpoints.create(KAKA, "https://a.example/", ("anchor.late",), "")[0].id
    new: list[str] = []
    store.first = lambda: new.append(endpoints.rotate(KAKA, name)[1])
    changed = endpoints.change(KAKA, name, Changes(description="x"))
    assert (BOX.open(changed.secret, name), changed.description) == (new[0], "x")
    store.first = lambda: store.disable(name, "gone (410)")
    assert endpoints.change(KAKA, name, Changes(url="https://b.example/")).disabled == "gone (410)"
    assert endpoints.change(KAKA, name, Changes(enabled=True)).disabled is None
    assert endpoints.change(KAKA, name, Changes(enabled=False)).disabled == "by the platform"
    with pytest.raises(WebhookUnknown):
        endpoints.change(Tenant("bendi", "live"), name, Changes(description="mine"))


def test_what_was_taken_and_not_settled_is_taken_again(store: SqlWebhookStore) -> None:
    _endpoint(store)
    store.put(_message())
    (lost,) = _claim(store)
    assert _claim(store, T0 + 59_000) == []
    (again,) = _claim(store, T0 + 61_000)
    assert again.delivery.message == lost.delivery.message
    # The first attempt's late answer settles nothing any more.
    store.failed(lost, 500, "refused", T0 + 62_000, None)
    assert store.deliveries(KAKA, "wh_1", None, 10)[0].state is DeliveryState.PENDING
    assert store.endpoints(KAKA)[0].failing_since is None
    store.delivered(again, 200, T0 + 63_000)
    (done,) = store.deliveries(KAKA, "wh_1", None, 10)
    assert (done.state, done.attempts, done.status) == (DeliveryState.DELIVERED, 1, 200)


def test_replay_sends_the_same_message(store: SqlWebhookStore) -> None:
    _endpoint(store)
    store.put(_message())
    (due,) = _claim(store)
    assert store.replay(KAKA, "wh_1", due.delivery.id, T0) is not None
    assert _claim(store) == []
    store.delivered(due, 200, T0)
    again = store.replay(KAKA, "wh_1", due.delivery.id, T0 + 5)
    assert again is not None
    assert (again.state, again.attempts, again.finished_at) == (DeliveryState.PENDING, 0, None)
    assert _claim(store, T0 + 5)[0].payload == due.payload
    assert store.replay(Tenant("bendi", "live"), "wh_1", due.delivery.id, T0) is None


def test_removing_and_disabling_end_what_waits(store: SqlWebhookStore) -> None:
    _endpoint(store)
    _endpoint(store, "wh_2")
    store.put(_message())
    store.disable("wh_1", "gone (410)")
    assert store.remove(KAKA, "wh_2")
    assert not store.remove(KAKA, "wh_2")
    assert _claim(store) == []
    assert store.wanted(KAKA) == frozenset()
    (ended,) = store.deliveries(KAKA, "wh_1", None, 10)
    assert (ended.state, ended.failure) == (DeliveryState.FAILED, "endpoint disabled")


def test_old_messages_go_when_they_are_through(engine: Engine, store: SqlWebhookStore) -> None:
    _endpoint(store)
    for number in (1, 2):
        store.put(_message(number, type_="receipt.anchored"))
    (first, _second) = _claim(store)
    store.delivered(first, 200, T0)
    store.prune(T0 + 1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM webhook_messages")).scalars().all() == ["msg_2"]


@pytest.mark.parametrize("type_", ["finding.proved", "anchor.late"])
def test_what_is_told_once_is_not_told_again_after_its_message_is_gone(
    store: SqlWebhookStore, type_: str
) -> None:
    sealed = BOX.seal(mint_secret(os.urandom), "wh_1")
    store.add(Endpoint("wh_1", KAKA, "https://a.example/", (type_,), "", sealed, T0), 1)
    store.put(_message(type_=type_))
    (due,) = _claim(store)
    store.delivered(due, 200, T0)
    for _ in range(2):
        store.prune(T0 + 1)
    assert store.deliveries(KAKA, "wh_1", None, 10) == []
    # The trade has a new entry years later: the same finding is still proved.
    assert store.put(_message(type_=type_, at=T0 + HOUR)) == []
    assert _claim(store, T0 + 2 * HOUR) == []


def test_a_trade_marked_while_it_is_looked_at_is_looked_at_again(store: SqlWebhookStore) -> None:
    log = bytes(32)
    store.watch(log, ["t1", "t2"], T0)
    store.watch(log, ["t1"], T0 + 10)
    second, first = sorted(store.watched(T0 + 20, 10), key=lambda each: each.trade, reverse=True)
    assert (first.trade, first.at, second.at) == ("t1", T0 + 10, T0)
    store.watch(log, ["t1"], T0 + 15)
    store.looked(first, None)
    store.looked(second, T0 + HOUR)
    assert [each.trade for each in store.watched(T0 + 20, 10)] == ["t1"]
    assert [each.trade for each in store.watched(T0 + HOUR, 10)] == ["t1", "t2"]
    store.looked(store.watched(T0 + 20, 10)[0], None)
    assert store.watched(T0 + 20, 10) == []


@dataclass
class Poster:
    """A transport that answers what it is told to."""

    answer: Answered
    sent: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answered:
        self.sent.append((url, headers, body))
        return self.answer


@dataclass
class Clock:
    now: int = T0

    def __call__(self) -> int:
        return self.now


def _deliverer(store: SqlWebhookStore, poster: Poster, clock: Clock) -> Deliverer:
    return Deliverer(store, BOX, poster, clock_ms=clock, chance=lambda: 0.0, agent="tallystick/test")


def test_a_dead_endpoint_is_tried_for_three_days_and_then_disabled(store: SqlWebhookStore) -> None:
    _endpoint(store)
    store.put(_message())
    clock, poster = Clock(), Poster(Answered(None, "connection failed"))
    deliverer = _deliverer(store, poster, clock)
    while due := store.claim(clock.now, clock.now + 60_000, 8, 2, 8):
        deliverer.send(due[0])
        (delivery,) = store.deliveries(KAKA, "wh_1", None, 10)
        clock.now = max(delivery.next_at, clock.now + 1)
    assert len(poster.sent) == ATTEMPTS
    assert len({headers["webhook-id"] for _, headers, _ in poster.sent}) == 1
    assert clock.now - T0 > 72 * HOUR
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, "connection failed")
    (endpoint,) = store.endpoints(KAKA)
    assert endpoint.disabled == "failing for days"


def test_an_endpoint_that_asks_to_wait_is_left_alone_so_long(store: SqlWebhookStore) -> None:
    _endpoint(store)
    store.put(_message())
    clock, poster = Clock(), Poster(Answered(503, None, "7200"))
    deliverer = _deliverer(store, poster, clock)
    (due,) = store.claim(clock.now, clock.now + 60_000, 8, 2, 8)
    deliverer.send(due)
    (pending,) = store.deliveries(KAKA, "wh_1", None, 1)
    assert pending.next_at - clock.now == 2 * HOUR


def test_a_success_in_between_keeps_the_endpoint(store: SqlWebhookStore) -> None:
    _endpoint(store)
    store.put(_message(1))
    clock, poster = Clock(), Poster(Answered(500, None))
    deliverer = _deliverer(store, poster, clock)
    deliverer.send(_claim(store)[0])
    assert store.endpoints(KAKA)[0].failing_since == T0
    clock.now += HOUR
    poster.answer = Answered(200, None)
    deliverer.send(_claim(store, clock.now)[0])
    assert store.endpoints(KAKA)[0].failing_since is None


def test_the_old_secret_signs_for_a_day(store: SqlWebhookStore) -> None:
    clock, poster = Clock(), Poster(Answered(200, None))
    endpoints = Endpoints(store, BOX, clock_ms=clock, random=os.urandom, development=False)
    endpoint, first = endpoints.create(KAKA, "https://a.example/", ("anchor.late",), "")
    _, second = endpoints.rotate(KAKA, endpoint.id)
    deliverer = _deliverer(store, poster, clock)
    for number, after in enumerate((0, ROTATION_MS - 1000, ROTATION_MS + 1000)):
        clock.now = T0 + after
        store.put(_message(number, at=clock.now))
        deliverer.send(_claim(store, clock.now)[0])
        _, headers, body = poster.sent[-1]
        secrets = [second, first] if after < ROTATION_MS else [second]
        signed = sign(secrets, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        assert headers["webhook-signature"] == signed
    with pytest.raises(Exception):  # noqa: B017 - the stored secret is of no use under another key
        SecretBox(b"\1" * 32, os.urandom).open(store.endpoints(KAKA)[0].secret, endpoint.id)


def test_the_worker_sends_and_a_new_life_sends_what_was_left(store: SqlWebhookStore) -> None:
    _endpoint(store)
    for number in range(5):
        store.put(_message(number))
    (lost,) = store.claim(T0, T0 + 60_000, 1, 1, 1)  # taken by a process that died before it noted the answer
    poster = Poster(Answered(204, None))
    deliverer = Deliverer(
        store,
        BOX,
        poster,
        clock_ms=Clock(T0 + 70_000),
        chance=lambda: 0.0,
        agent="tallystick/test",
        poll=0.01,
    )
    deliverer.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        states = [each.state for each in store.deliveries(KAKA, "wh_1", None, 10)]
        if states == [DeliveryState.DELIVERED] * 5:
            break
        time.sleep(0.01)
    deliverer.stop()
    assert states == [DeliveryState.DELIVERED] * 5
    ids = [headers["webhook-id"] for _, headers, _ in poster.sent]
    assert sorted(ids) == [f"msg_{number}" for number in range(5)]
    assert lost.delivery.message in ids


def test_a_poster_that_raises_leaves_the_delivery_for_later(store: SqlWebhookStore) -> None:
    endpoint = _endpoint(store)
    store.put(_message())
    (due,) = _claim(store)
    broken = replace(due, endpoint=replace(endpoint, secret=b"\0" * 40))
    with pytest.raises(Exception):  # noqa: B017 - sealed under another key
        _deliverer(store, Poster(Answered(200, None)), Clock()).send(broken)
    assert len(_claim(store, T0 + 61_000)) == 1
