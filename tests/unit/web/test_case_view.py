"""The page of a dispute as plain values: what it is about, where it stands, the clock, the decision."""

from __future__ import annotations

from typing import Any

import pytest

from service.core.times import format_time
from service.profiles.giftcard.findings.model import TradeView
from service.web.case_view import CaseView, case_view
from service.web.language import Language
from service.web.texts import Texts
from service.web.wording import size_text

NOW = 1_800_000_000_000
HOUR = 3_600_000
VIEW = TradeView(b"l" * 32, "log.example/kaka", 31337, "0x" + "11" * 20, "t-1", ())


def document(**changes: Any) -> dict[str, Any]:
    clock = {
        "due": format_time(NOW + 50 * HOUR),
        "paused": False,
        "paused_since": None,
        "pause_ends": None,
        "paused_ms": 0,
        "remaining_ms": 50 * HOUR,
        "answered": None,
        "overdue": False,
        "answered_late": False,
    }
    told = {
        "dispute": "d-1",
        "trade": "t-1",
        "state": "opened",
        "by": "user",
        "opened": format_time(NOW),
        "claim": {"code": "price_cut", "text": "少付了", "amount": 8000, "currency": "CNY"},
        "contested": [{"event": "e-unknown"}, "nonsense"],
        "forum": "court",
        "remedy": "pay",
        "clock": clock | changes.pop("clock", {}),
        "award": None,
        "attachments": [],
        "allowed": ["evidence", "award_for_user", "award_for_platform", "settle"],
    }
    return told | changes


def shown(language: Language = "zh", now: int = NOW, **changes: Any) -> CaseView:
    return case_view(document(**changes), VIEW, now, Texts("case", language))


def test_the_summary_says_what_the_platform_answered() -> None:
    answer = {"action": "answer", "ignored": None, "claims": {"position": "part", "offer": 4000}}
    late = {"action": "answer", "ignored": "not_possible", "claims": {"position": "accept"}}
    steps = [{"sight": "sealed", "seq": 1}, answer, late]
    assert "平台只接受一部分要求，愿付 40.00 元。" in shown(state="answered", steps=steps).summary
    assert "愿付" not in shown(state="awarded_for_user", steps=steps).summary, "it is decided"
    withheld = {"action": "answer", "ignored": None, "sight": "withheld"}
    assert "接受" not in shown(state="answered", steps=[answer, withheld]).summary


def test_the_summary_says_what_it_is_about_and_where_it_stands() -> None:
    assert shown().summary == (
        "用户提出：被压价，涉及 80.00 元，要求付款。争议于 2027-01-15 16:00:00 提起。"
        "平台还没有答复。应在 2027-01-17 18:00:00 前作实质答复，还剩 2 天 2 小时。"
    )
    assert shown("en").summary == (
        "The user says: the price was cut, CNY 80.00 at stake; payment is asked for. "
        "The dispute was opened on 2027-01-15 16:00:00. The platform has not answered yet. "
        "An answer to the point is due by 2027-01-17 18:00:00, in 2 d 2 h."
    )


def test_a_claim_that_is_not_shown_is_not_guessed() -> None:
    view = shown(claim=None, forum=None, remedy=None)
    assert (view.claim, view.words) == (None, None)
    assert view.summary.startswith("用户提起了争议，诉求的内容不向您公开。")


def test_a_claim_of_the_platforms_own_is_called_what_it_calls_it() -> None:
    assert shown(claim={"code": "own-thing", "text": "?"}).claim == "own-thing"
    assert shown(forum="carrier pigeon", remedy={"odd": 1}).forum is None


@pytest.mark.parametrize(
    ("clock", "now", "told"),
    [
        ({"overdue": True, "remaining_ms": 0}, NOW + 53 * HOUR, "已超过 3 小时"),
        (
            {
                "paused": True,
                "paused_since": format_time(NOW),
                "pause_ends": format_time(NOW + 72 * HOUR),
            },
            NOW + HOUR,
            "最迟到 2027-01-18 16:00:00 恢复计时",
        ),
        ({}, NOW, "还剩 2 天 2 小时"),
    ],
)
def test_the_clock(clock: dict[str, Any], now: int, told: str) -> None:
    view = shown(now=now, clock=clock)
    assert told in view.summary
    assert view.clock is not None
    assert view.clock.runs
    assert (view.clock.overdue is not None) == clock.get("overdue", False)


def test_an_answer_stops_the_clock_and_a_late_one_is_said_to_be_late() -> None:
    answered = {"answered": format_time(NOW + 51 * HOUR), "answered_late": True, "remaining_ms": None}
    view = shown(state="answered", clock=answered)
    assert view.clock is not None
    assert (view.clock.runs, view.clock.left, view.clock.late) == (False, None, True)
    assert view.summary.endswith("平台已作实质答复，还没有处理结果。答复晚于期限。")


def test_a_platforms_own_dispute_has_no_clock() -> None:
    told = document(by="platform")
    told["clock"] = None
    view = case_view(told, VIEW, NOW, Texts("case", "zh"))
    assert view.clock is None
    assert view.summary.startswith("平台提出：")


def test_a_decision_and_what_is_paid_of_it() -> None:
    award = {
        "seq": 7,
        "outcome": "for_user",
        "body": {"name": "消协"},
        "amount": 8000,
        "paid": 3000,
        "pay_by": format_time(NOW + HOUR),
        "binding": True,
        "document": None,
    }
    view = shown(state="awarded_for_user", award=award, allowed=["settle"])
    assert view.decision is not None
    assert (view.decision.amount, view.decision.paid, view.decision.body) == ("80.00 元", "30.00 元", "消协")
    assert view.summary.endswith("处理结果：支持用户。应付 80.00 元，已付 30.00 元。")
    assert (view.may_file, view.outcomes) == (False, ("settled",))


def test_steps_are_those_that_the_api_allows() -> None:
    assert shown().outcomes == ("for_user", "for_platform", "settled")
    assert shown().may_file
    none = shown(state="withdrawn", allowed=[])
    assert (none.outcomes, none.may_file) == ((), False)


def test_every_state_and_code_has_words() -> None:
    from service.disputes.requests import CLAIM_CODES
    from service.disputes.states import State

    for language in ("zh", "en"):
        texts = Texts("case", language)
        assert all(texts(f"stand_{state.value}") and texts(f"state_{state.value}") for state in State)
        assert all(texts(f"claim_{code}") for code in CLAIM_CODES)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (182_044, "182 KB"), (1_400_000, "1.4 MB")]
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text
