"""Makes the offline checker: /verify with its style, words and programs in one file that opens from a disk.

    python scripts/offline_page.py FOLDER    (called by scripts/build-web)

A page from a file cannot load modules, so the programs are classic scripts; a hash in the policy names each
of them, and nothing else may run or be fetched but from nodes that the reader names.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def _bundled() -> str:
    command = [
        *(str(ROOT / "node_modules/.bin/esbuild"), str(ROOT / "service/web/js/offline.js")),
        *("--bundle", "--minify", "--charset=utf8", "--target=es2022", "--legal-comments=none"),
        *("--log-level=warning", "--format=iife"),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def main(folder: Path) -> None:
    from service.web.offline import render

    script = _bundled()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (folder / "verify-offline.html").write_text(render(script, digest), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
