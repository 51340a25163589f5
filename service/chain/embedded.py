"""The embedded chain: a local anvil that keeps a data folder's own chain across restarts.

`folder/chain.json` fixes the chain id (random a folder, so receipts of two folders never seem to be of one
chain) and the port to try first. The chain itself lives in snapshots (`snapshots.py`), written after every
settled round of anchors: a crash loses what came after, and the worker anchors that again. A folder is used
by one process at a time (flock).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

from service.anchoring.errors import NodeUnreachable
from service.chain.anvil import AnvilProcess, EmbeddedChainBusy, EmbeddedChainFailed, find_binary
from service.chain.backend import Node, data, quantity
from service.chain.snapshots import Snapshots, write_durably

CHAIN_IDS = range(740_000_000, 750_000_000)
"""No public chain has an id in this range."""
_FUNDS = 10**24
_POOR = 10**22
# Only the newest state is needed; every block stays, for those who ask whether a header is on the chain.
_ARGUMENTS = (
    "--accounts",
    "0",
    "--slots-in-an-epoch",
    "1",
    "--prune-history",
    "32",
    "--no-cors",
    "--no-request-size-limit",
)


class EmbeddedChain:
    """A running embedded chain. `reset`: it began anew though the folder had one before (its snapshots were
    unusable).
    """

    def __init__(self, folder: Path, random: Callable[[int], bytes], *, binary: str | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._snapshots = Snapshots(folder)
        self._binary = find_binary(binary)
        self._lock = _lock(folder)
        try:
            self.chain_id, port = self._identity(random)
            self._process, self.reset = self._start(port)
        except BaseException:
            os.close(self._lock)
            raise
        self._remember(self.chain_id, self._port())
        self.node = Node([self._process.url], self.chain_id)

    @property
    def url(self) -> str:
        """Where JSON-RPC is served."""
        return self._process.url

    @property
    def pid(self) -> int:
        """The node's process id."""
        return self._process.pid

    def fund(self, address: str) -> None:
        """Give an account plenty of ether when it has little."""
        if quantity(self.node.call("eth_getBalance", address, "latest")) < _POOR:
            self.node.call("anvil_setBalance", address, hex(_FUNDS))

    def mine(self, blocks: int) -> None:
        """Make empty blocks at once."""
        self.node.call("anvil_mine", hex(blocks))

    def keep(self) -> None:
        """Write a snapshot, durably."""
        self._snapshots.write(data(self.node.call("anvil_dumpState")))

    def running(self) -> bool:
        """Whether the node's process lives."""
        return self._process.running()

    def revive(self) -> bool:
        """Start the node again, from its newest snapshot, if its process is gone; whether it was."""
        if self._process.running():
            return False
        self._process.stop()
        self._process, _ = self._start(self._port())
        self._remember(self.chain_id, self._port())
        self.node.move(self._process.url)
        return True

    def close(self, *, keep: bool = True) -> None:
        """Stop the node, after a last snapshot unless told otherwise or impossible."""
        try:
            if keep and self._process.running():
                self.keep()
        except NodeUnreachable:
            pass  # it does not answer any more: the last snapshot on disk has to do
        finally:
            self._process.stop()
            os.close(self._lock)

    def _identity(self, random: Callable[[int], bytes]) -> tuple[int, int]:
        path = self._folder / "chain.json"
        if not path.exists():
            chain_id = CHAIN_IDS[int.from_bytes(random(8), "big") % len(CHAIN_IDS)]
            self._remember(chain_id, 0)
            return chain_id, 0
        return _read(path)

    def _remember(self, chain_id: int, port: int) -> None:
        content = json.dumps({"chain_id": chain_id, "port": port}).encode()
        path = self._folder / "chain.json"
        if not path.exists() or path.read_bytes() != content:
            write_durably(path, content)

    def _port(self) -> int:
        return int(self._process.url.rsplit(":", 1)[1])

    def _start(self, port: int) -> tuple[AnvilProcess, bool]:
        loading = self._folder / "loading.json"
        for state in self._snapshots.candidates():
            loading.write_bytes(state)
            try:
                return self._on_some_port(port, "--load-state", str(loading)), False
            except EmbeddedChainFailed:
                continue  # a snapshot that anvil refuses is as good as a torn one
            finally:
                loading.unlink(missing_ok=True)
        return self._on_some_port(port), self._snapshots.exist()

    def _on_some_port(self, port: int, *arguments: str) -> AnvilProcess:
        cache = str(self._folder / "cache")
        fixed = (*_ARGUMENTS, "--chain-id", str(self.chain_id), "--cache-path", cache, *arguments)
        if port:
            try:
                return AnvilProcess(self._binary, ("--port", str(port), *fixed))
            except EmbeddedChainFailed:
                pass  # taken by somebody else
        return AnvilProcess(self._binary, ("--port", "0", *fixed))


def running_elsewhere(folder: Path) -> Node:
    """The node of an embedded chain that another process runs in this folder."""
    if not (folder / "chain.json").exists():
        raise EmbeddedChainFailed(
            f"no service has run the embedded chain in {folder} yet: start the one with the worker first"
        )
    chain_id, port = _read(folder / "chain.json")
    return Node([f"http://127.0.0.1:{port}"], chain_id)


def _read(path: Path) -> tuple[int, int]:
    try:
        value = json.loads(path.read_bytes())
        chain_id, port = value["chain_id"], value["port"]
    except (OSError, ValueError, KeyError, TypeError):
        raise EmbeddedChainFailed(
            f"{path} is not readable; it names the chain that every receipt refers to"
        ) from None
    if (
        type(chain_id) is not int
        or chain_id not in CHAIN_IDS
        or type(port) is not int
        or not 0 <= port < 65536
    ):
        raise EmbeddedChainFailed(f"{path} does not name an embedded chain's id and a port")
    return chain_id, port


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise EmbeddedChainBusy(f"another process runs the embedded chain in {folder}") from None
    return descriptor
