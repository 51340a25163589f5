"""One running service for all tests of the API; end-to-end tests may use the same fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api.service_process import ServiceProcess


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The embedded service with the real embedded chain, shared: tests use ids of their own."""
    data = Path(tmp_path_factory.mktemp("service")) / "data"
    rules = data.parent / "retention.toml"
    # Nobody waits half a year here to see what goes when a dispute keeps it no more.
    rules.write_text('[platform.bendi]\n"disputes" = { least = "0s" }\n', encoding="utf-8")
    environment = {
        "TALLY_RETENTION": str(rules),
        "TALLY_WEBHOOK_DEVELOPMENT": "1",
        "TALLY_OPERATOR": "符契测试运营方",
        "TALLY_OPERATOR_RELATION": "与各平台无关",
    }
    running = ServiceProcess(data, environment=environment).start()
    yield running
    assert running.process is not None
    if running.process.poll() is None:
        running.stop()
