"""Start, stop, resume: what the data folder keeps, what a signal does, what a second service may not."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from service.core import merkle, receipt, trust
from tests.integration.api.service_process import ROOT, ServiceProcess, quote


def test_one_life_after_another(tmp_path: Path) -> None:
    first = ServiceProcess(tmp_path / "data").start()
    before = first.credentials
    with first.client() as kaka:
        event = quote()
        held = kaka.post("/v1/events", json=event)
    assert held.status_code == 201
    _check_modes(first.data)
    _refuses_a_second_service(first.data)
    trusted = (first.data / "trust.json").read_bytes()

    started = time.monotonic()
    assert first.stop(signal.SIGTERM) == 0
    assert time.monotonic() - started < 10
    assert first.stdout == [f"ready {first.url}\n"]

    second = ServiceProcess(tmp_path / "data").start()
    try:
        after = second.credentials
        assert after == {**before, "url": second.url, "rpc": after["rpc"]}
        assert (second.data / "trust.json").read_bytes() == trusted
        with second.client() as kaka:
            again = kaka.post("/v1/events", json=event)
            assert (again.status_code, again.content) == (200, held.content)
            assert kaka.post("/v1/events", json=quote()).json()["index"] == 1
            _anchored(kaka, held.headers["location"])
    finally:
        assert second.stop(signal.SIGINT) == 0


def _check_modes(data: Path) -> None:
    assert stat.S_IMODE((data / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "tallystick.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "trust.json").stat().st_mode) == 0o644
    credentials = json.loads((data / "credentials.json").read_bytes())
    assert set(credentials) == {"url", "rpc", "registry", "platforms", "admin_key"}
    assert list(credentials["platforms"]) == ["kaka", "xianka", "bendi"]
    for name, platform in credentials["platforms"].items():
        assert platform["api_key"].startswith("tally_live_")
        assert platform["origin"] == f"tallystick.local/logs/{name}"
        assert len(platform["log"]) == 66
    assert len(trust.parse((data / "trust.json").read_bytes()).logs) == 3


def _refuses_a_second_service(data: Path) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert second.stdout == ""
    assert "another service is running" in second.stderr


def _anchored(kaka: httpx.Client, location: str) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        held = receipt.parse(kaka.get(location).content)
        if held.anchors and held.anchors[0].state_proof is not None:
            return
        time.sleep(0.25)
    raise AssertionError("not anchored within 40 s")


def test_a_stop_under_load_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    running = ServiceProcess(tmp_path / "data").start()
    answered: dict[str, bytes] = {}
    key = {"authorization": "Bearer " + running.api_key()}
    stopping = threading.Event()

    def post() -> None:
        with httpx.Client(base_url=running.url, headers=key, timeout=15) as client:
            while not stopping.is_set():
                event = quote()
                try:
                    answer = client.post("/v1/events", json=event)
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    answered[event["event"]] = answer.content

    posters = [threading.Thread(target=post) for _ in range(8)]
    for poster in posters:
        poster.start()
    time.sleep(1.5)
    code = running.stop()
    stopping.set()
    for poster in posters:
        poster.join()
    assert code == 0
    assert len(answered) > 50

    again = ServiceProcess(tmp_path / "data").start()
    try:
        with again.client() as kaka:
            for event, content in answered.items():
                promised, kept = (
                    receipt.parse(content),
                    receipt.parse(kaka.get(f"/v1/events/{event}").content),
                )
                assert (kept.entry, kept.checkpoint, kept.inclusion, kept.index) == (
                    promised.entry,
                    promised.checkpoint,
                    promised.inclusion,
                    promised.index,
                )
        indexes = sorted(receipt.parse(content).index for content in answered.values())
        assert len(set(indexes)) == len(indexes)
    finally:
        assert again.stop() == 0


def test_kill_9_keeps_every_answered_event(tmp_path: Path) -> None:
    running = ServiceProcess(tmp_path / "data").start()
    with running.client() as kaka:
        held = {}
        for _ in range(20):
            event = quote()
            held[event["event"]] = kaka.post("/v1/events", json=event).content
    running.kill()
    again = ServiceProcess(tmp_path / "data").start()
    try:
        with again.client() as kaka:
            for event, content in held.items():
                kept = receipt.parse(kaka.get(f"/v1/events/{event}").content)
                assert merkle.leaf_hash(kept.entry) == merkle.leaf_hash(receipt.parse(content).entry)
            _anchored(kaka, f"/v1/events/{event}")
    finally:
        assert again.stop() == 0


def test_a_signal_during_the_start_ends_it_cleanly(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--data", str(tmp_path / "data"), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    lock = tmp_path / "data" / "lock"
    deadline = time.monotonic() + 60
    while not lock.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert output in (b"", output)
    again = ServiceProcess(tmp_path / "data").start()
    assert again.stop() == 0


def test_a_lost_credentials_file_is_made_anew(tmp_path: Path) -> None:
    running = ServiceProcess(tmp_path / "data").start()
    old = running.credentials
    assert running.stop() == 0
    (running.data / "credentials.json").write_text("{", encoding="utf-8")
    again = ServiceProcess(tmp_path / "data").start()
    try:
        new = again.credentials
        assert new["platforms"]["kaka"]["api_key"] != old["platforms"]["kaka"]["api_key"]
        assert new["platforms"]["kaka"]["log"] == old["platforms"]["kaka"]["log"]
        with again.client() as kaka:
            assert kaka.post("/v1/events", json=quote()).status_code == 201
            # The file was lost, not revoked: the old key still works until the operator says otherwise.
            kaka.headers["authorization"] = "Bearer " + old["platforms"]["kaka"]["api_key"]
            assert kaka.post("/v1/events", json=quote()).status_code == 201
    finally:
        assert again.stop() == 0


@pytest.mark.parametrize("option", [["--no-worker", "--worker-only"], ["--port", "70000"], ["--chain", "."]])
def test_usage_errors_exit_3(option: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service", "serve", "--data", str(tmp_path / "data"), *option],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 3


@pytest.mark.full
def test_a_port_that_is_taken_is_told(service: ServiceProcess, tmp_path: Path) -> None:
    port = service.url.rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "-m", "service", "serve", "--data", str(tmp_path / "data"), "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
