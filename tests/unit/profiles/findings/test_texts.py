"""The catalogues: both languages say the same things, and figures read as people write them."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from service.core.hexs import to_hex
from service.profiles.giftcard import findings
from service.profiles.giftcard.findings import deduction_unsupported, headline_gap, payout_short
from service.profiles.giftcard.findings.model import Truth
from service.profiles.giftcard.findings.rules import RULES
from service.profiles.giftcard.findings.texts import CATALOGUES, LANGUAGES
from service.profiles.giftcard.findings.texts.forms import Chinese, English
from tests.unit.profiles.findings.builder import Trade, item, settled

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
            "list",
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


@pytest.mark.parametrize(
    ("currency", "figure"),
    [
        ("CNY", "12.34 元"),
        ("JPY", "1,234 JPY"),
        ("UGX", "1,234 UGX"),
        ("KWD", "1.234 KWD"),
        ("CLF", "0.1234 CLF"),
    ],
)
def test_minor_units_differ_by_currency(currency: str, figure: str) -> None:
    assert Chinese(currency).money(1_234) == figure


_READ = (
    r'Missing\(\s*"([^"]+)"',
    r'\b(?:need|want|quoted|referred_quote)\(\s*(?:case, )?[\w.\[\]]+, "([^"]+)"',
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_operand_that_a_rule_can_miss_has_a_name(lang: str) -> None:
    sources = [path.read_text("utf-8") for path in Path(findings.__file__).parent.glob("*.py")]
    names = {name for text in sources for pattern in _READ for name in re.findall(pattern, text)}
    assert len(names) > 60
    catalogue = CATALOGUES[lang]
    assert [name for name in sorted(names) if f"operand.{name}" not in catalogue] == []


@pytest.mark.parametrize(
    ("by", "zh", "en"),
    [
        ("user", "已由用户于", "erased by the user on"),
        (
            "retention",
            "已由服务方因保存期限届满于",
            "erased by the service at the end of the retention period on",
        ),
        ("案件 7", "已由案件 7于", "erased by 案件 7 on"),
        ("", "已由服务方应本人申请于", "erased by the service at the person's request on"),
    ],
)
def test_who_erased_what_is_missing(by: str, zh: str, en: str) -> None:
    trade = settled()
    trade.hide("payout-4", "legs")
    leaf = to_hex(trade.entry("payout-4").leaf)
    trade.say(
        "erasure", {"targets": [leaf], "ground": "request"} | ({"requested_by": by} if by else {}), at=90
    )
    finding = trade.ask(payout_short.RULE, 900)
    assert zh in finding.zh
    assert en in finding.en


def test_lists_are_joined_as_each_language_does() -> None:
    trade = Trade()
    trade.quote(item(1), item(2))
    trade.accept()
    trade.hand_over()
    trade.inspect({"line": 1, "outcome": "used"}, {"line": 2, "outcome": "used"})
    trade.pay(1, final=True)
    finding = trade.ask(deduction_unsupported.RULE, 900)
    assert "第 1、2 项" in finding.zh
    assert "card lines: 1, 2" in finding.en


@pytest.mark.parametrize(
    ("amount", "zh"), [(9_200, "除取整外相符"), (9_199, "除取整外相符"), (9_500, "不低于前者")]
)
def test_an_accepted_amount_that_is_no_less_is_told_as_it_is(amount: int, zh: str) -> None:
    trade = Trade()
    trade.quote()
    trade.accept(amount=amount)
    assert zh in trade.ask(headline_gap.RULE, 900).zh


@pytest.mark.parametrize("ms", [-(10**17), 10**17])
def test_a_time_beyond_the_calendar_is_still_a_text(ms: int) -> None:
    assert Chinese("CNY").time(ms).endswith("（北京时间）")
    assert English("CNY").time(ms).endswith(" UTC")
