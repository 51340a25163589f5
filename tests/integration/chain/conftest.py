"""Real anvil nodes for the chain's tests, and the command line on a data folder of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.cli.main import run
from tests.integration.chain.harness import Stage

LOCAL = Path(__file__).parents[3] / "chain-config/local.toml"
Tally = Callable[..., tuple[int, str, str]]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A chain of its own with a registry, without logs yet."""
    made = Stage(tmp_path)
    yield made
    made.close()


@pytest.fixture
def tally(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tally]:
    """Runs a command on the test's data folder: exit code, stdout, stderr."""
    for name in [name for name in os.environ if name.startswith("TALLY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TALLY_DATA", str(tmp_path))
    monkeypatch.setenv("TALLY_CHAIN", str(LOCAL))
    umask = os.umask(0o022)
    os.umask(umask)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield call
    os.umask(umask)
