"""Write `tests/vectors/*.json` from the oracles of this folder: `python -m tests.reference.make_vectors`.

Nothing of `service` is imported, so the files are a second opinion. Output is deterministic.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.reference import (
    vectors_canonical,
    vectors_checkpoint,
    vectors_eip712,
    vectors_evidence,
    vectors_merkle,
    vectors_paper,
    vectors_receipt,
)

FOLDER = Path(__file__).resolve().parent.parent / "vectors"

SETS: dict[str, Callable[[], dict[str, Any]]] = {
    "merkle.json": vectors_merkle.build,
    "canonical.json": vectors_canonical.build,
    "checkpoint.json": vectors_checkpoint.build,
    "eip712.json": vectors_eip712.build,
    "receipts.json": vectors_receipt.build,
    "paper.json": vectors_paper.build,
    "evidence.json": vectors_evidence.build,
}


def render(name: str) -> str:
    """The text of one vector file."""
    return json.dumps(SETS[name](), indent=1, ensure_ascii=True) + "\n"


def main() -> None:
    """Write every file and print its digest."""
    for name in SETS:
        text = render(name)
        (FOLDER / name).write_text(text)
        print(sha256(text.encode()).hexdigest()[:16], name)


if __name__ == "__main__":
    main()
