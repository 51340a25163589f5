"""Which language a page speaks, and that both say the same things."""

from __future__ import annotations

import re

import orjson
import pytest

from service.web.language import LANGUAGES, accepted
from service.web.texts import FOLDER, Texts

PAGES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.json")})


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("fr", "zh"),
        ("en", "en"),
        ("en-GB,zh;q=0.9", "en"),
        ("zh-CN,en;q=0.9", "zh"),
        ("en;q=0.3, zh-Hant;q=0.4", "zh"),
        ("en;q=0", "zh"),
        ("de, en;q=0.1", "en"),
        (";;;,=,en-", "zh"),
        ("en;q=9", "zh"),
        ("x" * 100_000, "zh"),
    ],
)
def test_accept_language(header: str, language: str) -> None:
    assert accepted(header) == language


@pytest.mark.parametrize("page", PAGES)
def test_both_catalogues_say_the_same(page: str) -> None:
    catalogues = {each: orjson.loads((FOLDER / f"{page}.{each}.json").read_bytes()) for each in LANGUAGES}
    assert list(catalogues["zh"]) == list(catalogues["en"])
    for key, sentence in catalogues["zh"].items():
        other = catalogues["en"][key]
        assert sentence.strip()
        assert other.strip()
        figures = re.findall(r"\{(\w+)\}", sentence)
        assert sorted(figures) == sorted(re.findall(r"\{(\w+)\}", other)), key


@pytest.mark.parametrize("page", PAGES)
def test_chinese_has_chinese_punctuation(page: str) -> None:
    for key, sentence in orjson.loads((FOLDER / f"{page}.zh.json").read_bytes()).items():
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]", sentence), (key, sentence)


def test_a_sentence_in_a_script_cannot_end_it() -> None:
    texts = Texts("verify", "zh")
    texts.all = {"js_x": "</script><b>"}
    assert "<" not in texts.script("js_")
