"""The servers under measurement: each a process of its own, as in life."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def _serving(arguments: Sequence[str], journal: Path) -> Iterator[str]:
    """Start a Python module, wait for its `ready URL` line, stop it at the end."""
    with journal.open("ab") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", *arguments], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"{arguments[0]} did not start; see {journal}")
        yield line.removeprefix("ready ").strip()
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def service(data: Path, *options: str) -> Iterator[str]:
    """`tally serve` on this data folder; gives its URL."""
    data.mkdir(parents=True, exist_ok=True)
    with _serving(
        ["service", "serve", "--data", str(data), "--port", "0", *options], data / "bench.log"
    ) as url:
        yield url


@contextmanager
def echo(folder: Path) -> Iterator[str]:
    """The bare echo; gives its URL."""
    with _serving(["service.bench.echo"], folder / "echo.log") as url:
        yield url


def credentials(data: Path) -> dict[str, Any]:
    """What the service left for its operator."""
    document = json.loads((data / "credentials.json").read_bytes())
    assert isinstance(document, dict)
    return document
