"""A real anvil without automatic mining, a registry with open logs, and anchor workers that share one
database.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from service.anchoring.fees import FeePolicy, Fees
from service.anchoring.ports import AnchorOnChain, LogToAnchor
from service.anchoring.send_state import Timing
from service.anchoring.worker import AnchorWorker, WorkerPolicy
from service.chain.anvil import AnvilProcess, find_binary
from service.chain.backend import Node
from service.chain.finality import Finality
from service.chain.operator import Operator
from service.chain.registry import Registry
from service.chain.registry_chain import RegistryChain
from service.chain.signers import TransactionSigner
from service.core.checkpoint import LogIdentity, parse_signed
from service.core.eip712 import log_id
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine, sqlite_url
from tests.integration.chain.chaos import Chaos
from tests.integration.chain.growing_log import GrowingLog

GWEI = 10**9
FEES = FeePolicy(
    max_fee=200 * GWEI, max_priority=50 * GWEI, min_priority=GWEI, bump_percent=12, budget=10**17
)
TIMING = Timing(rebroadcast=2_000, bump=6_000)
CHAIN_ID = 740_000_123
OPENER_KEY, GAS_KEY, STRANGER_KEY = (bytes([n]) * 32 for n in (1, 2, 3))


@dataclass
class Ticking:
    """A clock that follows the host's and can be moved ahead, so that timers run out without waiting."""

    ahead: int = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead


@dataclass
class Stage:
    """What a test of the worker needs. Workers reach the node through `chaos`, everybody else directly."""

    folder: Path
    seed: int = 0
    epoch: int = 2
    clock: Ticking = field(default_factory=Ticking)

    def __post_init__(self) -> None:
        arguments = ("--port", "0", "--accounts", "0", "--chain-id", str(CHAIN_ID), "--no-mining")
        self.anvil = AnvilProcess(find_binary(), (*arguments, "--slots-in-an-epoch", str(self.epoch)))
        self.node = Node([self.anvil.url], CHAIN_ID)
        self.opener = TransactionSigner(OPENER_KEY, CHAIN_ID)
        self.gas = TransactionSigner(GAS_KEY, CHAIN_ID)
        self.stranger = TransactionSigner(STRANGER_KEY, CHAIN_ID)
        for signer in (self.opener, self.gas, self.stranger):
            self.node.call("anvil_setBalance", signer.address, hex(10**21))
        self.operator = Operator(self.node, self.opener, FEES, lambda _: self.mine())
        self.registry = Registry(self.node, self.operator.deploy().registry)
        url = sqlite_url(self.folder / "anchors.db")
        migrate(url)
        self.engine = open_engine(url)
        self.store = SqlAnchorStore(self.engine)
        self.unknown: list[bytes] = []
        self.chaos = Chaos(self.anvil.url, self.gas.address, Random(self.seed), self._on_send)
        self.logs: list[LogToAnchor] = []
        self.views: list[GrowingLog] = []

    def _on_send(self, tx: bytes) -> None:
        if not self.store.sent(tx):
            self.unknown.append(tx)

    def close(self) -> None:
        """Stop everything."""
        self.chaos.close()
        self.engine.dispose()
        self.anvil.stop()

    def open_log(self, name: str) -> GrowingLog:
        """A new log, open in the registry."""
        number = len(self.views) + 10
        view = GrowingLog(f"tallystick.test/{name}", bytes([number]) * 32, bytes([number]) * 32)
        self.operator.ensure_log(self.registry, view.origin, *view.keys(), 3600, 0)
        identity = LogIdentity(
            view.origin, log_id(self.opener.address, view.origin), CHAIN_ID, self.registry.address
        )
        view.belongs(identity)
        self.views.append(view)
        self.logs.append(LogToAnchor(identity, view))
        return view

    def chain(self, url: str | None = None) -> RegistryChain:
        """The worker's view of the chain, through the proxy unless told otherwise."""
        node = Node([url or self.chaos.url], CHAIN_ID, timeout=5)
        return RegistryChain(node, Registry(node, self.registry.address), self.gas, Finality())

    def worker(
        self,
        holder: str = "a",
        *,
        fees: FeePolicy = FEES,
        interval: int = 0,
        leads: bool = True,
    ) -> AnchorWorker:
        """A fresh worker, as after a restart."""
        policy = WorkerPolicy(interval=interval, promise=3600, slack=60, fees=fees, timing=TIMING)
        return AnchorWorker(self.chain(), self.store, self.logs, policy, self.clock, holder, leads=leads)

    def mine(self, blocks: int = 1) -> None:
        """Make blocks."""
        self.node.call("anvil_mine", hex(blocks))

    def reorganise(self, depth: int) -> None:
        """Replace the newest blocks; what was in them is gone, from the pool as well. A stranger's transfer
        in the first new block makes them other blocks (empty ones would be the same again).
        """
        before = int(self.node.call("eth_blockNumber"), 16) - depth
        nonce = int(self.node.call("eth_getTransactionCount", self.stranger.address, hex(before)), 16)
        raw, _ = self.stranger.sign(self.opener.address, b"", nonce, Fees(400 * GWEI, 90 * GWEI), 50_000)
        self.node.call("anvil_reorg", depth, [["0x" + raw.hex(), 0]])
        self.chaos.pool.clear()

    def stranger_anchors(self, log: LogToAnchor, size: int) -> bytes:
        """Somebody else sends one of our signed checkpoints, from the head of now; the transaction's hash."""
        head = self.registry.head(log.log_id)
        view = log.view
        assert isinstance(view, GrowingLog)
        noted = view.checkpoint(size)
        assert noted is not None
        signed = parse_signed(noted.note)
        proof = view.consistency(head.size, size) if head.size else []
        call = self.registry.calldata.anchor(
            signed.to_registry_args(log.log_id), signed.signature, head.size, proof
        )
        nonce = int(self.node.call("eth_getTransactionCount", self.stranger.address, "pending"), 16)
        raw, tx = self.stranger.sign(self.registry.address, call, nonce, Fees(400 * GWEI, 90 * GWEI), 300_000)
        self.node.call("eth_sendRawTransaction", "0x" + raw.hex())
        return tx

    def newest(self, log: LogToAnchor) -> AnchorOnChain | None:
        """Our record of a log's newest anchor."""
        return self.store.newest(CHAIN_ID, self.registry.address, log.log_id)

    def attempts(self) -> Sequence[Any]:
        """Every attempt ever stored, by slot."""
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT s.nonce, s.phase, a.* FROM anchor_attempts a "
                "JOIN anchor_slots s ON s.number = a.slot ORDER BY a.slot, a.number"
            )
            return rows.all()
