"""`tally monitor`: what one look says of an honest log, of a forked one, and of a site that merely fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from service.cli.main import run
from service.cli.monitor_look import Anchored, Kind, Look, Memory, Unreachable, Watched, look
from service.cli.monitor_site import MonitorRefused, read_memory, write_memory
from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.eip712 import log_id
from service.core.trust import TrustedKey, TrustedLog
from tests.reference import rfc9162

OPENER, REGISTRY = "0x" + "11" * 20, "0x" + "22" * 20
ORIGIN, NOW = "logs.example/kaka", 1_769_846_400
IDENTITY = LogIdentity(ORIGIN, log_id(OPENER, ORIGIN), 31337, REGISTRY)
SIGNER = CheckpointSigner(IDENTITY, b"\x01" * 32, b"\x02" * 32)
KEY = TrustedKey(SIGNER.vkey, SIGNER.address, 0, None)
WATCHED = Watched(TrustedLog(IDENTITY.log_id, ORIGIN, OPENER, "kaka", 31337, 3600, (KEY,)), IDENTITY)


class Published:
    """A log's site and its registry, as a test wants them. Entries are numbers; `tree` names a history."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.shown: int | None = None
        self.anchored = 0
        self.anchored_root: bytes | None = None
        self.block_time = NOW
        self.down = False
        self.signer = SIGNER
        self.at = NOW

    def grow(self, count: int, salt: str = "") -> Published:
        self.leaves += [
            sha256(b"\0" + f"{salt}{len(self.leaves) + n}".encode()).digest() for n in range(count)
        ]
        return self

    def root(self, size: int) -> bytes:
        return rfc9162.mth(self.leaves[:size])

    def checkpoint(self) -> str | None:
        if self.down:
            raise Unreachable("the site does not answer")
        size = len(self.leaves) if self.shown is None else self.shown
        return self.signer.sign(size, self.root(size), self.at, self.at + 60) if size else None

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        return rfc9162.proof(old, self.leaves[:new])

    def read(self) -> Anchored:
        root = self.root(self.anchored) if self.anchored_root is None else self.anchored_root
        return Anchored(self.anchored, root, self.block_time)

    def look(self, memory: Memory = Memory(), *, chain: bool = True) -> Look:  # noqa: B008 - immutable
        return look(WATCHED, memory, self, self if chain else None, 1000 * self.at)


def codes(found: Look) -> list[str]:
    return [each.code for each in found.findings if each.kind is not Kind.FINE]


def test_a_log_that_grows_and_is_anchored() -> None:
    log = Published()
    assert log.look().kind is Kind.FINE
    first = log.grow(5).look()
    assert (first.kind, first.memory.seen, first.memory.promised) == (
        Kind.FINE,
        log.checkpoint(),
        log.checkpoint(),
    )
    log.anchored = 3
    second = log.grow(4).look(first.memory)
    assert (second.kind, second.memory.promised) == (Kind.FINE, first.memory.seen)
    log.anchored = 9
    third = log.look(second.memory)
    assert (third.kind, third.memory.promised) == (Kind.FINE, None)


def test_another_history_is_a_contradiction_with_both_notes() -> None:
    seen = Published().grow(5).look().memory
    for size in (5, 6):
        forked = Published().grow(2).grow(size - 2, salt="other")
        found = forked.look(seen)
        assert (found.kind, codes(found)) == (Kind.CONTRADICTION, ["fork"])
        assert found.findings[0].notes == (seen.seen, forked.checkpoint())
        assert found.memory.seen == seen.seen


def test_the_registry_of_another_history() -> None:
    log = Published().grow(5)
    log.anchored, log.anchored_root = 3, bytes(32)
    assert codes(log.look()) == ["fork"]
    assert codes(log.look(chain=False)) == []


def test_a_missed_anchor() -> None:
    log = Published().grow(5)
    log.anchored = 4
    memory = log.look().memory
    log.block_time = NOW + 60
    assert codes(log.look(memory)) == []
    log.block_time = NOW + 61
    found = log.look(memory)
    assert (found.kind, codes(found)) == (Kind.CONTRADICTION, ["anchor_missed"])
    assert found.findings[-1].notes == (memory.promised,)


def test_time_does_not_run_back() -> None:
    log = Published().grow(5)
    memory = log.look().memory
    log.at -= 1
    assert codes(log.grow(1).look(memory)) == ["time_runs_back"]


@pytest.mark.parametrize("case", ["older", "gone", "unreachable", "key_not_active", "unknown_key"])
def test_what_may_pass_is_undecided(case: str) -> None:
    log = Published().grow(5)
    memory = log.look().memory
    watched = WATCHED
    if case == "older":
        log.shown = 3
    elif case == "gone":
        log.leaves = []
    elif case == "unreachable":
        log.down = True
    elif case == "key_not_active":
        watched = replace(WATCHED, log=replace(WATCHED.log, keys=(replace(KEY, retired=1000 * NOW - 1),)))
    else:
        log.signer = CheckpointSigner(IDENTITY, b"\x03" * 32, b"\x04" * 32)
    found = look(watched, memory, log, log, 1000 * NOW)
    assert (found.kind, codes(found)) == (Kind.UNDECIDED, [case])
    assert found.memory.seen == memory.seen


def test_memory_is_of_one_log(tmp_path: Path) -> None:
    path = tmp_path / "kaka.monitor.json"
    assert read_memory(path, b"\x01" * 32) == Memory()
    write_memory(path, b"\x01" * 32, Memory("a", None))
    assert read_memory(path, b"\x01" * 32) == Memory("a", None)
    with pytest.raises(MonitorRefused, match="another log"):
        read_memory(path, b"\x02" * 32)
    path.write_text("{")
    with pytest.raises(MonitorRefused):
        read_memory(path, b"\x01" * 32)


def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "trust.json")
    assert run(["monitor", "https://logs.example/logs/kaka", "--trust", missing, "--once"]) == 3
    assert "trust.json" in capsys.readouterr().err


def test_a_checkpoint_by_way_of_another_log_promises_no_anchor_of_its_own() -> None:
    """The other log's anchor is what it waits for: that this registry has none is no promise broken."""
    log = Published().grow(5)
    memory = log.look().memory
    log.anchored = 5
    size = len(log.grow(2).leaves)
    note = SIGNER.sign(size, log.root(size), NOW, NOW + 60, b"\x09" * 32)
    log.checkpoint = lambda: note  # type: ignore[method-assign]
    log.block_time = NOW + 61
    for _ in range(2):
        found = log.look(memory)
        memory = found.memory
        assert (found.kind, memory.promised) == (Kind.FINE, None)
