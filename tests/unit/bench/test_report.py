from __future__ import annotations

import pytest

from service.bench.load import Outcome
from service.bench.report import Figure, table


@pytest.mark.parametrize(
    ("value", "target", "better", "met"),
    [
        (10.0, 10.0, "higher", True),
        (9.99, 10.0, "higher", False),
        (10.0, 10.0, "lower", True),
        (10.1, 10.0, "lower", False),
        (1.0, None, "higher", None),
    ],
)
def test_a_target_is_met_or_missed(value: float, target: float | None, better: str, met: bool | None) -> None:
    figure = Figure("x", value, "s", target, better)  # type: ignore[arg-type]
    assert figure.met is met
    assert figure.document()["met"] is met


def test_the_table_says_what_was_missed() -> None:
    lines = table("t", [Figure("rate", 8111.4, "events/s", 10_000), Figure("share", 0.204, "", 0.35)])
    assert lines.split("\n") == [
        "t",
        "  rate   8,111 events/s  ≥ 10,000 events/s  missed",
        "  share            0.20  ≥ 0.35             missed",
    ]


def test_refusals_are_no_measurement() -> None:
    outcome = Outcome(seconds=2.0, statuses={201: 3, 503: 1}, latencies=[0.1, 0.2, 0.3, 0.4])
    assert outcome.rate == 2.0
    assert outcome.quantile(0.5) == pytest.approx(300)
    with pytest.raises(RuntimeError, match="503"):
        outcome.require(201)
    assert outcome.require(201, 503) is outcome
    with pytest.raises(RuntimeError, match="nothing"):
        Outcome(seconds=1.0).require(201)
