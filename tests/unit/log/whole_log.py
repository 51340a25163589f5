"""One log under test, and the naive checker of a whole log that is called after each step of the stateful
tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.core import checkpoint as checkpoints
from service.core import eip712, entry
from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.merkle import verify_inclusion
from service.core.receipt import Receipt
from service.core.times import parse_time
from service.log.fsck import LogCheck
from service.log.notes import CheckpointNotes, FixedSigners
from service.log.ports import AppendedBatch, LastSigned, LogRecord, LogStore, Submission
from service.log.prepare import prepare
from service.log.receipts import of_batch
from service.log.sequencer import Sequencer
from tests.reference import rfc9162

OPENER = "0x" + "11" * 20
REGISTRY = "0x" + "22" * 20
ORIGIN = "tallystick.test/logs/kaka"
IDENTITY = LogIdentity(ORIGIN, eip712.log_id(OPENER, ORIGIN), 31337, REGISTRY)
RECORD = LogRecord(IDENTITY.log_id, "kaka", ORIGIN, 31337, REGISTRY, OPENER, 3600)
SIGNER = CheckpointSigner(IDENTITY, b"\1" * 32, b"\2" * 32)
NOW = parse_time("2026-11-22T12:00:00.000Z")
PROMISE = 3600


def seeded(seed: bytes = b"seed") -> Callable[[int], bytes]:
    """A random source that repeats itself from one run to the next."""
    counter = iter(range(2**62))

    def random(count: int) -> bytes:
        return hashlib.shake_256(seed + str(next(counter)).encode()).digest(count)

    return random


@dataclass
class SettableClock:
    """A clock that stands where it is put."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


def event(
    name: str, trade: str = "trade-1", claims: Mapping[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """A checked event of an own type, which may claim anything."""
    return {
        "event": name,
        "trade": trade,
        "type": "x-note",
        "occurred": "2026-11-22T11:59:58.000Z",
        "claims": {"text": f"about {name}"} if claims is None else dict(claims),
        **members,
    }


_RANDOM = seeded()


def submission(name: str, trade: str = "trade-1", **claims: Any) -> Submission:
    """A prepared event with salts drawn by the service."""
    return prepare(IDENTITY, event(name, trade, claims or None), lambda _: None, _RANDOM)


@dataclass
class Process:
    """One process that serves the log: forget it and make another to restart."""

    store: LogStore
    last_signed: LastSigned
    clock: Callable[[], int] = field(default_factory=SettableClock)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.notes = CheckpointNotes(IDENTITY.log_id, self.last_signed, FixedSigners([SIGNER]))
        self.sequencer = Sequencer(
            IDENTITY,
            self.store,
            self.last_signed,
            self.notes,
            promise=PROMISE,
            clock=self.clock,
            **self.options,
        )

    def start(self) -> Process:
        self.sequencer.start()
        return self

    def post(self, *submissions: Submission) -> AppendedBatch:
        return self.sequencer.submit(submissions).result(timeout=30)

    def receipts(self, *submissions: Submission) -> list[Receipt]:
        return of_batch(IDENTITY, self.post(*submissions))


def check_receipt(receipt: Receipt) -> None:
    """The receipt holds: both signatures, inclusion, clocks."""
    signed = checkpoints.verify_signed(receipt.checkpoint, IDENTITY, SIGNER.vkey, SIGNER.address)
    leaf = rfc9162.leaf_hash(receipt.entry)
    verify_inclusion(leaf, receipt.index, signed.size, list(receipt.inclusion), signed.root)
    received = parse_time(entry.parse(receipt.entry).received) // 1000
    assert abs(signed.signed_at - received) <= 120
    assert signed.signed_at <= signed.anchor_by <= signed.signed_at + RECORD.max_delay


def check_whole_log(
    store: LogStore, last_signed: LastSigned, receipts: Sequence[Receipt] = (), *, extends: bool = True
) -> list[bytes]:
    """Everything the log promises, computed naively; the entries' bytes. `receipts` were handed out
    before.
    """
    log_id = IDENTITY.log_id
    head = store.head(log_id)
    stored = list(store.entries(log_id, 0, head.size + 10))
    assert [each.index for each in stored] == list(range(head.size))
    entries = [each.entry for each in stored]
    leaves = [rfc9162.leaf_hash(each) for each in entries]
    assert [each.leaf for each in stored] == leaves
    assert len({each.event for each in stored}) == len(stored)
    assert head.root == rfc9162.mth(leaves)
    tails: dict[str, tuple[int, bytes]] = {}
    received = 0
    for each in stored:
        parsed = entry.parse(each.entry)
        seq, prev = tails.get(each.trade, (-1, None))
        assert (parsed.seq, parsed.prev) == (seq + 1, prev) == (each.seq, parsed.prev)
        assert parse_time(parsed.received) == each.received >= received
        tails[each.trade], received = (each.seq, each.leaf), each.received
    records = store.checkpoints(log_id, 0, head.size + 10)
    assert ([record.size for record in records] or [0])[-1] == head.size
    for record in records:
        assert record.root == rfc9162.mth(leaves[: record.size])
    assert [record.signed_at for record in records] == sorted(record.signed_at for record in records)
    last = last_signed.read(log_id)
    if extends:
        assert last is not None
        assert last[1] == rfc9162.mth(leaves[: last[0]])
        assert last[0] <= head.size
        for receipt in receipts:
            check_receipt(receipt)
            assert entries[receipt.index] == receipt.entry
            assert checkpoints.parse_signed(receipt.checkpoint).size <= last[0]
        assert [str(each) for each in LogCheck(store, last_signed, RECORD, sample=1).run()] == []
    return entries


def batches(names: Sequence[str], size: int) -> Iterator[list[Submission]]:
    """Submissions of these events, `size` a call."""
    for start in range(0, len(names), size):
        yield [submission(name, f"trade-{name}") for name in names[start : start + size]]
