"""`kill -9` of the whole service at random moments under load: nothing acknowledged is lost.

Five rounds by default, fifty with TALLY_TEST_FULL. The seed is printed and can be given in TALLY_TEST_SEED.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.cli.rpc_view import RpcView
from service.core import receipt as receipts
from service.core import trust as trusts
from service.core.merkle import leaf_hash
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from tests.integration.api.service_process import ROOT, ServiceProcess, quote, unique

ROUNDS = 50 if os.environ.get("TALLY_TEST_FULL") else 5
POSTERS = 4
ANCHOR_PATIENCE = 90.0


class Ledger:
    """What the posters tried and what the service acknowledged."""

    def __init__(self) -> None:
        self.attempted: dict[str, dict[str, Any]] = {}
        self.held: dict[str, bytes] = {}
        self.refused: list[str] = []
        self._lock = threading.Lock()

    def attempt(self, event: dict[str, Any]) -> None:
        with self._lock:
            self.attempted[event["event"]] = event

    def settle(self, event: dict[str, Any], answer: httpx.Response) -> None:
        with self._lock:
            if answer.status_code in (200, 201):
                self.held[event["event"]] = answer.content
            else:
                self.refused.append(answer.text)

    def open_events(self) -> list[dict[str, Any]]:
        with self._lock:
            return [event for name, event in self.attempted.items() if name not in self.held]


class Poster(threading.Thread):
    """Posts one trade after another, five events each, until the service is gone."""

    def __init__(self, service: ServiceProcess, ledger: Ledger, platform: str) -> None:
        super().__init__(daemon=True)
        self._client = service.client(platform)
        self._ledger = ledger
        self.enough = threading.Event()

    def run(self) -> None:
        with self._client as client:
            while not self.enough.is_set():
                trade = unique("t")
                for _ in range(5):
                    event = quote(trade=trade)
                    self._ledger.attempt(event)
                    try:
                        self._ledger.settle(event, client.post("/v1/events", json=event))
                    except httpx.HTTPError:
                        return


def _children(pid: int) -> list[int]:
    lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for text in lists for child in text.split()]


def _wait_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() and _state(pid) != "Z" for pid in pids):
        assert time.monotonic() < deadline, "the embedded chain outlived its service"
        time.sleep(0.05)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def _check_promise(held: bytes, trust: trusts.Trust) -> int:
    """A receipt as handed out verifies, short of its anchor; its index."""
    report = verify_receipt(held, trust=trust, now=int(time.time() * 1000))
    assert report.verdict is Verdict.NOT_ANCHORED_YET, report
    return receipts.parse(held).index


def _completed(client: httpx.Client, held: bytes) -> bytes:
    leaf = leaf_hash(receipts.parse(held).entry)
    deadline = time.monotonic() + ANCHOR_PATIENCE
    while True:
        answer = client.get(f"/v1/receipts/0x{leaf.hex()}")
        assert answer.status_code == 200, answer.text
        anchors = answer.json()["anchors"]
        if anchors and anchors[0]["state_proof"]:
            return answer.content
        assert time.monotonic() < deadline, "not anchored in time"
        time.sleep(0.5)


def _fsck(data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", "fsck", "--data", str(data), "--deep", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def rng() -> random.Random:
    seed = int(os.environ.get("TALLY_TEST_SEED", time.time_ns()))
    print(f"seed {seed}")
    return random.Random(seed)


def test_kill_nine_under_load(tmp_path: Path, rng: random.Random) -> None:
    data = tmp_path / "data"
    ledgers = {"kaka": Ledger(), "bendi": Ledger()}
    for _ in range(ROUNDS):
        service = ServiceProcess(data).start()
        try:
            _resume(service, ledgers)
            posters = [
                Poster(service, ledger, name) for name, ledger in ledgers.items() for _ in range(POSTERS // 2)
            ]
            for poster in posters:
                poster.start()
            time.sleep(rng.uniform(0.2, 3.0))
            assert service.process is not None
            family = _children(service.process.pid)
            assert family, "the embedded chain runs as a child"
        finally:
            service.kill()
        _wait_gone(family)
        for poster in posters:
            poster.enough.set()
            poster.join(30)
    service = ServiceProcess(data).start()
    try:
        _resume(service, ledgers)
        _check_everything(service, ledgers, rng)
    finally:
        service.stop()
    found = _fsck(data)
    assert found.returncode == 0, found.stdout + found.stderr


def _resume(service: ServiceProcess, ledgers: dict[str, Ledger]) -> None:
    """What was in the air is posted again; what was acknowledged is answered with the same bytes."""
    for name, ledger in ledgers.items():
        with service.client(name) as client:
            for event in ledger.open_events():
                ledger.settle(event, client.post("/v1/events", json=event))
            for known in list(ledger.held)[-40:]:
                again = client.post("/v1/events", json=ledger.attempted[known])
                assert (again.status_code, again.content) == (200, ledger.held[known])
            assert not ledger.open_events()
            assert not ledger.refused


def _check_everything(service: ServiceProcess, ledgers: dict[str, Ledger], rng: random.Random) -> None:
    trust = trusts.parse((service.data / "trust.json").read_bytes())
    for name, ledger in ledgers.items():
        with service.client(name) as client:
            indexes = [_check_promise(held, trust) for held in ledger.held.values()]
            assert sorted(indexes) == list(range(len(indexes))), "indexes are dense, none used twice"
            head = client.get(f"/logs/{name}/checkpoint").text.split("\n")[1]
            assert int(head) == len(ledger.attempted) == len(indexes)
            sample = rng.sample(list(ledger.held.values()), min(60, len(ledger.held)))
            newest = max(ledger.held.values(), key=lambda one: receipts.parse(one).index)
            completed = [_completed(client, held) for held in [newest, *sample]]
            # Only now: a view keeps the final block that it was first told, and proofs are by later ones.
            view = RpcView([service.credentials["rpc"]])
            for done in completed:
                report = verify_receipt(done, trust=trust, view=view, now=int(time.time() * 1000))
                assert report.verdict is Verdict.GOOD, report


def test_a_restored_older_database_refuses_to_append(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    service = ServiceProcess(data).start()
    with service.client() as client:
        early = client.post("/v1/events", json=quote())
        assert early.status_code == 201
    service.stop()
    shutil.copytree(data, copy)
    service = ServiceProcess(data).start()
    with service.client() as client:
        for _ in range(3):
            assert client.post("/v1/events", json=quote()).status_code == 201
    service.stop()
    for name in ("tallystick.db", "tallystick.db-wal", "tallystick.db-shm"):
        (data / name).unlink(missing_ok=True)
        if (copy / name).exists():
            shutil.copy2(copy / name, data / name)
    service = ServiceProcess(data).start()
    try:
        with service.client() as client:
            refused = client.post("/v1/events", json=quote())
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["type"].endswith("log-halted")
            head = client.get("/logs/kaka/checkpoint")
            assert head.status_code != 200 or json.loads(head.text.split("\n")[1]) >= 4
        with service.client("bendi") as other:
            assert other.post("/v1/events", json=quote()).status_code == 201, "other logs go on"
    finally:
        service.stop()
