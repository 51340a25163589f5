"""Everything at once: bad nodes, reorganisations, crashes, two workers, strangers. Seeded; a failing seed can
be replayed.

Whatever happened, once the faults stop every checkpoint is anchored and final, no transaction was ever sent
that was not stored before, no attempt broke the caps, no nonce was paid twice, and the record equals the
chain.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby, pairwise
from pathlib import Path
from random import Random

import pytest

from service.anchoring.ports import AnchorState
from service.anchoring.worker import AnchorWorker
from service.chain.backend import RpcError
from service.core.state_proof import parse_header
from tests.integration.chain.chaos import Faults
from tests.integration.chain.harness import FEES, TIMING, Stage

FULL = bool(os.environ.get("TALLY_TEST_FULL"))
SEEDS = range(40 if FULL else 2)
ROUNDS = 120 if FULL else 40


class Storm:
    """A stage with three logs and two workers that take turns, sleep and die."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.random = Random(seed)
        for name in ("kaka", "xianka", "bendi"):
            stage.open_log(name)
        stage.mine(2 * stage.epoch + 1)  # the registry and the logs are final: no reorganisation reaches them
        self.workers = {name: self.fresh(name) for name in "ab"}

    def fresh(self, name: str) -> AnchorWorker:
        """A worker that remembers nothing."""
        return self.stage.worker(f"{name}{self.random.random()}")

    def round(self) -> None:
        """One thing happens, then a worker takes a step."""
        events: list[Callable[[], None]] = [
            self.grow,
            self.grow,
            self.grow,
            self.mine,
            self.mine,
            self.mine,
            self.wait,
            self.wait,
            self.evict,
            self.reorganise,
            self.crash,
            self.stranger,
        ]
        self.random.choice(events)()
        self.step(self.random.choice("ab"))

    def step(self, name: str) -> None:
        """A step never raises."""
        self.workers[name].step()

    def grow(self) -> None:
        self.random.choice(self.stage.views).grow(self.random.randint(1, 9))

    def mine(self) -> None:
        self.stage.mine(self.random.randint(1, 3))

    def wait(self) -> None:
        self.stage.clock.ahead += self.random.choice([500, TIMING.rebroadcast, TIMING.bump, 31_000])

    def evict(self) -> None:
        self.stage.chaos.evict()

    def reorganise(self) -> None:
        self.stage.reorganise(self.random.randint(1, 2 * self.stage.epoch - 1))

    def crash(self) -> None:
        name = self.random.choice("ab")
        self.workers[name] = self.fresh(name)

    def stranger(self) -> None:
        log = self.random.choice(self.stage.logs)
        head = self.stage.registry.head(log.log_id)
        rows = log.view.checkpoints(head.size)
        if rows:
            with suppress(
                RpcError
            ):  # anvil counts a stranger's own waiting transactions wrongly after a reorganisation
                self.stage.stranger_anchors(log, self.random.choice(rows).size)

    def calm(self) -> None:
        """Until nothing is left to do."""
        self.stage.chaos.faults = None
        for _ in range(40):
            self.stage.clock.ahead += TIMING.bump
            for name in "ab":
                self.step(name)
            self.stage.mine(2)
            if all(self.settled(n) for n in range(3)):
                return

    def settled(self, n: int) -> bool:
        """Whether a log's newest checkpoint is a final anchor with a proof."""
        rows = self.stage.views[n].rows
        newest = self.stage.newest(self.stage.logs[n])
        return not rows or (newest is not None and newest.size == rows[-1].size and newest.proof_final)


@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_storm_everything_is_anchored(tmp_path: Path, seed: int) -> None:
    stage = Stage(tmp_path, seed)
    try:
        storm = Storm(stage, seed)
        stage.chaos.faults = Faults(scale=storm.random.choice([0.1, 0.3, 1.0]))
        for _ in range(ROUNDS):
            storm.round()
        storm.calm()
        assert [storm.settled(n) for n in range(3)] == [True] * 3, storm.workers["a"].tally.snapshot()
        assert stage.unknown == []
        check_attempts(stage)
        check_record(stage)
    finally:
        stage.close()


def check_attempts(stage: Stage) -> None:
    """Caps, bumps, and one payment a nonce."""
    attempts = stage.attempts()
    assert attempts
    for attempt in attempts:
        assert attempt.max_fee <= FEES.max_fee
        assert attempt.max_priority <= FEES.max_priority
        assert attempt.max_fee * attempt.gas_limit <= FEES.budget
    for _, group in groupby(attempts, key=lambda each: each.slot):
        fees = [(each.max_fee, each.max_priority) for each in group]
        for old, new in pairwise(fees):
            assert all(after * 100 >= before * 110 for before, after in zip(old, new, strict=True))
    done = [each.nonce for each in attempts if each.phase == "done"]
    nonce = int(stage.node.call("eth_getTransactionCount", stage.gas.address, "latest"), 16)
    assert set(done) <= set(range(nonce))
    assert stage.store.open_slots(stage.node.chain_id, stage.gas.address) == []


def check_record(stage: Stage) -> None:
    """What we serve is what the chain says, back to the first anchor."""
    chain = stage.chain(stage.anvil.url)
    for log in stage.logs:
        size = chain.head(log.log_id).size
        anchors = {each.size: each for each in stage.store.anchors(log.log_id, limit=1000)}
        found = []
        while size:
            record = anchors[size]
            slot = chain.anchored_at(log.log_id, size, record.root)
            assert slot == record.slot
            assert (record.state, record.proof_final) == (AnchorState.FINAL, True)
            assert record.proof is not None
            block = chain.block(record.proof_block or 0)
            assert block is not None
            assert parse_header(record.proof.header).hash == block.hash
            found.append(size)
            size = slot.prev_size
        assert sorted(found) == sorted(anchors)
