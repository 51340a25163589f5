"""The catalogues: both languages say the same things, and figures read as people write them."""

from __future__ import annotations

from string import Formatter

import pytest

from service.profiles.giftcard.findings.model import Truth
from service.profiles.giftcard.findings.rules import RULES
from service.profiles.giftcard.findings.texts import CATALOGUES, LANGUAGES
from service.profiles.giftcard.findings.texts.forms import Chinese, English

FORBIDDEN = {
    "zh": ("违约", "违法", "欺诈", "诈骗", "有罪", "侵权", " 分 ", "基点"),
    "en": ("breach", "illegal", "fraud", "liable", "unlawful", "fen", "basis point"),
}


def places(text: str) -> set[tuple[str, str]]:
    return {(name, form or "") for _, name, form, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_sentences_with_the_same_figures() -> None:
    zh, en = CATALOGUES["zh"], CATALOGUES["en"]
    assert zh.keys() == en.keys()
    for key in zh:
        assert {name for name, _ in places(zh[key])} == {name for name, _ in places(en[key])}, key
        assert {form for _, form in places(zh[key]) | places(en[key])} <= {
            "",
            "money",
            "rate",
            "percent",
            "time",
            "span",
        }, key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_rule_has_its_question_and_its_sentences(lang: str) -> None:
    catalogue = CATALOGUES[lang]
    for rule in RULES:
        assert catalogue[rule.code]
        # Without outcome a rule is not proved, and has no figures then.
        assert not places(catalogue[f"{rule.code}.{Truth.NOT_PROVED.value}"]), rule.code
        assert any(key.startswith(f"{rule.code}.proved") for key in catalogue), rule.code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_legal_conclusion_and_no_jargon(lang: str) -> None:
    for key, text in CATALOGUES[lang].items():
        assert not [word for word in FORBIDDEN[lang] if word in text.lower()], key


def test_figures_in_chinese() -> None:
    forms = Chinese("CNY")
    assert forms.money(123_450) == "1,234.50 元"
    assert forms.money(-5) == "-0.05 元"
    assert [forms.rate(each) for each in (9_200, 9_250, 9_255, 10_000)] == [
        "9.2 折",
        "9.25 折",
        "9.255 折",
        "10 折",
    ]
    assert forms.percent(1_000) == "10%"
    assert forms.time(1_790_000_000_000) == "2026年9月21日 22:13:20（北京时间）"
    assert [forms.span(each) for each in (0, 1, 61_000, 3_600_000, 90_061_000)] == [
        "1 秒",
        "1 秒",
        "1 分钟 1 秒",
        "1 小时",
        "1 天 1 小时",
    ]
    assert Chinese("JPY").money(1_200) == "1,200 JPY"
    assert Chinese("HKD").money(100) == "1.00 港元"


def test_figures_in_english() -> None:
    forms = English("CNY")
    assert forms.money(123_450) == "CNY 1,234.50"
    assert [forms.rate(each) for each in (9_200, 9_250)] == ["92%", "92.5%"]
    assert forms.time(1_790_000_000_000) == "2026-09-21 14:13:20 UTC"
    assert forms.span(90_061_000) == "1 d 1 h"


@pytest.mark.parametrize("ms", [-(10**17), 10**17])
def test_a_time_beyond_the_calendar_is_still_a_text(ms: int) -> None:
    assert Chinese("CNY").time(ms).endswith("（北京时间）")
    assert English("CNY").time(ms).endswith(" UTC")
