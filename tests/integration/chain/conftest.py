"""Real anvil nodes for the chain's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.chain.harness import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A chain of its own with a registry, without logs yet."""
    made = Stage(tmp_path)
    yield made
    made.close()
