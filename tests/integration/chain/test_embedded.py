"""The embedded chain: resumes, survives torn snapshots and kills, dies with its parent, is used by one
process only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.anchoring.errors import NodeUnreachable
from service.chain.anvil import EmbeddedChainBusy, EmbeddedChainFailed, find_binary
from service.chain.embedded import CHAIN_IDS, EmbeddedChain, running_elsewhere

ACCOUNT = "0x" + "ab" * 20


def balance(chain: EmbeddedChain) -> int:
    return int(chain.node.call("eth_getBalance", ACCOUNT, "latest"), 16)


def newest(chain: EmbeddedChain) -> tuple[int, int]:
    """Number and time of the newest block."""
    block = chain.node.call("eth_getBlockByNumber", "latest", False)
    return int(block["number"], 16), int(block["timestamp"], 16)


def wait_until(met: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if met():
            return True
        time.sleep(0.02)
    return met()


def alive(pid: int) -> bool:
    """Whether a process lives and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_folder_keeps_its_chain(tmp_path: Path) -> None:
    first = EmbeddedChain(tmp_path, os.urandom)
    chain_id = first.chain_id
    first.fund(ACCOUNT)
    first.mine(3)
    first.close()
    again = EmbeddedChain(tmp_path, os.urandom)
    try:
        assert (again.chain_id, again.reset) == (chain_id, False)
        assert int(again.node.call("eth_chainId"), 16) == chain_id
        assert newest(again)[0] == 3
        assert balance(again) > 0
    finally:
        again.close()


def test_chain_ids_are_drawn_from_a_range_of_their_own(tmp_path: Path) -> None:
    for number, random in enumerate((lambda n: bytes(n), lambda n: b"\xff" * n)):
        chain = EmbeddedChain(tmp_path / str(number), random)
        chain.close(keep=False)
        assert chain.chain_id in CHAIN_IDS


def test_block_times_follow_the_host_after_a_restart(tmp_path: Path) -> None:
    chain = EmbeddedChain(tmp_path, os.urandom)
    chain.mine(20)
    chain.close()
    time.sleep(2)
    again = EmbeddedChain(tmp_path, os.urandom)
    try:
        again.mine(1)
        assert abs(newest(again)[1] - time.time()) < 2
    finally:
        again.close()


def test_it_listens_on_the_loopback_interface_only(tmp_path: Path) -> None:
    chain = EmbeddedChain(tmp_path, os.urandom)
    try:
        port = int(chain.url.rsplit(":", 1)[1])
        tables = "".join(Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6"))
        listening = [
            line.split()[1]
            for line in tables.splitlines()
            if f":{port:04X} " in line and line.split()[3:4] == ["0A"]
        ]
        assert listening == [f"0100007F:{port:04X}"]
    finally:
        chain.close(keep=False)


def test_a_folder_is_used_by_one_process(tmp_path: Path) -> None:
    chain = EmbeddedChain(tmp_path, os.urandom)
    try:
        with pytest.raises(EmbeddedChainBusy):
            EmbeddedChain(tmp_path, os.urandom)
        other = running_elsewhere(tmp_path)
        assert int(other.call("eth_chainId"), 16) == chain.chain_id
    finally:
        chain.close(keep=False)


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b\x08\x00"])
def test_a_torn_snapshot_gives_way_to_the_one_before(tmp_path: Path, damage: bytes) -> None:
    chain = EmbeddedChain(tmp_path, os.urandom)
    chain.mine(1)
    chain.keep()
    chain.mine(1)
    chain.keep()
    chain.close(keep=False)
    (tmp_path / "state.json.gz").write_bytes(damage)
    again = EmbeddedChain(tmp_path, os.urandom)
    try:
        assert (newest(again)[0], again.reset) == (1, False)
    finally:
        again.close()


def test_a_snapshot_that_anvil_refuses_gives_way_as_well(tmp_path: Path) -> None:
    import gzip

    chain = EmbeddedChain(tmp_path, os.urandom)
    chain.mine(1)
    chain.keep()
    chain.mine(1)
    chain.keep()
    chain.close(keep=False)
    (tmp_path / "state.json.gz").write_bytes(gzip.compress(b'{"accounts": 1, "block": "x"}'))
    again = EmbeddedChain(tmp_path, os.urandom)
    try:
        assert newest(again)[0] == 1
    finally:
        again.close()


def test_without_any_usable_snapshot_the_same_chain_begins_anew(tmp_path: Path) -> None:
    chain = EmbeddedChain(tmp_path, os.urandom)
    chain.mine(1)
    chain.keep()
    chain.keep()
    chain.close(keep=False)
    for name in ("state.json.gz", "state.previous.json.gz"):
        (tmp_path / name).write_bytes(b"")
    again = EmbeddedChain(tmp_path, os.urandom)
    try:
        assert (again.chain_id, again.reset, newest(again)[0]) == (chain.chain_id, True, 0)
    finally:
        again.close()


def test_a_killed_node_is_started_again(tmp_path: Path) -> None:
    chain = EmbeddedChain(tmp_path, os.urandom)
    try:
        chain.mine(2)
        chain.keep()
        os.kill(chain.pid, signal.SIGKILL)
        assert wait_until(lambda: not chain.running())
        with pytest.raises(NodeUnreachable):
            chain.node.call("eth_blockNumber")
        assert chain.revive()
        assert newest(chain)[0] == 2
        assert not chain.revive()
    finally:
        chain.close()


def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from service.chain.embedded import EmbeddedChain; "
        "c = EmbeddedChain(Path(sys.argv[1]), os.urandom); print(c.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
        parent.wait()
        assert wait_until(lambda: not alive(pid))
    EmbeddedChain(tmp_path, os.urandom).close(keep=False)  # and the folder is free


def test_an_unreadable_identity_is_refused_rather_than_replaced(tmp_path: Path) -> None:
    for content in (b"", b"{}", json.dumps({"chain_id": 1, "port": 0}).encode()):
        (tmp_path / "chain.json").write_bytes(content)
        with pytest.raises(EmbeddedChainFailed):
            EmbeddedChain(tmp_path, os.urandom)
        assert (tmp_path / "chain.json").read_bytes() == content


def test_a_binary_that_is_none() -> None:
    with pytest.raises(EmbeddedChainFailed, match="TALLY_ANVIL"):
        find_binary("/nowhere/anvil")
    assert os.access(find_binary(), os.X_OK)
