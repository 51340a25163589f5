"""Gas of whole transactions, measured on the chain: printed by `pytest -s`, and held to the targets.

Trees are synthetic: the subtrees beside a proof's path are random hashes, so any size costs the same to make.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest

from service.core import eip712
from tests.contracts.frontier import synthetic_extension
from tests.contracts.signed_log import (
    DAY,
    DEPOSIT,
    ED25519_KEY,
    FIRST_KEY,
    HOUR,
    SignedLog,
    address_of,
    at_time,
    pass_time,
)

SAMPLES = 100
EVENTS_AN_ANCHOR = 10_000


class Bench:
    """Anchors synthetic trees by bare RPC: ape takes 0.1 s a transaction."""

    def __init__(self, registry, owner, chain) -> None:
        self.registry, self.owner, self.chain = registry, owner, chain
        self.request = chain.provider.make_request
        self.opened = 0

    def send(self, data: bytes) -> int:
        """Send and return the gas used."""
        transaction = {
            "from": self.owner.address,
            "to": self.registry.address,
            "data": "0x" + data.hex(),
            "gas": hex(3_000_000),
        }
        digest = self.request("eth_sendTransaction", [transaction])
        give_up = time.monotonic() + 10
        while (receipt := self.request("eth_getTransactionReceipt", [digest])) is None:
            assert time.monotonic() < give_up, f"{digest} is not mined"
            time.sleep(0.001)
        assert receipt["status"] == "0x1"
        return int(receipt["gasUsed"], 16)

    def open(self) -> SignedLog:
        """Open one more log."""
        self.opened += 1
        origin = f"gas-{self.opened}"
        key = address_of(FIRST_KEY)
        self.send(self.registry.openLog.encode_input(origin, key, ED25519_KEY, HOUR, DEPOSIT))
        log_id = eip712.log_id(self.owner.address.lower(), origin)
        return SignedLog(self.registry, self.owner, self.chain, log_id, FIRST_KEY)

    def anchor(self, log: SignedLog, size: int, root: bytes, old: int, proof: list[bytes]) -> int:
        """Anchor and return the gas used."""
        now = int(self.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
        c = log.checkpoint(size, root=root, signedAt=now)
        return self.send(self.registry.anchor.encode_input(c, log.sign(c), old, proof))

    def extend(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """Anchor each second size after the first, in a log of its own; return (gas, old, new), ascending."""
        results = []
        for seed, (old, new) in enumerate(pairs):
            log = self.open()
            trees = synthetic_extension(old, new, seed)
            self.anchor(log, old, trees.old_root, 0, [])
            results.append((self.anchor(log, new, trees.new_root, old, trees.proof), old, new))
        return sorted(results)


@pytest.fixture
def bench(registry, owner, chain) -> Bench:
    """Anchors by RPC."""
    return Bench(registry, owner, chain)


def pairs_below(top: int, seed: int) -> list[tuple[int, int]]:
    """Random new sizes in the upper half below `top`, random old sizes in the upper half below those."""
    draw = random.Random(seed)
    old = [draw.randint(top // 2, top - 2) for _ in range(SAMPLES)]
    return [(m, draw.randint(m + 1, top)) for m in old]


@pytest.mark.parametrize(("power", "limit"), [(10, 92_000), (20, 92_000), (30, 101_000)])
def test_anchor(bench, power, limit, capsys):
    results = bench.extend(pairs_below(2**power, power))
    worst = results[-1]
    with capsys.disabled():
        mean = sum(gas for gas, _, _ in results) / len(results)
        print(
            f"\nanchor at 2^{power}: worst of {SAMPLES} {worst[0]:,}, mean {mean:,.0f}, best {results[0][0]:,} gas"
        )
    assert worst[0] <= limit, worst


@pytest.mark.parametrize(("power", "limit"), [(20, 92_000), (30, 101_300)])
def test_the_worst_pair_there_is(bench, power, limit, capsys):
    """From 2^n - 1 to 2^n every hash of the longest proof joins both trees."""
    ((gas, _, _),) = bench.extend([(2**power - 1, 2**power)])
    with capsys.disabled():
        print(f"\nanchor from 2^{power} - 1 to 2^{power}: {gas:,} gas")
    assert gas <= limit


def test_gas_an_event(bench, capsys):
    """10,000 events an anchor, near 2^20 events."""
    draw = random.Random(5)
    sizes = [draw.randint(2**19, 2**20) for _ in range(SAMPLES)]
    results = bench.extend((m, m + EVENTS_AN_ANCHOR) for m in sizes)
    with capsys.disabled():
        print(
            f"\nan event, {EVENTS_AN_ANCHOR:,} an anchor: worst {results[-1][0] / EVENTS_AN_ANCHOR:.2f} gas"
        )
    assert results[-1][0] / EVENTS_AN_ANCHOR <= 9.5


def test_other_calls(registry, artifact, owner, stranger, chain, capsys):
    """Printed for the documentation; a limit only against accidents."""
    log = SignedLog.open(registry, owner, chain, "calls")
    log.grow(1000)
    fork = log.forked(600, 1000)
    first = log.anchor(900)
    used: dict[str, int] = {}
    challenged = log.checkpoint(700)
    receipt = registry.challenge(challenged, log.sign(challenged), sender=stranger, value=DEPOSIT)
    used["challenge"] = receipt.gas_used
    proof = log.consistency(700, 900)
    used["answer"] = registry.answer(challenged, 900, first.root, proof, sender=owner).gas_used
    silent = fork.checkpoint(800)
    registry.challenge(silent, log.sign(silent), sender=stranger, value=DEPOSIT)
    a, b = log.signed(950), fork.signed(990)
    used["reportFork"] = registry.reportFork(
        *a, *b, fork.root(950), fork.consistency(950, 990), sender=stranger
    ).gas_used
    used["reportLeafConflict"] = registry.reportLeafConflict(
        *a, log.path(700, 950), *b, fork.path(700, 990), sender=stranger
    ).gas_used
    at_time(chain, a[0].anchorBy + 1)
    used["reportMissedAnchor"] = registry.reportMissedAnchor(*a, sender=stranger).gas_used
    covering = log.anchor(960)
    used["reportLateAnchor"] = registry.reportLateAnchor(*a, 960, covering.root, sender=stranger).gas_used
    pass_time(chain, 3 * DAY)
    used["reportUnanswered"] = registry.reportUnanswered(silent, sender=stranger).gas_used
    used["openLog"] = registry.openLog(
        "one-more", log.address, bytes(32), 3600, DEPOSIT, sender=owner
    ).gas_used
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {gas:,}" for name, gas in used.items()))
        print(f"runtime code {len(str(artifact['runtime_bytecode'])) // 2 - 1:,} of 24,576 bytes")
    assert max(used.values()) < 300_000
