"""Errands and the entry handler over fakes at their ports, with the clock in the test's hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from service.access.ports import Tenant
from service.anchoring.ports import AnchorOnChain, AnchorState
from service.core.disclosure import make, new_salt
from service.core.state_proof import AnchorSlot
from service.disputes.case_ports import CaseIndex, IndexedCase
from service.disputes.ports import CaseLog
from service.log.ports import CheckpointRecord, StoredEntry
from service.profiles.giftcard.findings.model import Finding, Kind, Reference, Truth
from service.webhooks.errands import AnchorErrand, AnswerErrand, FindingErrand
from service.webhooks.ports import EventType, Message, Watched, WebhookStore
from service.webhooks.producing import EntryMessages
from tests.unit.log.whole_log import IDENTITY

LOG_ID = IDENTITY.log_id
T0 = 1_700_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR


@dataclass
class Outbox:
    """The part of a `WebhookStore` that errands use."""

    types: frozenset[str] = frozenset(EventType)
    messages: dict[str, Message] = field(default_factory=dict)
    watches: dict[str, Watched] = field(default_factory=dict)

    def wanted(self, tenant: Tenant) -> frozenset[str]:
        assert tenant == Tenant("kaka", "live")
        return self.types

    def put(self, message: Message, only: str | None = None) -> Sequence[str]:
        return [] if self.messages.setdefault(message.key, message) is not message else ["del_1"]

    def watch(self, log_id: bytes, trades: Sequence[str], at: int) -> None:
        for trade in trades:
            self.watches[trade] = Watched(log_id, trade, at, 0)

    def watched(self, until: int, limit: int) -> Sequence[Watched]:
        return [each for each in self.watches.values() if each.at <= until][:limit]

    def looked(self, watched: Watched, again: int | None) -> None:
        if again is None:
            del self.watches[watched.trade]
        else:
            self.watches[watched.trade] = replace(watched, at=again)

    @property
    def store(self) -> WebhookStore:
        return cast(WebhookStore, self)

    @property
    def data(self) -> list[dict[str, Any]]:
        return [orjson.loads(message.payload)["data"] for message in self.messages.values()]


def _log(checkpoints: Sequence[CheckpointRecord] = ()) -> CaseLog:
    def listed(after: int, count: int) -> Sequence[CheckpointRecord]:
        return [each for each in checkpoints if each.size > after][:count]

    reader = SimpleNamespace(checkpoints=listed)
    return CaseLog("kaka", "kaka", "live", IDENTITY, cast(Any, reader), cast(Any, None), cast(Any, None))


# --- anchors


@dataclass
class Chain:
    """Anchors, entries and cursors in memory."""

    listed: list[AnchorOnChain] = field(default_factory=list)
    stored: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def anchors(self, log_id: bytes, after_size: int = 0, limit: int = 100) -> Sequence[AnchorOnChain]:
        return [each for each in self.listed if each.size > after_size][:limit]

    def entries(self, log_id: bytes, first: int, count: int) -> Sequence[StoredEntry]:
        return [_entry(index) for index in range(first, first + count)]

    def cursors(self) -> Mapping[tuple[str, bytes], int]:
        return self.stored

    def advance(self, handler: str, log_id: bytes, was: int, following: int) -> bool:
        assert self.stored.get((handler, log_id), 0) == was
        self.stored[handler, log_id] = following
        return True


def _entry(index: int, type_: str = "quote", disclosures: tuple[str, ...] | None = ()) -> StoredEntry:
    return StoredEntry(
        index,
        bytes([index % 256]) * 32,
        f"e{index}",
        f"t{index}",
        0,
        type_,
        T0,
        bytes(32),
        b"{}",
        disclosures,
    )


def _anchor(prev: int, size: int, state: AnchorState = AnchorState.FINAL) -> AnchorOnChain:
    slot = AnchorSlot(T0 // 1000, 7, prev, 0, 0)
    return AnchorOnChain(
        LOG_ID, 31337, IDENTITY.registry, size, bytes([size % 256]) * 32, slot, state, True, b"\7" * 32
    )


def _checkpoint(size: int, anchor_by: int) -> CheckpointRecord:
    return CheckpointRecord(size, bytes(32), anchor_by - 3600, anchor_by, bytes(32), "0x" + "11" * 20)


def test_each_anchor_is_told_once_it_is_final_in_order() -> None:
    outbox, chain = Outbox(), Chain([_anchor(0, 3), _anchor(3, 300), _anchor(300, 301, AnchorState.INCLUDED)])
    for _ in range(2):
        AnchorErrand(outbox.store, chain, chain, chain).run(_log(), T0)
    first, second = outbox.data
    assert (first["first"], first["size"], first["events"], first["more"]) == (
        0,
        3,
        ["e0", "e1", "e2"],
        False,
    )
    assert (len(second["events"]), second["more"], second["block"]) == (100, True, 7)
    assert second["tx"] == "0x" + "07" * 32
    chain.listed[2] = _anchor(300, 301)
    AnchorErrand(outbox.store, chain, chain, chain).run(_log(), T0)
    assert [each["size"] for each in outbox.data] == [3, 300, 301]


def test_an_endpoint_made_later_does_not_hear_of_earlier_anchors() -> None:
    outbox, chain = Outbox(frozenset()), Chain([_anchor(0, 3)])
    AnchorErrand(outbox.store, chain, chain, chain).run(_log(), T0)
    outbox.types = frozenset(EventType)
    AnchorErrand(outbox.store, chain, chain, chain).run(_log(), T0)
    assert outbox.data == []


@pytest.mark.parametrize(("now", "told"), [(T0 - 1, []), (T0, []), (T0 + 1, [5])])
def test_the_first_broken_promise_is_told(now: int, told: list[int]) -> None:
    outbox, chain = Outbox(), Chain([_anchor(0, 4)])
    log = _log([_checkpoint(3, 1), _checkpoint(5, T0 // 1000), _checkpoint(6, T0 // 1000)])
    for _ in range(2):
        AnchorErrand(outbox.store, chain, chain, chain).run(log, now)
    assert [each["size"] for each in outbox.data if "anchor_by" in each] == told


# --- answers


@dataclass
class Cases:
    cases: list[IndexedCase]

    def due_between(
        self, log_id: bytes, after: int, until: int, limit: int, beyond: str | None = None
    ) -> Sequence[IndexedCase]:
        start = (after + 1, "") if beyond is None else (after, beyond)
        found = [(case.due, case.dispute, case) for case in self.cases if case.due is not None]
        return [case for due, name, case in sorted(found) if start < (due, name) and due <= until][:limit]


def _case(dispute: str, due: int | None) -> IndexedCase:
    return IndexedCase(
        LOG_ID, dispute, f"trade-{dispute}", 1, T0, "user", None, None, "open", True, due, None, None, 1
    )


def _stages(outbox: Outbox) -> list[tuple[str, str]]:
    return [(each["dispute"], each["stage"]) for each in outbox.data]


def test_an_answer_is_called_for_a_day_before_and_when_it_is_due() -> None:
    outbox, due = Outbox(), T0 + 72 * HOUR
    cases = Cases([_case("d1", due), _case("d2", None)])
    errand = AnswerErrand(outbox.store, cast(CaseIndex, cases))
    for now, expected in (
        (due - DAY - 1, []),
        (due - DAY, [("d1", "soon")]),
        (due - 1, [("d1", "soon")]),
        (due, [("d1", "soon"), ("d1", "due")]),
        (due + DAY, [("d1", "soon"), ("d1", "due")]),
    ):
        errand.run(_log(), now)
        assert _stages(outbox) == expected, now
    # A pause moves the deadline: that is another one.
    cases.cases[0] = replace(cases.cases[0], due=due + 2 * DAY)
    errand.run(_log(), due + DAY)
    assert _stages(outbox)[2:] == [("d1", "soon")]


def test_many_answers_are_all_called_for() -> None:
    outbox = Outbox()
    cases = Cases([_case(f"d{number}", T0 + HOUR + number) for number in range(450)])
    AnswerErrand(outbox.store, cast(CaseIndex, cases)).run(_log(), T0)
    assert len(outbox.messages) == 450


def test_answers_due_in_the_same_millisecond_are_all_called_for() -> None:
    outbox = Outbox()
    cases = Cases([_case(f"d{number}", T0 + HOUR) for number in range(450)])
    AnswerErrand(outbox.store, cast(CaseIndex, cases)).run(_log(), T0)
    assert len(outbox.messages) == 450


# --- findings


def _finding(code: str, truth: Truth, leaf: int = 1) -> Finding:
    reference = Reference(f"e{leaf}", bytes([leaf]) * 32)
    return Finding(
        code, truth, Kind.BREACH, "platform", "parties", 3, 1, "少付 455.00 元", "short by 455.00",
        amount=45500, currency="CNY", references=(reference,), figures={"gap": 45500},
    )  # fmt: skip


def _errand(
    outbox: Outbox, evaluate: Callable[[int], Sequence[Finding]] | None, calls: list[int] | None = None
) -> FindingErrand:
    def counted(now: int) -> Sequence[Finding]:
        assert evaluate is not None
        if calls is not None:
            calls.append(now)
        return evaluate(now)

    return FindingErrand(outbox.store, lambda log, trade: None if evaluate is None else counted, [_log()])


def test_what_is_proved_is_told_once_and_nothing_else() -> None:
    outbox = Outbox()
    findings = [_finding("payout_short", Truth.PROVED), _finding("fee_undisclosed", Truth.INSUFFICIENT)]
    for _ in range(2):
        outbox.watch(LOG_ID, ["t1"], T0)
        _errand(outbox, lambda now: findings).run(T0)
    (told,) = outbox.data
    assert (told["trade"], told["code"], told["references"][0]["event"]) == ("t1", "payout_short", "e1")
    assert outbox.watches == {}
    payload = next(iter(outbox.messages.values())).payload.decode()
    for claimed in ("455", "少付", "CNY"):
        assert claimed not in payload


def test_another_instance_of_a_rule_is_another_message() -> None:
    outbox = Outbox()
    for leaf in (1, 2):
        outbox.watch(LOG_ID, ["t1"], T0)
        found = [_finding("payout_late", Truth.PROVED, leaf)]
        _errand(outbox, lambda now, found=found: found).run(T0)  # type: ignore[misc]
    assert len(outbox.messages) == 2


def test_what_time_alone_will_prove_is_looked_at_when_it_is_proved() -> None:
    outbox, deadline, calls = Outbox(), T0 + 31 * HOUR + 12_345, list[int]()

    def evaluate(now: int) -> Sequence[Finding]:
        return [_finding("payout_missing", Truth.PROVED if now > deadline else Truth.NOT_PROVED)]

    outbox.watch(LOG_ID, ["t1"], T0)
    errand = _errand(outbox, evaluate, calls)
    errand.run(T0)
    assert outbox.data == []
    assert deadline < outbox.watches["t1"].at <= deadline + 1000
    assert len(calls) < 40
    errand.run(deadline)
    assert outbox.data == []
    errand.run(deadline + 1000)
    assert [each["code"] for each in outbox.data] == ["payout_missing"]
    assert outbox.watches == {}


def test_a_deadline_years_away_is_not_forgotten() -> None:
    outbox, deadline = Outbox(), T0 + 3 * 365 * DAY

    def evaluate(now: int) -> Sequence[Finding]:
        return [_finding("refund_due", Truth.PROVED if now > deadline else Truth.NOT_PROVED)]

    outbox.watch(LOG_ID, ["t1"], T0)
    _errand(outbox, evaluate).run(T0)
    assert deadline < outbox.watches["t1"].at <= deadline + 1000


def test_a_trade_that_cannot_be_evaluated_keeps_no_other_waiting() -> None:
    outbox = Outbox()
    for trade in ("bad", "good"):
        outbox.watch(LOG_ID, [trade], T0)

    def findings(log: CaseLog, trade: str) -> Callable[[int], Sequence[Finding]]:
        if trade == "bad":
            raise ValueError("whatever a platform found to break a rule with")
        return lambda now: [_finding("payout_short", Truth.PROVED)]

    FindingErrand(outbox.store, findings, [_log()]).run(T0)
    assert [each["trade"] for each in outbox.data] == ["good"]
    assert {trade: each.at for trade, each in outbox.watches.items()} == {"bad": T0 + HOUR}


def test_a_trade_that_is_gone_is_looked_at_no_more() -> None:
    outbox = Outbox()
    outbox.watch(LOG_ID, ["t1"], T0)
    outbox.watches["t2"] = Watched(b"\1" * 32, "t2", T0, 0)
    _errand(outbox, None).run(T0)
    assert outbox.watches == {}


# --- entries


def test_entries_make_disputes_known_and_trades_watched() -> None:
    outbox = Outbox()
    salt = new_salt(bytes(16))
    claims = (make(salt, "dispute", "d-77"), make(salt, "claim", {"code": "payout_short", "text": "少付"}))
    entries = [_entry(0), _entry(1, "dispute_opened", claims), _entry(2, "dispute_opened", None)]
    handler = EntryMessages(outbox.store, lambda: T0)
    for _ in range(2):
        handler.handle(_log(), entries)
    first, erased = outbox.data
    assert (first["dispute"], first["event"], first["leaf"]) == ("d-77", "e1", "0x" + "01" * 32)
    assert (erased["dispute"], erased["event"]) == (None, "e2")
    assert {trade: each.at - T0 for trade, each in outbox.watches.items()} == dict.fromkeys(
        ["t0", "t1", "t2"], 2000
    )
    assert b"payout_short" not in b"".join(each.payload for each in outbox.messages.values())


def test_nobody_wants_anything_and_nothing_is_done() -> None:
    outbox = Outbox(frozenset())
    EntryMessages(outbox.store, lambda: T0).handle(_log(), [_entry(1, "dispute_opened")])
    AnswerErrand(outbox.store, cast(CaseIndex, Cases([_case("d1", T0)]))).run(_log(), T0)
    assert (outbox.messages, outbox.watches) == ({}, {})
