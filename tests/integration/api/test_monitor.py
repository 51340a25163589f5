"""`tally monitor` against the running service and its chain."""

from __future__ import annotations

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from service.cli.main import run
from service.cli.monitor_look import Unreachable
from service.cli.monitor_site import HttpSite
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


class Endless(BaseHTTPRequestHandler):
    """Answers with far more than a checkpoint is long, until nobody listens any more."""

    sent = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while Endless.sent < 64:
                self.wfile.write(bytes(1024 * 1024))
                Endless.sent += 1

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_site_cannot_fill_the_watchers_memory() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        Thread(target=server.serve_forever).start()
        try:
            with pytest.raises(Unreachable, match="too long"):
                HttpSite(f"http://127.0.0.1:{server.server_port}/logs/kaka").checkpoint()
        finally:
            server.shutdown()
    assert Endless.sent < 64
