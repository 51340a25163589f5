"""The chain room as the service opens it: registry, logs, worker; resets and roll-backs of the embedded
chain; networks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.anchoring.errors import AnchoringError, WrongChain
from service.anchoring.ports import AnchorState, LogToAnchor
from service.anchoring.runner import Anchoring
from service.bootstrap.chain import ChainRoom, LogNotOpen, clock_ms, is_embedded, open_chain
from service.bootstrap.networks import deploy
from service.chain import deployments
from service.chain.anvil import AnvilProcess, find_binary
from service.core.state_proof import parse_header
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine, sqlite_url
from service.store.keyfiles import KeyFiles
from tests.integration.chain.growing_log import GrowingLog

LOCAL = Path(__file__).parents[3] / "chain-config/local.toml"


class Folder:
    """A data folder with one log, whose chain can be opened again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys = KeyFiles(path / "keys", os.urandom, clock_ms)
        url = sqlite_url(path / "t.db")
        migrate(url)
        self.store = SqlAnchorStore(open_engine(url))
        self.view = GrowingLog("tallystick.local/logs/kaka", b"\x01" * 32, b"\x02" * 32)

    def open(self) -> ChainRoom:
        return open_chain(LOCAL, self.path, self.keys, environment={})

    def anchoring(self, room: ChainRoom) -> tuple[LogToAnchor, Anchoring]:
        identity = room.ensure_log(self.view.origin, *self.view.keys())
        self.view.belongs(identity)
        log = LogToAnchor(identity, self.view)
        return log, room.anchoring(self.store, [log], interval=0)

    def snapshots(self) -> list[Path]:
        return sorted((self.path / "chain").glob("state*.json.gz"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def check_newest(folder: Folder, room: ChainRoom, log: LogToAnchor) -> None:
    """The newest checkpoint is anchored for good, its proof on a header of this chain."""
    newest = folder.store.newest(room.chain_id, room.registry, log.log_id)
    assert newest is not None
    assert newest.size == folder.view.rows[-1].size == room.anchored_size(log.log_id)
    assert (newest.state, newest.proof_final) == (AnchorState.FINAL, True)
    assert newest.proof is not None
    block = room._node.call("eth_getBlockByNumber", hex(newest.proof_block or 0), False)
    assert block["hash"] == "0x" + parse_header(newest.proof.header).hash.hex()


def test_one_step_anchors_for_good(folder: Folder) -> None:
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        folder.view.grow(3)
        anchoring.step()
        check_newest(folder, room, log)
        assert anchoring.metrics().problem is None
        assert anchoring.deadline_risk(log.log_id) is None
        assert anchoring.signing_stop(log.log_id) is None


def test_a_restart_goes_on(folder: Folder) -> None:
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        folder.view.grow(3)
        anchoring.step()
        first = (room.chain_id, room.registry, log.log_id)
        anchoring.release()
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        assert (room.chain_id, room.registry, log.log_id) == first
        folder.view.grow(3)
        anchoring.step()
        check_newest(folder, room, log)
        assert [each.size for each in folder.store.anchors(log.log_id)] == [3, 6]


def test_a_reset_chain_gets_the_registry_at_its_old_place_and_everything_again(folder: Folder) -> None:
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        for _ in range(3):
            folder.view.grow(3)
            anchoring.step()
        first = (room.chain_id, room.registry, log.log_id)
        anchoring.release()
    for snapshot in folder.snapshots():
        snapshot.write_bytes(b"")
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        assert (room.chain_id, room.registry, log.log_id) == first
        assert room.anchored_size(log.log_id) == 0
        anchoring.step()
        check_newest(folder, room, log)
        assert [each.size for each in folder.store.anchors(log.log_id)] == [9]
        covering = folder.store.earliest_covering(log.log_id, 0)
        assert covering is not None
        assert covering.size == 9
        assert covering.state_proof is not None
        assert anchoring.metrics().orphaned == 3


def test_a_chain_rolled_back_to_its_snapshot_goes_on_from_there(folder: Folder) -> None:
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        folder.view.grow(3)
        anchoring.step()
        anchoring.release()
    kept = {path: path.read_bytes() for path in folder.snapshots()}
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        for _ in range(2):
            folder.view.grow(3)
            anchoring.step()
        anchoring.release()
    for path in folder.snapshots():
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        assert room.anchored_size(log.log_id) == 3
        for _ in range(3):
            anchoring.step()
        check_newest(folder, room, log)
        assert [each.size for each in folder.store.anchors(log.log_id)] == [3, 9]


def test_the_node_is_killed_under_the_worker(folder: Folder) -> None:
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        folder.view.grow(3)
        anchoring.step()
        folder.view.grow(3)
        assert room._chain is not None
        os.kill(room._chain.pid, 9)
        for _ in range(4):
            anchoring.step()
        check_newest(folder, room, log)
        metrics = anchoring.metrics()
        assert (metrics.resets, metrics.reachable) == (1, True)


def test_the_node_dies_and_its_snapshots_are_gone_as_well(folder: Folder) -> None:
    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        folder.view.grow(3)
        anchoring.step()
        assert room._chain is not None
        os.kill(room._chain.pid, 9)
        for snapshot in folder.snapshots():
            snapshot.write_bytes(b"")
        for _ in range(4):
            anchoring.step()
        check_newest(folder, room, log)


def test_the_worker_in_its_thread(folder: Folder) -> None:
    from tests.integration.chain.test_embedded import wait_until

    with folder.open() as room:
        log, anchoring = folder.anchoring(room)
        anchoring.start()
        folder.view.grow(3)
        anchoring.wake()
        assert wait_until(lambda: room.anchored_size(log.log_id) == 3)
        anchoring.stop()
        _, other = folder.anchoring(room)
        other.step()
        assert other.metrics().leading  # the lease was given back


# --- networks


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """A network file for an anvil that plays a real network; its members can be overridden."""
    node = AnvilProcess(find_binary(), ("--port", "0", "--accounts", "0", "--chain-id", "740000777"))
    shipped = (LOCAL.parent / "sepolia.toml").read_text("utf-8")

    def write(chain_id: int = 740_000_777, url: str = node.url) -> Path:
        path = tmp_path / "net.toml"
        text = shipped.replace("chain_id = 11155111", f"chain_id = {chain_id}")
        path.write_text(text.replace("${SEPOLIA_RPC_URL}", url), "utf-8")
        return path

    yield write
    node.stop()


def rich_keys(tmp_path: Path, config: Path) -> KeyFiles:
    """Key files whose accounts hold ether on the network."""
    from service.chain.backend import Node
    from service.chain.config import load
    from service.chain.signers import TransactionSigner

    keys = KeyFiles(tmp_path / "keys", os.urandom, clock_ms)
    chosen = load(config, {}).node
    assert chosen is not None
    node = Node(chosen.rpc, chosen.chain_id)
    for name in ("opener", "gas"):
        node.call("anvil_setBalance", TransactionSigner(keys.evm(name), 1).address, hex(10**20))
    return keys


def test_deploy_open_and_anchor_on_a_network(tmp_path: Path, network: Callable[..., Path]) -> None:
    config = network()
    keys = rich_keys(tmp_path, config)
    assert not is_embedded(config, {})
    deployment = deploy(config, keys, {})
    assert deployments.read(tmp_path / "deployments/sepolia.json") == deployment
    with pytest.raises(deployments.DeploymentError, match="exists"):
        deploy(config, keys, {})
    view = GrowingLog("tallystick.example/logs/kaka", b"\x01" * 32, b"\x02" * 32)
    with open_chain(config, tmp_path, keys, environment={}) as room:
        assert room.registry == deployment.registry
        with pytest.raises(LogNotOpen):
            room.ensure_log(view.origin, *view.keys())
        identity = room.open_log(view.origin, *view.keys())
        assert room.ensure_log(view.origin, *view.keys()) == identity
        assert room.contract.log_info(identity.log_id).challenge_deposit == 10**16


def test_a_node_of_another_chain_is_not_believed(tmp_path: Path, network: Callable[..., Path]) -> None:
    keys = rich_keys(tmp_path, network())
    deploy(network(), keys, {})
    file = tmp_path / "deployments/sepolia.json"
    file.write_text(file.read_text().replace("740000777", "740000778"))
    with pytest.raises(WrongChain, match="serves chain 740000777, not 740000778"):
        open_chain(network(chain_id=740_000_778), tmp_path, keys, environment={})


def test_other_code_at_the_registrys_place_is_refused(tmp_path: Path, network: Callable[..., Path]) -> None:
    config = network()
    keys = rich_keys(tmp_path, config)
    deployment = deploy(config, keys, {})
    with open_chain(config, tmp_path, keys, environment={}) as room:
        room._node.call("anvil_setCode", deployment.registry, "0x6001")
        with pytest.raises(WrongChain, match="has hash"):
            open_chain(config, tmp_path, keys, environment={})
        room._node.call("anvil_setCode", deployment.registry, "0x")
        with pytest.raises(AnchoringError, match="no registry"):
            open_chain(config, tmp_path, keys, environment={})


def test_a_network_that_does_not_answer_stops_nothing(tmp_path: Path, network: Callable[..., Path]) -> None:
    config = network()
    keys = rich_keys(tmp_path, config)
    deploy(config, keys, {})
    with open_chain(network(url="http://127.0.0.1:9"), tmp_path, keys, environment={}) as room:
        view = GrowingLog("tallystick.example/logs/kaka", b"\x01" * 32, b"\x02" * 32)
        assert room.ensure_log(view.origin, *view.keys()).registry == room.registry


def test_a_deployments_file_of_another_chain(tmp_path: Path, network: Callable[..., Path]) -> None:
    keys = rich_keys(tmp_path, network())
    deploy(network(), keys, {})
    with pytest.raises(deployments.DeploymentError, match="is of chain"):
        open_chain(network(chain_id=740_000_778), tmp_path, keys, environment={})
