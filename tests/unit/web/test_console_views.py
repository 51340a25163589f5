"""What the console makes of figures, forms and lists."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from service.api.problems import Refusal
from service.disputes.states import State
from service.web.console import disputes, overview
from service.web.console.entries import label_of, question
from service.web.console.fields import minor, moment
from service.web.console.figures import Board, Expense, Point, Standing, next_anchor, rate
from service.web.console.showing import TABS, ConsoleTexts
from service.web.console.visits import parse_form
from service.web.language import LANGUAGES
from service.web.texts import FOLDER, PARTS, catalogue
from service.webhooks.ports import EventType

IDLE = Standing(10, 10, 1_000_000, None, None, None)
WAITING = Standing(10, 4, 1_000_000, 1_004_000, 4_600_000, None)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.5", 1250),
        ("12.50", 1250),
        ("1,234.56", 123456),
        ("１２元", 1200),
        ("0.05", 5),
        ("0", 0),
        (None, None),
        ("12.345", "12.345"),
        ("-3", "-3"),
        ("1e3", "1e3"),
        ("十二", "十二"),
    ],
)
def test_yuan_as_people_type_them(text: str | None, amount: int | str | None) -> None:
    assert minor(text) == amount


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("120", "JPY", 120), ("120.50", "JPY", "120.50"), ("1.5", "KWD", 1500), ("12.5", "HKD", 1250)],
)
def test_amounts_of_other_currencies(text: str, currency: str, amount: int | str) -> None:
    assert minor(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-31T08:00", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31", "2026-01-31T15:59:59.999Z"),
        ("2026-01-31T08:00:00.000Z", "2026-01-31T08:00:00.000Z"),
        ("soon", "soon"),
        ("0001-01-01T00:00", "0001-01-01T00:00"),
        ("9999-12-31T23:59", "9999-12-31T15:59:00.000Z"),
        (None, None),
    ],
)
def test_local_times_as_utc(text: str | None, utc: str | None) -> None:
    assert moment(text) == utc


def test_the_rate_is_of_the_last_minute() -> None:
    points = [Point(0, 0, 0), Point(100_000, 50, 0), Point(130_000, 80, 0)]
    assert rate(points, 130_000) == 1.0
    assert rate(points[:1], 130_000) is None
    assert rate([], 0) is None


def test_the_next_anchor_comes_an_interval_after_the_last_one() -> None:
    assert next_anchor(IDLE, 0, 5_000) is None
    assert next_anchor(WAITING, 1_004_500, 5_000) == 1_005_000
    assert next_anchor(WAITING, 1_009_000, 5_000) == 1_009_000, "any moment, never in the past"
    assert next_anchor(WAITING, 1_004_500, 86_400_000) == 4_600_000, "a promise comes before the interval"
    assert next_anchor(replace(WAITING, anchored_at=None), 1_004_500, 5_000) == 1_004_500


def test_a_board_remembers_an_hour() -> None:
    now = [0]
    board = Board(
        ["kaka"],
        lambda name: replace(WAITING, size=now[0] // 5000),
        lambda name: Expense(100.0, 2, 0),
        interval=5000,
        clock_ms=lambda: now[0],
    )
    for _ in range(800):
        board.sample()
        now[0] += 5000
    board.appraise()
    found = board.figures("kaka")
    assert len(found.history) == 720
    assert found.rate == pytest.approx(0.2)
    assert found.expense == Expense(100.0, 2, 0)


def test_a_look_that_fails_does_not_end_the_watch() -> None:
    def broken(name: str) -> Standing:
        raise RuntimeError("database is locked")

    board = Board(["kaka"], broken, lambda name: Expense(None, None, None), interval=1, clock_ms=lambda: 0)
    board._quietly(board.sample)
    assert board._history["kaka"] == board._history["kaka"].__class__(maxlen=720)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("standing", [IDLE, WAITING, replace(IDLE, size=0, anchored=0, anchored_at=None)])
@pytest.mark.parametrize("expense", [Expense(None, None, None), Expense(17_026.4, 10**7, 2)])
@pytest.mark.parametrize("embedded", [True, False])
def test_every_figure_has_words(language: Any, standing: Standing, expense: Expense, embedded: bool) -> None:
    clock = 1_004_500
    board = Board(["x"], lambda _: standing, lambda _: expense, interval=5000, clock_ms=lambda: clock)
    board.appraise()
    texts = ConsoleTexts("overview", language)
    told = overview.shown(board.figures("x"), texts, language, embedded=embedded)
    assert all(told.values())
    assert not re.search(r"\{|None", "".join(told.values()))


def test_disputes_are_listed_by_what_is_due() -> None:
    def case(name: str, due: str | None, opened: str) -> dict[str, Any]:
        return {"dispute": name, "due": due, "opened": opened}

    listed = [
        case("old", None, "2026-01-01T00:00:00.000Z"),
        case("later", "2026-03-02T00:00:00.000Z", "2026-02-01T00:00:00.000Z"),
        case("new", None, "2026-02-01T00:00:00.000Z"),
        case("sooner", "2026-03-01T00:00:00.000Z", "2026-02-02T00:00:00.000Z"),
    ]
    assert [each["dispute"] for each in disputes.by_due(listed)] == ["sooner", "later", "new", "old"]


def test_a_search_form_as_the_apis_question() -> None:
    asked = question(
        {
            "trade": " t ",
            "event": "",
            "fingerprint": "0xab",
            "scope": "operator",
            "from": "2026-01-31T08:00",
        }
    )
    assert asked == {"trade": "t", "fingerprint": "operator:0xab", "from": "2026-01-31T00:00:00.000Z"}
    assert question({"fingerprint": "platform:0xab"}) == {"fingerprint": "platform:0xab"}


def test_forms() -> None:
    form = parse_form(b"a=+x+&b=&c=1&c=2&d=%E5%85%83&do=go")
    assert (form.get("a"), form.get("b"), form.all("c"), form.get("d")) == ("x", None, ["1", "2"], "元")
    assert form.does == "go"
    for bad in (b"\xff", b"a=%ff", b"&".join(b"x=%d" % n for n in range(1200))):
        with pytest.raises(Refusal):
            parse_form(bad)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_a_template_may_need_is_there(language: Any) -> None:
    texts = ConsoleTexts("disputes", language)
    for reason in disputes.REASONS:
        assert texts(f"reason_{reason}")
    for tab in TABS:
        assert texts(f"tab_{tab}")
    for state in State:
        assert texts(f"state_{state.value}")
    hooks = ConsoleTexts("webhooks", language)
    for event in EventType:
        assert hooks(f"event_{event.value}")


@pytest.mark.parametrize("part", sorted({each.name.split(".")[0] for each in FOLDER.glob("console_*.json")}))
def test_no_sentence_hides_one_of_the_parts(part: str) -> None:
    """A part's own words must not change what shared pieces of pages say."""
    shared = catalogue(PARTS, "zh")
    own = catalogue(part, "zh")
    assert [key for key in shared if own[key] != shared[key]] == []


def test_claims_have_names() -> None:
    assert label_of("quote", "items", "zh") != "items"
    assert label_of("quote", "mine", "zh") == "mine"
    assert label_of("x-own", "mine", "en") == "mine"
