"""What is served is what the sources make, and is small."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "service/web/static"


@pytest.mark.skipif(
    not (ROOT / "node_modules/.bin/esbuild").exists(), reason="esbuild: scripts/bootstrap --dev"
)
def test_bundles_are_what_the_sources_make(tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "scripts/build-web", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"verify.js", "verify_page.js", "verify-offline.html"} <= made.keys()
    stale = [name for name, data in made.items() if (STATIC / name).read_bytes() != data]
    assert stale == [], "run scripts/build-web"


def test_the_verifier_is_below_40_kb() -> None:
    assert len(gzip.compress((STATIC / "verify.js").read_bytes(), 9)) < 40_000


def test_nothing_comes_from_elsewhere_and_nothing_evaluates_strings() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text, path.name
        assert "new Function" not in text, path.name
        assert "document.write" not in text, path.name
