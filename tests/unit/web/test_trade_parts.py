"""A trade in parts: amounts, findings in groups, entries with what stands behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.profiles.giftcard.evidence_findings import findings_of, view_of
from service.profiles.giftcard.findings.model import Finding, Kind, Sealed, Truth
from service.web.entry_gist import gist
from service.web.trade_parts import TradeShown, finding_groups, timeline, trade_shown
from tests.unit.disputes.certificate import trades


@pytest.fixture(scope="module")
def genuine() -> Any:
    evidence = trades.evidence()
    view = view_of(evidence)
    return view, findings_of(evidence, view), evidence.taken


def test_every_entry_is_told_in_both_languages(genuine: Any) -> None:
    view, findings, now = genuine
    zh: TradeShown = trade_shown(view, findings, now, "zh")
    en: TradeShown = trade_shown(view, findings, now, "en")
    assert [each.seq for each in zh.timeline] == [each.seq for each in view.entries]
    assert [each.title for each in zh.timeline][:2] != [each.title for each in en.timeline][:2]
    assert zh.amounts is not None
    assert zh.amounts.promised is not None
    assert zh.amounts.promised.endswith(" 元")
    total = sum(map(len, (zh.findings.proved, zh.findings.insufficient, zh.findings.rest)))
    assert total == len(findings)
    assert not any(
        "元" in row.value for item in en.timeline for row in item.rows if row.value.startswith("CNY")
    )


def test_a_bracket_is_what_the_chain_proves(genuine: Any) -> None:
    view, _, _ = genuine
    proved = [each for each in timeline(view, "zh") if each.by is not None]
    assert proved
    assert all(each.not_before is None or each.not_before.iso < each.by.iso for each in proved if each.by)
    bare = replace(view, entries=tuple(replace(each, anchor=None) for each in view.entries))
    assert all(each.by is None and each.not_before is None and each.promised for each in timeline(bare, "zh"))


def test_sealed_entries_keep_their_place(genuine: Any) -> None:
    view, _, _ = genuine
    first = view.entries[0]
    hidden = replace(view, entries=view.entries[1:], sealed=(Sealed(first.seq, first.index, first.leaf),))
    item = timeline(hidden, "zh")[0]
    assert (item.sealed, item.seq, item.title, item.rows, item.event) == (True, first.seq, "", (), "")


def test_an_erasure_is_named_at_its_entry(genuine: Any) -> None:
    view, _, _ = genuine
    target, last = view.entries[0], view.entries[-1]
    claims = {"targets": ["0x" + target.leaf.hex(), "0xnonsense", 7], "ground": "request"}
    erasure = replace(last, type="erasure", seq=last.seq + 1, leaf=b"e" * 32, claims=claims)
    items = timeline(replace(view, entries=(*view.entries, erasure)), "zh")
    assert items[0].erased_by == erasure.seq
    assert all(each.erased is None for each in items[1:])


def finding(truth: Truth, **changes: Any) -> Finding:
    kind = changes.pop("kind", Kind.BREACH)
    told = {"zh": "一句话。", "en": "A sentence.", "severity": 2, **changes}
    return Finding("code", truth, kind, "platform", "parties", version=1, **told)


def test_breaches_come_before_notes_and_the_gravest_first(genuine: Any) -> None:
    view, _, _ = genuine
    given = [
        finding(Truth.PROVED, kind=Kind.NOTE, severity=3),
        finding(Truth.PROVED, severity=1),
        finding(Truth.NOT_PROVED),
        finding(Truth.PROVED, severity=3),
        finding(Truth.PROVED, severity=3, cured=True),
    ]
    groups = finding_groups(view, given, "zh")
    told = [(each.kind, each.severity, each.cured) for each in groups.proved]
    assert told == [("breach", 3, False), ("breach", 1, False), ("breach", 3, True), ("note", 3, False)]
    assert len(groups.rest) == 1


@pytest.mark.parametrize(("event", "named"), [("handover:0001", True), ("e-0001", True), ("accepted", False)])
def test_entries_are_told_by_their_number(genuine: Any, event: str, named: bool) -> None:
    """What could as well be a word of the sentence is left alone."""
    view, _, _ = genuine
    view = replace(view, entries=(replace(view.entries[0], event=event), *view.entries[1:]))
    lacking = finding(Truth.INSUFFICIENT, zh=f"缺少{event} 的金额，与{event}-2、a:{event} 无关。")
    told = finding_groups(view, [lacking], "zh").insufficient[0].sentence
    number = "第 1 条" if named else f"{event} "
    assert told == f"缺少{number}的金额，与{event}-2、a:{event} 无关。"
    proved = finding(Truth.PROVED, zh=f"没有记录表明{event} 交给了用户。")
    assert finding_groups(view, [proved], "zh").proved[0].sentence == f"没有记录表明{number}交给了用户。"


def test_an_english_sentence_tells_beijing_time(genuine: Any) -> None:
    """As everything else on the page does."""
    view, _, _ = genuine
    proved = finding(Truth.PROVED, en="The price was cut at 2026-11-22 18:32:37 UTC.")
    (told,) = finding_groups(view, [proved], "en").proved
    assert told.sentence == "The price was cut at 2026-11-23 02:32:37 Beijing time."


@pytest.mark.parametrize(
    ("kind", "claims", "zh", "en"),
    [
        (
            "quote",
            {"offer": {"net": 92000, "currency": "CNY", "headline_rate_bp": 9200}},
            "920.00 元，9.2 折",
            "CNY 920.00, 92%",
        ),
        (
            "payout",
            {
                "state": "succeeded",
                "legs": [{"kind": "money", "amount": 84000, "channel": "alipay"}, {"kind": "points"}],
            },
            "成功，840.00 元，支付宝",
            "succeeded, CNY 840.00, Alipay",
        ),
        ("dispute_evidence", {"proves": "付款截图"}, "付款截图", "付款截图"),
        (
            "dispute_answer",
            {"kind": "substantive", "position": "part", "offer": 2000},
            "实质答复，部分，20.00 元",
            "substantive, part, CNY 20.00",
        ),
        (
            "inspection",
            {"items": [{"outcome": "pass"}, {"outcome": "pass"}, {"outcome": "used"}]},
            "通过，已使用",
            "pass, used",
        ),
        ("quote", {}, "", ""),
        ("payout", {"legs": "?", "state": 7}, "", ""),
        ("x-own", {"amount": True, "state": ["?"]}, "", ""),
    ],
)
def test_gists(genuine: Any, kind: str, claims: dict[str, Any], zh: str, en: str) -> None:
    view, _, _ = genuine
    entry = replace(view.entries[0], type=kind, claims=claims)
    assert (gist(entry, "CNY", "zh"), gist(entry, "CNY", "en")) == (zh, en)
