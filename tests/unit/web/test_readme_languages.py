"""Both READMEs say the same: the same commands, the same headings, tables, links and figures."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def commands(text: str) -> list[list[str]]:
    """The lines of all code blocks without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [[re.sub(r"\s+#.*", "", line).rstrip() for line in block.splitlines()] for block in blocks]


def links(text: str) -> list[str]:
    """Where links and pictures lead, whatever the language."""
    found = re.findall(r"\]\(([^)]+)\)", text)
    return sorted(re.sub(r"\.(zh|en)\.png$", ".png", each) for each in found if "README" not in each)


def test_the_commands_are_the_same() -> None:
    assert commands(CHINESE) == commands(ENGLISH)
    assert len(commands(ENGLISH)) >= 6


def test_the_structure_is_the_same() -> None:
    for pattern in (r"^#+ ", r"^\|", r"^```", r"^!\["):
        counted = [len(re.findall(pattern, text, re.MULTILINE)) for text in (ENGLISH, CHINESE)]
        assert counted[0] == counted[1], pattern


def test_links_lead_to_the_same_places_and_are_there() -> None:
    assert links(CHINESE) == links(ENGLISH)
    for text in (ENGLISH, CHINESE):
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / target).exists(), target


def test_measured_figures_are_the_same() -> None:
    def figures(text: str) -> list[str]:
        table = text[text.index("tally bench anchor") :]
        return sorted(re.findall(r"\d+,\d{3}|\d+\.\d+", table))

    english, chinese = figures(ENGLISH), figures(CHINESE)
    assert english == chinese


def test_the_size_of_the_verifier_is_the_one_told() -> None:
    (told,) = re.findall(r"gzipped \| (\d+\.\d) KB", ENGLISH)
    size = len(gzip.compress((ROOT / "service/web/static/verify.js").read_bytes(), 9))
    assert float(told) * 1000 == pytest.approx(size, rel=0.02)  # programs that pack differ a little


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs/images").glob("*.png"))
    assert {path.name.split(".")[0] for path in pictures} == {"verify", "trade", "case"}
    assert all(path.stat().st_size < 200_000 for path in pictures)
