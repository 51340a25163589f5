"""The chain and its registry, wired: the embedded chain with everything on it, or a network file's nodes.

with open_chain(settings.chain, settings.data, keys) as room:
    identity = room.ensure_log(origin, address, ed25519_public)
    anchoring = room.anchoring(SqlAnchorStore(engine), [LogToAnchor(identity, reader)])
    anchoring.start() … anchoring.stop()
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from service.anchoring.errors import AnchoringError, NodeUnreachable
from service.anchoring.ports import AnchorStore, LogToAnchor
from service.anchoring.runner import Anchoring
from service.anchoring.worker import AnchorWorker, WorkerPolicy
from service.chain import deployments
from service.chain.artifact import load as load_artifact
from service.chain.backend import Node
from service.chain.config import ChainConfig, load
from service.chain.embedded import EmbeddedChain, running_elsewhere
from service.chain.operator import Operator, created_address
from service.chain.registry import Registry
from service.chain.registry_chain import RegistryChain
from service.chain.signers import TransactionSigner
from service.core.checkpoint import LogIdentity
from service.core.eip712 import log_id
from service.core.hexs import to_hex
from service.store.keyfiles import KeyFiles

GAS_KEY, OPENER_KEY = "gas", "opener"
_ANCHOR_GAS = 100_000
"""Gas of an anchor of a large log, rounded up."""
_KEEP_SHARE = 10
"""A snapshot that took t is not written again for this many t: the work stays a small share however long the
chain; anchors wait that long to become final.
"""


class LogNotOpen(AnchoringError):
    """The registry does not know the log, or not its key. `tally log open` sends what is missing."""


@dataclass(frozen=True, slots=True)
class OpenedLog:
    """What the registry was told about a log: needed again if the embedded chain has to begin anew."""

    origin: str
    address: str
    ed25519: bytes


def clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def is_embedded(config: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a network file means the data folder's own chain. Errors: ChainConfigError."""
    return load(config, environment).embedded


def open_chain(
    config: Path,
    data: Path,
    keys: KeyFiles,
    *,
    start_node: bool = True,
    environment: Mapping[str, str] = os.environ,
) -> ChainRoom:
    """Read the network file, start the embedded node if it means one, find or deploy the registry.

    `start_node` False: another process of this machine runs the embedded node. A real network whose nodes do
    not answer is no error: events are taken without it. Errors: ChainConfigError, AnchoringError,
    KeyFileError.
    """
    loaded = load(config, environment)
    if loaded.node is not None:
        return _on_network(loaded, keys)
    folder = data / "chain"
    if not start_node:
        return ChainRoom(loaded, keys, running_elsewhere(folder), _embedded_registry(keys), None)
    embedded = EmbeddedChain(folder, os.urandom, binary=environment.get("TALLY_ANVIL"))
    try:
        room = ChainRoom(loaded, keys, embedded.node, _embedded_registry(keys), embedded)
        room.restore()
    except BaseException:
        embedded.close(keep=False)
        raise
    return room


def _embedded_registry(keys: KeyFiles) -> str:
    # The opener's first transaction, always: a chain that begins anew has the registry, and so every log, at
    # its old place.
    opener = TransactionSigner(keys.evm(OPENER_KEY), 1).address
    return created_address(opener, 0)


def _on_network(config: ChainConfig, keys: KeyFiles) -> ChainRoom:
    assert config.node is not None
    deployment = deployments.read(config.node.deployment)
    if deployment.chain_id != config.node.chain_id:
        raise deployments.DeploymentError(f"{config.node.deployment} is of chain {deployment.chain_id}")
    if deployment.code_hash != load_artifact().runtime_code_hash:
        raise deployments.DeploymentError(
            f"{config.node.deployment} names other code than this version's registry"
        )
    node = Node(config.node.rpc, config.node.chain_id, timeout=config.node.timeout)
    room = ChainRoom(config, keys, node, deployment.registry, None)
    room.check_registry()
    return room


class ChainRoom:
    """One process's view of the chain. `embedded` says whose it is; `rpc_url` may carry a secret on a real
    network.
    """

    def __init__(
        self, config: ChainConfig, keys: KeyFiles, node: Node, registry: str, chain: EmbeddedChain | None
    ) -> None:
        self.config = config
        self.embedded = config.embedded
        self.chain_id = node.chain_id
        self.registry = registry
        self.code_hash = load_artifact().runtime_code_hash
        self.promise = config.anchoring.promise
        self.max_delay = config.anchoring.max_delay
        self._node = node
        self._chain = chain
        self._contract = Registry(node, registry)
        self._gas = TransactionSigner(keys.evm(GAS_KEY), node.chain_id)
        self._opener = TransactionSigner(keys.evm(OPENER_KEY), node.chain_id)
        self._operator = Operator(node, self._opener, config.fees, time.sleep)
        self._opened: dict[tuple[str, str], OpenedLog] = {}
        self._also_open: Callable[[], Iterable[OpenedLog]] = tuple
        self._kept, self._keep_pause = 0.0, 0.0

    def __enter__(self) -> ChainRoom:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def rpc_url(self) -> str:
        """Where the node serves."""
        return self._node.url

    @property
    def opener(self) -> str:
        """The account that opens and owns the logs."""
        return self._operator.address

    @property
    def gas_address(self) -> str:
        """The account that pays for anchors; it needs ether."""
        return self._gas.address

    def identity(self, origin: str) -> LogIdentity:
        """The identity of the log that our opener opens under this origin. No I/O."""
        return LogIdentity(origin, log_id(self.opener, origin), self.chain_id, self.registry)

    def check_registry(self) -> None:
        """Check the registry's code, if a node answers. Raises `WrongChain`."""
        try:
            found = self._contract.has_code()
        except NodeUnreachable:
            return
        if not found:
            raise AnchoringError(f"there is no registry at {self.registry} on chain {self.chain_id}")

    def ensure_log(self, origin: str, address: str, ed25519: bytes) -> LogIdentity:
        """The log's identity, once it is open with this checkpoint key. The embedded chain opens it; on a
        real network nothing is sent, and `LogNotOpen` says what to do. A network that does not answer is
        believed.
        """
        identity = self.identity(origin)
        if self.embedded and self._chain is not None:
            opened = self._opened[origin, address] = OpenedLog(origin, address, ed25519)
            self._open(opened)
        else:
            try:
                known = self._contract.key_info(identity.log_id, address).added_at != 0
            except NodeUnreachable:
                known = True
            if not known:
                raise LogNotOpen(
                    f"{origin} with key {address} is not open in the registry {self.registry}: "
                    "run tally log open"
                )
        return identity

    def keep_open(self, logs: Callable[[], Iterable[OpenedLog]]) -> None:
        """What an embedded chain that begins anew is told besides the logs opened at the start: keys that
        were added since.
        """
        self._also_open = logs

    def check_signer(self, log: bytes, address: str) -> None:
        """Raise `LogNotOpen` when the registry has retired the key that is to sign: its promises could not be
        kept. A network that does not answer is believed.
        """
        try:
            retired = self._contract.key_info(log, address).retired_at
        except NodeUnreachable:
            return
        if retired:
            raise LogNotOpen(
                f"the registry has retired the key {address} that is to sign: the newest key file is missing"
                "; restore it from the backup of the keys"
            )

    def open_log(self, origin: str, address: str, ed25519: bytes) -> LogIdentity:
        """Open the log in the registry, or add the key: sends what is missing, from the opener's account."""
        self._open(OpenedLog(origin, address, ed25519))
        return self.identity(origin)

    def retire_key(self, log: bytes, key: str) -> int:
        """Retire a checkpoint key in the registry, if it is not; when it was (Unix seconds). The caller has
        seen to it that everything it signed is anchored, or signed again by another key.
        """
        self._operator.retire_key(self._contract, log, key)
        return self._contract.key_info(log, key).retired_at

    def declare_compromised(self, log: bytes, key: str) -> int:
        """Declare a checkpoint key compromised, if it is not; when it was (Unix seconds)."""
        self._operator.declare_compromised(self._contract, log, key)
        return self._contract.key_info(log, key).compromised_at

    def seal_log(self, log: bytes, successor: bytes | None = None) -> None:
        """Seal a log in the registry, naming the log that goes on in its stead if there is one. The caller
        has seen to it that everything signed is anchored.
        """
        self._operator.seal(self._contract, log, bytes(32) if successor is None else successor)

    def anchored_size(self, log: bytes) -> int:
        """Size of the registry's head of a log."""
        return self._contract.head(log).size

    @property
    def contract(self) -> Registry:
        """The registry."""
        return self._contract

    def figures(self) -> dict[str, object]:
        """The newest and the final block, whether the registry is there, what the accounts hold (wei)."""
        gas = RegistryChain(self._node, self._contract, self._gas, self.config.finality)
        opener = RegistryChain(self._node, self._contract, self._opener, self.config.finality)
        newest = gas.newest()
        return {
            "block": newest.number,
            "block_time": newest.timestamp,
            "final_block": gas.final(),
            "base_fee": newest.base_fee,
            "registry_code": self._contract.has_code(),
            "gas_balance": gas.balance(),
            "anchors_left": gas.balance() // (_ANCHOR_GAS * max(1, newest.base_fee + gas.priority_fee())),
            "opener_balance": opener.balance(),
        }

    def gas_price(self) -> int:
        """What gas costs now without a tip: the newest block's base fee (wei). Raises `NodeUnreachable`."""
        return RegistryChain(self._node, self._contract, self._gas, self.config.finality).newest().base_fee

    def anchoring(
        self,
        store: AnchorStore,
        logs: Sequence[LogToAnchor],
        *,
        leads: bool = True,
        interval: int | None = None,
    ) -> Anchoring:
        """The anchor worker for these logs, not started yet. `leads` False: it watches, another process
        sends. `interval` (ms) overrides the network file's.
        """
        chosen = self.config.anchoring
        worker = AnchorWorker(
            RegistryChain(self._node, self._contract, self._gas, self.config.finality),
            store,
            logs,
            WorkerPolicy(
                interval=1000 * chosen.interval if interval is None else interval,
                promise=chosen.promise,
                slack=max(2 * chosen.expected, min(60, chosen.promise // 10)),
                fees=self.config.fees,
                timing=self.config.timing,
            ),
            clock_ms,
            f"{os.uname().nodename[:20]}:{os.getpid()}:{to_hex(os.urandom(6))}",
            settler=self if self._chain is not None else None,
            leads=leads,
        )
        return Anchoring(worker, chosen.poll / 1000, clock_ms)

    def settle(self) -> None:
        """Two empty blocks make everything before them final, and the chain is written to disk; unless that
        was just now. Final and on disk go together: what was called final must survive a crash.
        """
        if self._chain is None:
            return
        began = time.monotonic()
        if began - self._kept < self._keep_pause:
            return
        self._chain.mine(2)
        self._chain.keep()
        self._kept = time.monotonic()
        self._keep_pause = _KEEP_SHARE * (self._kept - began)

    def restore(self) -> bool:
        """Start the embedded node if it died, fund our accounts, deploy the registry and open the logs if
        they are gone.
        """
        if self._chain is None:
            return False
        changed = self._chain.revive()
        self._chain.fund(self.opener)
        self._chain.fund(self.gas_address)
        if not self._contract.has_code():
            deployment = self._operator.deploy()
            if deployment.registry != self.registry:
                raise AnchoringError(
                    f"the registry was deployed to {deployment.registry} instead of {self.registry}: "
                    "somebody else used the opener's account on the embedded chain"
                )
            changed = True
        for opened in [*self._opened.values(), *self._also_open()]:
            changed = self._open(opened) or changed
        return changed

    def _open(self, opened: OpenedLog) -> bool:
        return self._operator.ensure_log(
            self._contract,
            opened.origin,
            opened.address,
            opened.ed25519,
            self.max_delay,
            self.config.anchoring.challenge_deposit,
        )

    def close(self) -> None:
        """Stop the embedded node, after a last snapshot. Nothing happens on a real network."""
        if self._chain is not None:
            self._chain.close()
