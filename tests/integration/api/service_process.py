"""The real service in a subprocess on its own data folder, with the real embedded chain."""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
_PR_SET_PDEATHSIG = 1
READY_SECONDS = 90.0


def _end_with_parent() -> None:
    """A test run that is killed must not leave its services behind."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ServiceProcess:
    """One `tally serve`. `start` returns once the ready line is there; `stop` gives the exit code."""

    def __init__(self, data: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.options = options
        self.environment = dict(environment or {})
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.stdout: list[str] = []

    def start(self) -> ServiceProcess:
        """Start on a free port and wait until it serves."""
        self.data.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TALLY_")}
        with (self.data / "journal.jsonl").open("ab") as journal:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "service",
                    "serve",
                    "--data",
                    str(self.data),
                    "--port",
                    "0",
                    *self.options,
                ],
                cwd=ROOT,
                env=environment | self.environment,
                stdout=subprocess.PIPE,
                stderr=journal,
                preexec_fn=_end_with_parent,
                text=True,
            )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        try:
            line = lines.get(timeout=READY_SECONDS)
        except queue.Empty:
            line = None
        if line is None or not line.startswith("ready http"):
            self.process.kill()
            raise AssertionError(f"the service did not come up: {line!r}\n{self.journal()[-4000:]}")
        self.url = line.removeprefix("ready ").strip()
        return self

    def _read(self, lines: queue.Queue[str | None]) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.stdout.append(line)
            lines.put(line)
        lines.put(None)

    def journal(self) -> str:
        """What it wrote to stderr."""
        return (self.data / "journal.jsonl").read_text(encoding="utf-8")

    def stop(self, number: int = signal.SIGTERM, timeout: float = 15.0) -> int:
        """Send a signal and wait for the end."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    @property
    def credentials(self) -> dict[str, Any]:
        """`credentials.json` as it now stands."""
        document = json.loads((self.data / "credentials.json").read_bytes())
        assert isinstance(document, dict)
        return document

    def api_key(self, platform: str = "kaka", *, test: bool = False) -> str:
        """A platform's API key."""
        return str(self.credentials["platforms"][platform]["test_api_key" if test else "api_key"])

    def client(
        self, platform: str | None = "kaka", *, test: bool = False, admin: bool = False
    ) -> httpx.Client:
        """An HTTP client with a platform's key, the operator's, or none."""
        headers = {}
        if admin:
            headers["authorization"] = "Bearer " + self.credentials["admin_key"]
        elif platform is not None:
            headers["authorization"] = "Bearer " + self.api_key(platform, test=test)
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


def unique(prefix: str) -> str:
    """An id no other test uses, and no phone number."""
    return f"{prefix}-{uuid.uuid4().hex[:20]}x"


def quote(**changes: Any) -> dict[str, Any]:
    """A small valid quote event; `changes` replace top-level members."""
    event: dict[str, Any] = {
        "event": unique("e"),
        "trade": unique("t"),
        "type": "quote",
        "occurred": "2026-01-31T08:00:00.000Z",
        "claims": {
            "items": [{"line": 1, "brand": "京东E卡", "face": 50000, "net": 45500, "kind": "code"}],
            "offer": {"currency": "CNY", "net": 45500},
            "terms": {"valid_until": "2026-01-31T09:00:00.000Z"},
            "firmness": "firm",
        },
    }
    event.update(changes)
    return event
