"""What the pages of the logs say, over fakes at the ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from service.anchoring.ports import AnchorOnChain, AnchorState
from service.api.services import OpenLog
from service.core.checkpoint import LogIdentity
from service.core.state_proof import AnchorSlot
from service.log.ports import CheckpointRecord, LogState, NotedCheckpoint
from service.web import explorer
from service.web.chain_faults import ChainFault, KeptFaults, count_call

IDENTITY = LogIdentity("a.example/kaka", b"\1" * 32, 740000001, "0x" + "22" * 20)


@dataclass
class Log:
    """A reader, a sequencer and anchors in one; checkpoints as (size, signed_at), due 60 s later."""

    signed: list[tuple[int, int]] = field(default_factory=list)
    anchored: list[tuple[int, int, int]] = field(default_factory=list)  # size, previous size, timestamp
    halted: str | None = None

    def checkpoints(self, after: int, count: int = 100) -> list[CheckpointRecord]:
        found = [each for each in self.signed if each[0] > after][:count]
        return [CheckpointRecord(size, bytes(32), at, at + 60, bytes(32), "0x") for size, at in found]

    def latest(self) -> NotedCheckpoint | None:
        found = self.checkpoints(self.signed[-1][0] - 1) if self.signed else []
        return NotedCheckpoint(found[0], "note") if found else None

    def latest_anchors(self, limit: int, below: int | None) -> list[AnchorOnChain]:
        chosen = [each for each in self.anchored if below is None or each[0] < below]
        return [
            AnchorOnChain(
                IDENTITY.log_id,
                IDENTITY.chain_id,
                IDENTITY.registry,
                size,
                bytes(32),
                AnchorSlot(at, size + 1000, prev, 0, 0),
                AnchorState.FINAL,
                True,
            )
            for size, prev, at in sorted(chosen, reverse=True)[:limit]
        ]

    def open(self) -> OpenLog:
        log = self

        class Anchors:
            def latest(
                self, chain_id: int, registry: str, log_id: bytes, limit: int, below: int | None = None
            ) -> list[AnchorOnChain]:
                assert (chain_id, registry, log_id) == (IDENTITY.chain_id, IDENTITY.registry, IDENTITY.log_id)
                return log.latest_anchors(limit, below)

        rooms = cast(Any, self)
        return OpenLog("kaka", "kaka", "live", IDENTITY, rooms, rooms, cast(Any, Anchors()), {})


def told(log: Log, state: LogState = LogState.OPEN, now: int = 1000) -> explorer.Summary:
    return explorer.summary(log.open(), state, now)


def test_what_waits_is_counted_from_the_first_that_is_not_on_chain() -> None:
    log = Log([(2, 900), (5, 910), (9, 950)], [(2, 0, 905)])
    found = told(log, now=960)
    assert found.waiting == explorer.Waiting(entries=7, since=910, due=970)
    assert (found.size, found.state) == (9, "open")


def test_nothing_waits_when_all_is_on_chain() -> None:
    assert told(Log([(2, 900)], [(2, 0, 905)])).waiting is None


@pytest.mark.parametrize(("now", "state"), [(970, "open"), (971, "late")])
def test_a_promise_that_has_passed_is_overdue(now: int, state: str) -> None:
    assert told(Log([(2, 900), (5, 910)], [(2, 0, 905)]), now=now).state == state


@pytest.mark.parametrize(
    ("log", "state", "shown"),
    [
        (Log(), LogState.OPEN, "empty"),
        (Log([(1, 1)]), LogState.SEALED, "sealed"),
        (Log([(1, 1)]), LogState.HALTED, "halted"),
        (Log([(1, 1)], halted="broken head"), LogState.OPEN, "halted"),
        (Log([(1, 1)], halted="sealed"), LogState.SEALED, "sealed"),
    ],
)
def test_states(log: Log, state: LogState, shown: str) -> None:
    assert told(log, state).state == shown


def test_an_anchor_says_how_long_the_first_of_its_entries_waited() -> None:
    log = Log([(2, 900), (5, 910), (9, 950)], [(2, 0, 905), (9, 2, 955)])
    lines, older = explorer.anchor_lines(log.open(), None)
    assert [(line.size, line.added, line.waited) for line in lines] == [(9, 7, 45), (2, 2, 5)]
    assert older is None


def test_a_chain_whose_clock_is_behind_gives_no_negative_wait() -> None:
    lines, _ = explorer.anchor_lines(Log([(2, 900)], [(2, 0, 898)]).open(), None)
    assert lines[0].waited == 0


def test_anchors_are_paged_without_gap_or_repetition() -> None:
    count = 2 * explorer.ANCHORS_A_PAGE + 1
    log = Log([(n, n) for n in range(1, count + 1)], [(n, n - 1, n + 1) for n in range(1, count + 1)])
    sizes: list[int] = []
    below: int | None = None
    for _ in range(3):
        lines, below = explorer.anchor_lines(log.open(), below)
        sizes += [line.size for line in lines]
    assert sizes == list(range(count, 0, -1))
    assert below is None


@pytest.mark.parametrize(
    ("seconds", "key", "count"),
    [
        (-3, "seconds", 0),
        (59, "seconds", 59),
        (60, "minutes", 1),
        (119, "seconds", 119),
        (150, "minutes", 2),
        (3600, "hours", 1),
        (86_400, "days", 1),
        (200_000, "days", 2),
    ],
)
def test_spans(seconds: int, key: str, count: int) -> None:
    assert explorer.span(seconds) == explorer.Span(key, count)


def test_the_node_is_asked_once_in_a_while() -> None:
    asked: list[bytes] = []
    clock = [0.0]

    def ask(log_id: bytes) -> list[ChainFault]:
        asked.append(log_id)
        return [ChainFault(3, "0xkey", 7, 5, 0, b"\5" * 32)]

    faults = KeptFaults(ask, lambda: clock[0])
    first = faults.of(b"a")
    assert first[0].document() == {
        "kind": "fork",
        "key": "0xkey",
        "reported_at": 7,
        "signed_at": 5,
        "compromised_at": None,
        "digest": "0x" + "05" * 32,
    }
    faults.of(b"a")
    faults.of(b"b")
    assert asked == [b"a", b"b"]
    clock[0] = 11.0
    faults.of(b"a")
    assert asked == [b"a", b"b", b"a"]


def test_a_node_that_failed_is_asked_again() -> None:
    answers: list[Exception | None] = [RuntimeError("down"), None]

    def ask(_: bytes) -> list[ChainFault]:
        problem = answers.pop(0)
        if problem is not None:
            raise problem
        return []

    faults = KeptFaults(ask, lambda: 0.0)
    with pytest.raises(RuntimeError):
        faults.of(b"a")
    assert faults.of(b"a") == ()


def test_the_question_for_a_node_of_ones_own() -> None:
    assert count_call(b"\7" * 32) == "0xc5e0b64f" + "07" * 32
