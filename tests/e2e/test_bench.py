"""`tally bench` measures the real thing; by how much the targets are met is for a quiet machine to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.api.service_process import ROOT

FULL = os.environ.get("TALLY_TEST_FULL") == "1"


def _bench(*arguments: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "service", "bench", *arguments, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}


def test_ingest() -> None:
    figures = _bench("ingest", "--events", "30000" if FULL else "2000", "--seconds", "2")
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["mean event"]["value"] == pytest.approx(600, abs=10)
    if FULL:
        assert figures["batch ingest, durable, HTTP, SQLite"]["value"] >= 4_000


def test_anchor() -> None:
    figures = _bench("anchor", "--rounds", "2" if FULL else "1")
    assert figures["gas an event, over the whole run"]["met"]


@pytest.mark.full
def test_read() -> None:
    figures = _bench("read", "--entries", "20000", "--seconds", "2")
    assert all(figure["value"] > 0 for figure in figures.values())


def test_evidence() -> None:
    figures = _bench("evidence", "--entries", "50000" if FULL else "1000", "--seconds", "4" if FULL else "1")
    assert all(figure["value"] > 0 for figure in figures.values())
