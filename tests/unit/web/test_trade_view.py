"""What the page of a user's trade says, without a browser: from entries and findings to sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.core.hexs import to_hex
from service.core.times import parse_time
from service.disputes.certificate.amounts import amounts_of
from service.disputes.requests import CLAIM_CODES
from service.profiles.giftcard.findings import evaluate
from service.profiles.giftcard.findings.model import (
    Anchored,
    Finding,
    Kind,
    Promise,
    Reference,
    Sealed,
    Shown,
    TradeView,
    Truth,
)
from service.web.language import LANGUAGES, Language
from service.web.texts import FOLDER, Texts
from service.web.trade_view import Told, TradePage, trade_page
from service.web.trade_words import unbroken
from tests.unit.disputes.told import HOUR, START
from tests.unit.disputes.told import Told as Log

QUOTE: Mapping[str, Any] = {
    "items": [{"line": 1, "brand": "京东E卡", "face": 50000, "net": 47000, "kind": "code"}],
    "offer": {"currency": "CNY", "net": 47000},
    "terms": {"valid_until": "2099-01-31T09:00:00.000Z"},
}


def ref(entry: Shown) -> dict[str, str]:
    return {"event": entry.event, "digest": to_hex(entry.digest)}


def view(entries: Sequence[Shown], *sealed: Sealed) -> TradeView:
    return TradeView(b"\1" * 32, "o.example/l", 1, "0x" + "11" * 20, "t", tuple(entries), sealed)


def page(
    entries: Sequence[Shown],
    *sealed: Sealed,
    findings: Sequence[Finding] | None = None,
    language: Language = "zh",
    **changes: Any,
) -> TradePage:
    seen = view(entries, *sealed)
    now = changes.pop("now", START + 100 * HOUR)
    told = Told(
        platform="kaka",
        view=seen,
        findings=evaluate(seen, now) if findings is None else findings,
        amounts=amounts_of(seen, now),
        hints=changes.pop("hints", {}),
        disputes=changes.pop("disputes", ()),
        now=now,
    )
    return trade_page(told, Texts("trade", language))


def finding(code: str, **changes: Any) -> Finding:
    """A proved breach of the platform's."""
    made = Finding(code, Truth.PROVED, Kind.BREACH, "platform", "parties", 3, 1, "少了。", "Short.")
    return replace(made, **changes)


def accepted(log: Log, amount: int = 47000) -> Shown:
    quote = log.add("quote", **QUOTE)
    return log.add("acceptance", quote=ref(quote), amount=amount, currency="CNY")


def figures(shown: TradePage) -> dict[str, str]:
    return {each.name: each.value.replace("\u00a0", " ") for each in shown.figures}


def test_a_trade_that_was_called_off_waits_for_nothing() -> None:
    log = Log()
    log.add("quote", **QUOTE)
    log.add("cancellation", by="user", reason="other")
    shown = page(log.entries, findings=())
    assert figures(shown) == {"quoted": "470.00 元", "accepted": "没有", "paid": "没有"}
    assert shown.sentences[0] == "交易取消之前，您没有接受报价。"


def test_a_quote_that_has_ended_waits_for_no_answer() -> None:
    log = Log()
    log.add("quote", **QUOTE)
    shown = page(log.entries, findings=(), now=parse_time("2099-01-31T09:00:00.000Z"))
    assert shown.headline.replace("\u00a0", " ") == "平台报价 470.00 元，已经过期"
    assert figures(shown) == {"quoted": "470.00 元", "accepted": "没有", "paid": "没有"}
    assert "过期，您没有接受" in shown.sentences[0]
    assert not shown.awaits


def test_a_quote_alone() -> None:
    log = Log()
    log.add("quote", **QUOTE)
    shown = page(log.entries, findings=())
    assert figures(shown) == {"quoted": "470.00 元", "accepted": "还没有", "paid": "还没有"}
    assert "470.00\u00a0元" in shown.headline
    assert "2099-01-31 17:00" in shown.sentences[0].replace("\u00a0", " ").replace("\u2060", "")
    assert shown.cards == "京东E卡 面值 500.00 元"
    assert [each.signable.type for each in shown.offered] == ["acceptance"]


def test_paid_in_full() -> None:
    log = Log()
    accepted(log)
    log.payout(47000, final=True)
    shown = page(log.entries)
    assert figures(shown) == {"quoted": "470.00 元", "accepted": "470.00 元", "paid": "470.00 元"}
    assert (shown.look, shown.headline) == ("good", "款已付清")
    assert [each.signable.type for each in shown.offered] == ["payout_ack"]


@pytest.mark.parametrize(("language", "words"), [("zh", "少付了 40.00 元"), ("en", "CNY 40.00 short")])
def test_paid_too_little(language: Language, words: str) -> None:
    log = Log()
    accepted(log)
    log.payout(43000, final=True)
    shown = page(log.entries, language=language)
    assert (shown.look, shown.headline.replace("\u00a0", " ")) == ("bad", words)
    assert shown.proved[0].code == "payout_short"
    assert shown.claims[0].code == "not_paid"
    assert shown.claims[0].amount == 4000
    assert len(shown.claims) == len(CLAIM_CODES)


def test_a_cut_of_the_price_is_not_hidden() -> None:
    """Whoever accepted a lower price later sees what was promised at first, and by how much less it is."""
    log = Log()
    first = accepted(log)
    cheaper = {**QUOTE, "offer": {"currency": "CNY", "net": 40000}}
    revision = log.add("quote_revision", **cheaper, revises=ref(first), cause="inspection")
    offered = page(log.entries, findings=()).offered
    assert [(each.signable.type, each.lower) for each in offered] == [("acceptance", "70.00 元")]
    log.add("acceptance", quote=ref(revision), amount=40000, currency="CNY")
    shown = page(log.entries, findings=())
    assert figures(shown)["quoted"] == "470.00 元"
    assert shown.figures[0].label == "最初报价"
    assert "少 70.00\u00a0元" in shown.sentences[-1]


def test_what_cannot_be_told_is_not_told() -> None:
    log = Log()
    accepted(log)
    log.payout(47000)
    hidden = [replace(each, claims={}, withheld=4) if each.type == "payout" else each for each in log.entries]
    shown = page(hidden)
    assert figures(shown)["paid"] == "看不到"
    assert (shown.look, shown.headline) == ("plain", "交易进行中")


def test_a_breach_without_a_sum_and_one_made_good() -> None:
    log = Log()
    log.add("quote", **QUOTE)
    assert page(log.entries, findings=[finding("wrong_payee")]).headline == unbroken("有 1 处与约定不符")
    cured = page(log.entries, findings=[finding("payout_late", cured=True)])
    assert cured.look == "plain"
    assert not cured.claims[0].found, "what was made good is not claimed"


def test_others_faults_are_not_the_platforms() -> None:
    log = Log()
    log.add("quote", **QUOTE)
    shown = page(log.entries, findings=[finding("card_twice", against="user")])
    assert shown.look == "plain"
    assert shown.proved[0].against == "user"


def test_breaches_come_before_notes_and_cures() -> None:
    log = Log()
    log.add("quote", **QUOTE)
    told = [
        finding("a", kind=Kind.NOTE),
        finding("b", cured=True),
        finding("c", severity=1),
        finding("d"),
        finding("e", truth=Truth.INSUFFICIENT),
        finding("f", truth=Truth.NOT_PROVED),
    ]
    shown = page(log.entries, findings=told)
    assert [each.code for each in shown.proved] == ["d", "c", "b", "a"]
    assert [each.code for each in shown.insufficient] == ["e"]
    assert [each.code for each in shown.not_proved] == ["f"]


def test_entries_are_named_by_their_place() -> None:
    log = Log()
    entry = replace(log.add("quote", **QUOTE), event="quote-12ab")
    told = finding("a", zh="报价 quote-12ab 的回执，与 quote-12abc 不同。", en="The receipt of quote-12ab.")
    told = replace(told, references=(Reference("quote-12ab", entry.leaf), Reference("x", b"")))
    (zh,) = page([entry], findings=[told]).proved
    (en,) = page([entry], findings=[told], language="en").proved
    assert zh.sentence == "报价第\u00a01\u00a0条的回执，与 quote-12abc 不同。"
    assert en.sentence == "The receipt of record\u00a01." or en.sentence == "The receipt of record 1."
    assert zh.links == (("e0", "第 1 条"),)


def test_the_timeline_hides_nothing_and_shows_no_more() -> None:
    log = Log()
    quote = log.add("quote", **QUOTE)
    late = replace(
        log.add("handover", mode="courier"), promise=Promise(2, b"", 0, START // 1000 + 60, via=False)
    )
    withheld = replace(log.add("x-note"), withheld=2)
    gone = replace(log.add("inspection"), withheld=3)
    erasure = log.add("erasure", targets=[to_hex(gone.leaf)], ground="request")
    sealed = Sealed(5, 9, b"\5" * 32)
    anchored = replace(
        quote,
        anchor=Anchored(2, b"", True, START // 1000, 7, b"", 0, 0, 0, True),
        occurred=quote.received - HOUR,
    )
    proving = replace(withheld, anchor=Anchored(4, b"", False))
    shown = page([anchored, late, proving, gone, erasure], sealed, findings=(), hints={2: {"block": 8}})
    assert [each.sight for each in shown.entries] == ["full", "full", "withheld", "erased", "full", "sealed"]
    assert [each.state for each in shown.entries][:3] == ["anchored", "late", "proving"]
    assert "区块 7" in str(shown.entries[0].state_text)
    assert "区块 8" in str(shown.entries[2].state_text)
    assert "平台说发生于" in shown.entries[0].notes[0]
    last = shown.entries[-1]
    assert (last.title, last.time, last.state, last.detail) == ("一条不向您出示的记录", None, None, "")


def test_a_reason_names_what_the_user_may_see() -> None:
    log = Log()
    quote = log.add("quote", **QUOTE)
    hidden = Reference("review-9", b"\7" * 32)
    told = finding("payout_short", amount=4000, currency="CNY", references=(hidden,))
    (first, *_) = page(log.entries, findings=[told]).claims
    assert first.contested == (quote.event,)
    seen = replace(told, references=(hidden, Reference(quote.event, quote.leaf)))
    (first, *_) = page(log.entries, findings=[seen]).claims
    assert first.contested == (quote.event,)
    assert first.text == "没有付款，或没有付够。少了。"
    assert (first.amount, first.currency, first.remedy) == (4000, "CNY", "pay")


def test_nothing_to_see_nothing_to_dispute() -> None:
    shown = page([], Sealed(0, 0, b"\1" * 32), findings=())
    assert shown.claims == ()
    assert shown.offered == ()
    assert [each.sight for each in shown.entries] == ["sealed"]


def dispute(**changes: Any) -> dict[str, Any]:
    clock = {
        "due": "2026-11-25T12:00:00.000Z",
        "paused": False,
        "pause_ends": None,
        "remaining_ms": 1000,
        "answered": None,
        "overdue": False,
        "answered_late": False,
    }
    return {
        "dispute": "d-1",
        "state": "opened",
        "open": True,
        "opened": "2026-11-22T12:00:00.000Z",
        "claim": {"code": "price_cut", "text": "x", "amount": 4000, "currency": "CNY"},
        "clock": clock | changes.pop("clock", {}),
        "steps": [],
        "allowed": ["evidence", "withdraw"],
        **changes,
    }


def test_a_dispute_waits_for_its_answer() -> None:
    log = Log()
    accepted(log)
    shown = page(log.entries, findings=(), disputes=[dispute()])
    (told,) = shown.disputes
    assert (told.state_text, told.claim, told.amount) == ("等平台答复", "中途压价", "40.00 元")
    assert told.clock == "平台须在 2026-11-25 20:00 前答复"
    assert told.due == 1_795_608_000_000
    assert "price_cut" not in {each.code for each in shown.claims}, "that one is open already"


@pytest.mark.parametrize(
    ("clock", "words", "look"),
    [
        ({"overdue": True}, "没有在 72 小时内答复", "bad"),
        ({"paused": True, "pause_ends": "2026-11-24T12:00:00.000Z"}, "计时暂停", "plain"),
        ({"answered": "2026-11-24T12:00:00.000Z"}, "已于 2026-11-24 20:00 答复", "plain"),
        ({"answered": "2026-11-26T12:00:00.000Z", "answered_late": True}, "过了期限", "plain"),
    ],
)
def test_the_clock_in_words(clock: dict[str, Any], words: str, look: str) -> None:
    (told,) = page([], findings=(), disputes=[dispute(clock=clock)]).disputes
    assert words in str(told.clock)
    assert told.due is None
    assert told.look == look


def step(action: str, **claims: Any) -> dict[str, Any]:
    base = {"received": "2026-11-23T12:00:00.000Z", "sight": "full", "ignored": None, "by": "platform"}
    return {**base, "action": action, "claims": claims}


def test_steps_in_words_and_an_offer_to_agree_to() -> None:
    steps = [
        step("evidence", item={"label": "截图.png"}) | {"by": "user"},
        {"sight": "sealed", "seq": 1},
        step("answer", position="part", offer=2000),
        step("answer", position="reject") | {"ignored": "not_to_the_point"},
        step("award_for_user", amount=4000),
        step("award_for_user", pay_by="2026-12-31T15:59:59.999Z", body={"name": "某市消费者协会"}),
    ]
    allowed = ["evidence", "settle", "withdraw"]
    (told,) = page([], findings=(), disputes=[dispute(steps=steps, allowed=allowed, clock={})]).disputes
    assert [each.text for each in told.steps] == [
        "您提交了证据：截图.png。",
        "一条不向您出示的记录。",
        "平台答复：部分同意。提出支付 20.00 元。",
        "平台答复：不同意。（不计入）",
        "处理结果：支持您。应付 40.00 元。",
        "处理结果：支持您。最迟 2026-12-31 23:59 付清。由某市消费者协会作出。",
    ]
    assert "withdraw" in told.allowed
    decided = dispute(steps=steps, allowed=allowed) | {"award": {"outcome": "for_user"}}
    (after,) = page([], findings=(), disputes=[decided]).disputes
    assert after.allowed == ("evidence", "settle"), "no button gives up what was decided"
    assert (told.offer, told.offer_text) == (2000, "20.00 元")
    (without,) = page([], findings=(), disputes=[dispute(steps=steps)]).disputes
    assert without.offer is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_words(language: Language) -> None:
    log = Log()
    log.add("quote", **QUOTE)
    shown = page(log.entries, findings=(), language=language)
    assert {each.code for each in shown.claims} == set(CLAIM_CODES)


@pytest.mark.parametrize("name", ["trade", "code"])
def test_no_sentence_is_left_over(name: str) -> None:
    """Every key of the catalogue is used somewhere, whole or as `kind_` and a code."""
    web = FOLDER.parent
    sources = [
        *web.glob("trade*.py"),
        web / "finding_words.py",
        web / "code.py",
        *web.glob("templates/**/*.html"),
    ]
    sources += [*web.glob("js/trade/*.js"), *web.glob("js/*.js")]
    text = "\n".join(Path(each).read_text(encoding="utf-8") for each in sources)
    kinds = set(re.findall(r'word\(t, "(\w+)"|f?["`\'](\w+)_(?:\$?\{|["\'] ~)', text))
    prefixes = tuple(f"{kind}_" for pair in kinds for kind in pair if kind)
    said = {"breach", "note"}  # a finding's kind is its own key
    catalogue = json.loads((FOLDER / f"{name}.zh.json").read_text(encoding="utf-8"))
    assert [
        key
        for key in catalogue
        if not re.search(rf"\b{key}\b", text) and not key.startswith(prefixes) and key not in said
    ] == []
