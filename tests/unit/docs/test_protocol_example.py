"""Every value of the worked example in docs/protocol.md is recomputed."""

from __future__ import annotations

from pathlib import Path

from tests.reference.protocol_example import example

DOCUMENT = Path(__file__).parents[3] / "docs" / "protocol.md"


def test_the_worked_example_is_what_the_code_computes() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    _, _, section = text.partition("<!-- worked example: python -m tests.reference.protocol_example -->\n")
    section, _, _ = section.partition("\n## ")  # the chapters after it
    assert section == example()
