"""The walk-through in the README, executed as written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.integration.api.service_process import ROOT, ServiceProcess

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _script() -> str:
    section = re.search(r"<!-- walk-through.*?-->\n(.*?)<!-- end of walk-through -->", README, re.DOTALL)
    assert section is not None
    return "\n".join(re.findall(r"```sh\n(.*?)```", section[1], re.DOTALL))


def test_the_walk_through_does_what_it_says(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path / "data").start()
    try:
        (tmp_path / ".venv").symlink_to(ROOT / ".venv")
        script = _script().replace("http://127.0.0.1:8750", service.url)
        assert service.url in script
        done = subprocess.run(
            ["bash", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        assert "Not anchored yet" in done.stdout
        assert "exit 2" in done.stdout
        assert "Genuine" in done.stdout
        assert '"format":"tallystick-findings/1"' in done.stdout
        assert done.stdout.count("Genuine") == 2, "the receipt and the bundle"
        assert "/t/tally_share_" in done.stdout
    finally:
        service.stop()
