"""Figures, times, amounts in capital numerals, characters, and the catalogue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.core.errors import FormatError
from service.disputes.certificate.claims import rows
from service.disputes.certificate.glyphs import coverage, legible
from service.disputes.certificate.typesetting import TEMPLATES
from service.disputes.certificate.words import in_capitals, moment, money, rate, texts
from service.disputes.certificate.yuan import MOST, capital


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (15, "壹角伍分"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (110, "壹元壹角整"),
        (1_000, "壹拾元整"),
        (1_005, "壹拾元零伍分"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (1_010_000, "壹万零壹佰元整"),
        (10_700_053, "壹拾万零柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (100_010_000, "壹佰万零壹佰元整"),
        (10_000_000_000, "壹亿元整"),
        (1_000_000_010_000, "壹佰亿零壹佰元整"),
        (150_000_000_000_000, "壹万伍仟亿元整"),
        (-9_350, "负玖拾叁元伍角整"),
        (MOST, "玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capital_numerals(fen: int, text: str) -> None:
    assert capital(fen) == text


def test_too_large_for_capital_numerals() -> None:
    with pytest.raises(FormatError):
        capital(MOST + 1)
    assert in_capitals(MOST + 1, "CNY") == "" == in_capitals(1, "USD")


def test_figures() -> None:
    assert money(123_450, "CNY") == "1,234.50 元"
    assert money(-5, "CNY") == "−0.05 元"
    assert money(1_000, "JPY") == "1,000 JPY"
    assert (rate(9_350), rate(80), rate(10_000), rate(0)) == ("93.5 %", "0.8 %", "100 %", "0 %")
    assert moment(1_795_320_180_123) == ("2026-11-22 12:03:00.123", "2026-11-22 04:03:00.123")
    assert moment(-1) == ("-1", "ms")


def test_every_word_of_ours_is_in_the_fonts() -> None:
    written = json.dumps(texts(), ensure_ascii=False) + (TEMPLATES / "certificate.typ").read_text()
    missing = {each for each in written if ord(each) not in coverage()} - {"\n"}
    assert missing == set()


def test_the_font_covers_gbk_and_rare_surnames() -> None:
    gbk = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            gbk |= set(map(ord, bytes((lead, trail)).decode("gbk", "ignore")))
    assert {hex(each) for each in gbk - coverage() if each > 0x7F} <= {"0x2252"}
    assert {each for each in "䶮仝亓逄郄昇堃喆犇骉㛃𫖯𬱖𬭎𬍛" if ord(each) not in coverage()} == set()


def test_long_runs_may_break_and_hashes_stay_whole() -> None:
    digest = "0x" + "ab" * 32
    assert legible(digest) == digest and legible("TS-20261122-0123456789") == "TS-20261122-0123456789"
    assert "\u200b" in legible("y" * 100) and legible("y" * 100).replace("\u200b", "") == "y" * 100
    assert legible("soft\u00adhyphen") == "soft\x01U+00AD\x02hyphen"
    assert legible("a\tb") == "a\x01U+0009\x02b"


def rows_of(kind: str, claims: dict[str, Any]) -> list[tuple[int, str, str]]:
    found, _ = rows(kind, claims, frozenset())
    return [(row.depth, row.zh, row.value) for row in found]


def test_claims_in_the_catalogues_words() -> None:
    assert rows_of("acceptance", {"amount": 93_500, "currency": "CNY", "quote": {"event": "q"}}) == [
        (0, "接受金额", "935.00 元"),
        (0, "货币", "CNY"),
        (0, "所接受报价", "q"),
    ]
    offer = {"offer": {"headline_rate_bp": 9_350, "rate_base": "face", "net": 1, "currency": "CNY"}}
    assert (1, "宣传折扣", "9.35 折（93.5 %）") in rows_of("quote", offer)
    assert (1, "折扣基数", "面值 face") in rows_of("quote", offer)


def test_words_of_free_text_are_left_alone() -> None:
    """`none` is a code in some places and a word in others."""
    assert rows_of("x-own", {"remark": "none", "n": 3, "deep": {"a": [1, {"b": True}]}}) == [
        (0, "remark", "none"),
        (0, "n", "3"),
        (0, "deep", ""),
        (1, "a 1", "1"),
        (1, "a 2", ""),
        (2, "b", "是 true"),
    ]


def test_thousands_of_members_are_cut_and_counted() -> None:
    found, left_out = rows("x-own", {f"c{n}": n for n in range(1_000)}, frozenset())
    assert (len(found), left_out) == (400, 600)
