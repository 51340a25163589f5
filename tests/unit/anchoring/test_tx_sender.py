"""Sending: stored before it is on the wire, and no answer of a node is taken for more than it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from service.anchoring.errors import LeaseLost, NodeUnreachable
from service.anchoring.fees import FeePolicy, Fees
from service.anchoring.ports import Block, Chain, Lease, SendResult
from service.anchoring.send_state import Mined, Phase, Timing
from service.anchoring.tally import Tally
from service.anchoring.tx_sender import Payload, TxSender
from service.core.eip712 import keccak256
from service.core.rlp import rlp_encode
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine, sqlite_url

POLICY = FeePolicy(max_fee=1000, max_priority=100, min_priority=1, bump_percent=10, budget=10**9)
TIMING = Timing(rebroadcast=1000, bump=5000)
PAYLOAD = Payload(b"\x01" * 32, 5, b"\x02" * 32, 0, b"calldata", 100_000)


@dataclass
class Chain5:
    """A chain that answers what the test wants, and checks that nothing reaches it unstored."""

    store: SqlAnchorStore
    answer: SendResult | NodeUnreachable = SendResult.ACCEPTED
    next_nonce: int = 7
    final_nonce: int = 7
    receipts: dict[bytes, Mined] = field(default_factory=dict)
    wire: list[bytes] = field(default_factory=list)
    chain_id: int = 5
    sender: str = "0x" + "bb" * 20

    def newest(self) -> Block:
        return Block(20, bytes(32), 0, 100)

    def final(self) -> int:
        return 10

    def priority_fee(self) -> int:
        return 10

    def nonce(self, at: int | None = None) -> int:
        return self.next_nonce if at is None else self.final_nonce

    def mined(self, tx: bytes) -> Mined | None:
        return self.receipts.get(tx)

    def sign(self, calldata: bytes, nonce: int, fees: Fees, gas_limit: int) -> tuple[bytes, bytes]:
        numbers = [5, nonce, fees.max_priority, fees.max_fee, gas_limit]
        fields = [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in numbers]
        raw = b"\x02" + rlp_encode([*fields, bytes(20), b"", calldata, []])
        return raw, keccak256(raw)

    def send(self, raw: bytes) -> tuple[SendResult, str]:
        assert self.store.sent(keccak256(raw)), "on the wire before it is in the database"
        self.wire.append(raw)
        if isinstance(self.answer, NodeUnreachable):
            raise self.answer
        return self.answer, "words"


@dataclass
class Desk:
    """A sender with its chain, store and clock."""

    store: SqlAnchorStore
    now: int = 0

    def __post_init__(self) -> None:
        self.chain = Chain5(self.store)
        self.tally = Tally()
        port = cast(Chain, self.chain)
        self.sender = TxSender(port, self.store, POLICY, TIMING, lambda: self.now, self.tally, lag=2000)
        self.lease = self.new_lease("a")

    def new_lease(self, holder: str) -> Lease:
        lease = self.store.acquire("k", holder, self.now, 1000)
        assert lease is not None
        return lease

    def watch(self, later: int = 0) -> bool:
        self.now += later
        return self.sender.watch(self.lease, lambda _: None)

    def phases(self) -> list[Phase]:
        return [slot.phase for slot in self.store.open_slots(5, self.chain.sender)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url = sqlite_url(tmp_path / "t.db")
    migrate(url)
    engine = open_engine(url)
    yield Desk(SqlAnchorStore(engine))
    engine.dispose()


def test_an_attempt_is_stored_and_then_sent(desk: Desk) -> None:
    assert desk.sender.open(desk.lease, PAYLOAD) is not None
    assert len(desk.chain.wire) == 1
    assert desk.watch()
    assert desk.tally.snapshot().in_flight == 1


def test_so_is_its_replacement(desk: Desk) -> None:
    desk.sender.open(desk.lease, PAYLOAD)
    desk.watch(TIMING.bump)
    (slot,) = desk.store.open_slots(5, desk.chain.sender)
    assert [each.fees for each in slot.attempts] == [Fees(210, 10), Fees(231, 11)]
    assert len(desk.chain.wire) == 2
    assert desk.chain.wire[1].endswith(
        rlp_encode([b"calldata", []])[1:]
    )  # the same call, when there is no better


def test_a_worker_without_the_lease_sends_nothing(desk: Desk) -> None:
    desk.now = 5000
    desk.new_lease("b")
    with pytest.raises(LeaseLost):
        desk.sender.open(desk.lease, PAYLOAD)
    assert desk.chain.wire == []


def test_a_lost_answer_is_no_refusal(desk: Desk) -> None:
    desk.chain.answer = NodeUnreachable("timed out")
    desk.sender.open(desk.lease, PAYLOAD)
    assert desk.phases() == [Phase.PENDING]
    assert desk.sender.problem is not None
    desk.chain.answer = SendResult.KNOWN
    desk.watch(TIMING.rebroadcast)
    assert desk.chain.wire[0] == desk.chain.wire[1]
    assert desk.sender.problem is None


@pytest.mark.parametrize("answer", [SendResult.NO_FUNDS, SendResult.REFUSED, SendResult.UNDERPRICED])
def test_a_refusal_is_reported_and_tried_again(desk: Desk, answer: SendResult) -> None:
    desk.chain.answer = answer
    desk.sender.open(desk.lease, PAYLOAD)
    assert "words" in (desk.sender.problem or "")
    desk.watch(TIMING.rebroadcast)
    assert len(desk.chain.wire) == 2


def test_fees_below_the_base_fee_are_raised_at_once(desk: Desk) -> None:
    desk.chain.answer = SendResult.FEE_TOO_LOW
    desk.sender.open(desk.lease, PAYLOAD)
    desk.chain.answer = SendResult.ACCEPTED
    desk.watch(1)
    assert desk.tally.snapshot().bumped == 1


def test_a_node_that_forgot_our_nonce_is_not_believed(desk: Desk) -> None:
    slot = desk.sender.open(desk.lease, PAYLOAD)
    assert slot is not None
    desk.chain.receipts[slot.newest.tx] = Mined(slot.newest.tx, 15, bytes(32), True, 90_000)
    desk.chain.next_nonce = 8
    assert not desk.watch()
    desk.chain.next_nonce = 7  # another node answers, one block behind
    assert desk.sender.open(desk.lease, PAYLOAD) is None
    assert len(desk.chain.wire) == 1


def test_slots_above_a_chain_that_fell_back_are_given_up_after_a_while(desk: Desk) -> None:
    desk.sender.open(desk.lease, PAYLOAD)
    desk.chain.next_nonce = 3
    assert desk.watch(100)
    assert desk.watch(1999)
    assert not desk.watch(1)
    assert desk.phases() == []
    reopened = desk.sender.open(desk.lease, PAYLOAD)
    assert reopened is not None
    assert reopened.nonce == 3


def test_a_node_that_lags_for_a_moment_loses_nothing(desk: Desk) -> None:
    desk.sender.open(desk.lease, PAYLOAD)
    for _ in range(5):
        desk.chain.next_nonce = 3
        desk.watch(1500)
        desk.chain.next_nonce = 7
        desk.watch(1500)
    assert desk.phases() == [Phase.PENDING]


def test_caps_that_allow_nothing(desk: Desk) -> None:
    assert desk.sender.open(desk.lease, replace(PAYLOAD, gas_limit=10**10)) is None
    assert desk.tally.snapshot().fee_capped == 1
    assert "caps" in (desk.sender.problem or "")
    assert desk.chain.wire == []


def test_a_reverted_transaction_is_counted_once(desk: Desk) -> None:
    slot = desk.sender.open(desk.lease, PAYLOAD)
    assert slot is not None
    desk.chain.receipts[slot.newest.tx] = Mined(slot.newest.tx, 15, bytes(32), False, 30_000)
    desk.chain.next_nonce = 8
    desk.watch()
    desk.watch()
    assert desk.tally.snapshot().reverted == 1
