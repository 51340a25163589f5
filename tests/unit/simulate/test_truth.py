"""The truth file: one JSON object a line, with what a judge of findings needs."""

from __future__ import annotations

import json
from pathlib import Path

from service.core.times import format_time, parse_time
from service.simulate import PLATFORMS, generate
from service.simulate.cheats import CHEATS
from service.simulate.truth import Implied, Truth, write_truths
from tests.unit.simulate.judging import START


def test_the_line(tmp_path: Path) -> None:
    truth = Truth(
        "t1",
        "kaka",
        ("payout_missing",),
        "payout_missing",
        900,
        (Implied("card_kept_unpaid"),),
        "未付",
        ("t1.02",),
        START,
    )
    assert write_truths(tmp_path / "simulation" / "1.truth.jsonl", [truth, truth]) == 2
    first, second = (tmp_path / "simulation" / "1.truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert first == second
    assert json.loads(first) == {
        "trade": "t1",
        "platform": "kaka",
        "codes": ["payout_missing"],
        "kind": "payout_missing",
        "amount": 900,
        "implied": [{"code": "card_kept_unpaid", "amount": None}],
        "description": "未付",
        "events": ["t1.02"],
        "provable_from": format_time(START),
    }


def test_truths_name_events_that_are_posted() -> None:
    for name in PLATFORMS:
        for trade in generate(name, 150, 9, START, dishonest=1.0):
            for truth in trade.truths:
                line = json.loads(truth.line())
                posted = {each.event["event"] for each in trade.events}
                assert line["trade"] == trade.trade
                assert line["platform"] == name
                assert line["events"]
                assert set(line["events"]) <= posted
                assert line["kind"] in CHEATS
                assert line["kind"].partition(".")[0] == line["codes"][0]
                assert line["amount"] is None or line["amount"] > 0
                assert parse_time(line["provable_from"]) >= START
