"""For all tests: long ones only under `--full` (TALLY_TEST_FULL=1), and no time limit on a single generated
example."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, settings

# A busy machine makes any single example slow now and then; that is no finding.
settings.register_profile("tallystick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tallystick")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Skip what is marked `full` unless the long tests are asked for."""
    if os.environ.get("TALLY_TEST_FULL") == "1":
        return
    skip = pytest.mark.skip(reason="long: runs with scripts/test --full")
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(skip)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes and long texts are no names: with salts in them, two workers would collect other tests."""
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 60):
        return argname
    return None
