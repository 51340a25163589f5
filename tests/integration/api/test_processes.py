"""Several processes on one PostgreSQL database: one with the worker and the chain, one that serves the API
only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from service.core import entry, merkle, receipt
from tests.integration.api.service_process import ROOT, ServiceProcess, quote, unique
from tests.integration.conftest import PostgresServer


def test_two_processes_append_to_one_log(tmp_path: Path, postgres_server: PostgresServer) -> None:
    database = postgres_server.fresh()
    data = tmp_path / "data"
    first = ServiceProcess(data, environment={"TALLY_DATABASE_URL": database}).start()
    second = ServiceProcess(data, "--no-worker", environment={"TALLY_DATABASE_URL": database})
    try:
        credentials = first.credentials
        second.start()
        assert second.url != first.url
        held = _post_to_both(first, second)
        assert sorted(one.index for one in held) == list(range(len(held)))
        _trades_are_unbroken(first, held)
        same = quote()
        with first.client() as one, second.client() as two:
            answers = [client.post("/v1/events", json=same) for client in (one, two, one)]
            assert [answer.status_code for answer in answers] == [201, 200, 200]
            assert len({answer.content for answer in answers}) == 1
            assert two.get("/readyz").json()["ready"] is True
        assert credentials["platforms"] == first.credentials["platforms"]
    finally:
        codes = [process.stop() for process in (second, first) if process.process is not None]
    assert codes == [0, 0]


def _post_to_both(first: ServiceProcess, second: ServiceProcess) -> list[receipt.Receipt]:
    trades = [unique("t") for _ in range(6)]
    headers = {"authorization": "Bearer " + first.api_key()}
    urls = [first.url, second.url]

    def post(number: int) -> receipt.Receipt:
        answer = httpx.post(
            urls[number % 2] + "/v1/events", json=quote(trade=trades[number % 6]), headers=headers, timeout=60
        )
        assert answer.status_code == 201, answer.text
        return receipt.parse(answer.content)

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(post, range(120)))


def _trades_are_unbroken(service: ServiceProcess, held: list[receipt.Receipt]) -> None:
    chains: dict[str, list[tuple[int, bytes | None, bytes]]] = {}
    for one in held:
        parsed = entry.parse(one.entry)
        chains.setdefault(parsed.statement.trade, []).append(
            (parsed.seq, parsed.prev, merkle.leaf_hash(one.entry))
        )
    for chain in chains.values():
        chain.sort()
        assert [seq for seq, _, _ in chain] == list(range(len(chain)))
        assert [prev for _, prev, _ in chain] == [None, *[leaf for _, _, leaf in chain[:-1]]]


def test_keys_from_the_command_line_beside_a_running_service(service: ServiceProcess) -> None:
    def tally(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "service", "keys", *arguments, "--data", str(service.data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )

    created = tally("create", "--platform", "kaka", "--label", "分店")
    assert created.returncode == 0, created.stderr
    token = created.stdout.strip()
    with service.client(None) as client:
        client.headers["authorization"] = f"Bearer {token}"
        assert client.post("/v1/events", json=quote()).status_code == 201
        listed = json.loads(tally("list", "--json", "--platform", "kaka").stdout)
        assert token not in json.dumps(listed)
        mine = next(key for key in listed if key["label"] == "分店")
        assert tally("revoke", mine["id"]).returncode == 0
        # Another process revoked it: this one may go on believing for five seconds.
        import time

        time.sleep(5.5)
        assert client.post("/v1/events", json=quote()).status_code == 401
    assert tally("create", "--platform", "nobody").returncode == 1
    assert tally("create").returncode == 3
    assert tally("revoke", "key_none").returncode == 1
    checkpoints = json.loads(tally("checkpoints", "--json").stdout)
    assert [key["log"] for key in checkpoints][:3] == ["kaka", "xianka", "bendi"]
    trusted = json.loads((service.data / "trust.json").read_bytes())
    assert checkpoints[0]["ed25519"] == trusted["logs"][0]["keys"][0]["ed25519"]
    assert "seed" not in json.dumps(checkpoints)


def test_keys_over_http(service: ServiceProcess) -> None:
    with service.client(admin=True) as operator:
        made = operator.post("/v1/keys", json={"platform": "xianka", "label": "till 3"})
        assert made.status_code == 201
        token, key_id = made.json()["api_key"], made.json()["id"]
        assert token not in operator.get("/v1/keys").text
        with service.client(None) as client:
            client.headers["authorization"] = f"Bearer {token}"
            assert client.post("/v1/events", json=quote()).status_code == 201
            assert client.get("/v1/keys").status_code == 403
            assert operator.delete(f"/v1/keys/{key_id}").status_code == 200
            assert client.post("/v1/events", json=quote()).status_code == 401
        assert operator.delete("/v1/keys/key_none").status_code == 404
