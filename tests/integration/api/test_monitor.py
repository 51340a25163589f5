"""`tally monitor` against the running service and its chain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.cli.main import run
from tests.integration.api.service_process import ServiceProcess, quote


def test_a_running_log_is_watched(
    service: ServiceProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, trust = tmp_path / "kaka.json", service.data / "trust.json"
    node = service.credentials["rpc"]

    def once(url: str, *options: str) -> tuple[int, dict[str, object]]:
        code = run(
            ["monitor", url, "--trust", str(trust), "--state", str(state), "--once", "--json", *options]
        )
        return code, json.loads(capsys.readouterr().out)

    url = f"{service.url}/logs/kaka"
    with service.client() as kaka:
        kaka.post("/v1/events", json=quote()).raise_for_status()
        assert once(url, "--rpc", node)[0] == 0
        kaka.post("/v1/events", json=quote()).raise_for_status()
    code, told = once(url, "--rpc", node)
    assert (code, told["result"]) == (0, "fine"), told
    # Another log's site does not pass for this one, and a site that is away is no proof of anything.
    assert once(f"{service.url}/logs/xianka", "--log", "kaka")[0] == 2
    code, told = once("http://127.0.0.1:1/logs/kaka")
    assert (code, told["result"]) == (2, "undecided")
