"""The promise to anchor in time."""

from __future__ import annotations

import pytest

from service.core.chain_view import Block, NodeUnreachable
from service.core.verdict import Verdict
from tests.reference import genuine
from tests.reference.genuine import T0
from tests.unit.core.verification import (
    LOG,
    Value,
    View,
    undecided,
    verify,
)


@pytest.fixture
def receipt() -> Value:
    return genuine.genuine()


def test_an_anchor_later_than_promised_breaks_the_promise(receipt: Value) -> None:
    receipt["checkpoint"] = LOG.note(6, T0 + 301, T0 + 419)
    report = verify(receipt)
    assert (report.verdict, report.exit_code, report.reason) == (Verdict.PROMISE_BROKEN, 1, "anchored_late")
    receipt["checkpoint"] = LOG.note(6, T0 + 301, T0 + 420)
    assert verify(receipt).facts.promise == "kept"


def test_a_late_anchor_counts_only_if_its_block_is_confirmed(receipt: Value) -> None:
    receipt["checkpoint"] = LOG.note(6, T0 + 301, T0 + 419)
    assert verify(receipt, named=False).verdict is Verdict.ANCHOR_NOT_CHECKED
    assert verify(receipt, trust=None).verdict is Verdict.LOG_NOT_TRUSTED


def test_a_later_anchor_does_not_show_when_the_first_one_was() -> None:
    later = genuine.anchor(LOG, 5, genuine.ON_CHAIN[1])
    given = genuine.receipt(LOG, 5, [later])
    given["checkpoint"] = LOG.note(6, T0 + 301, T0 + 421)  # the anchor before this one was in time
    assert verify(given).facts.promise == "kept"
    given["checkpoint"] = LOG.note(6, T0 + 301, T0 + 419)  # nobody can tell from this receipt
    report = verify(given)
    assert report.verdict is Verdict.GOOD
    assert report.facts.promise == "unknown"


def test_a_promise_of_a_directory_log_is_not_judged_by_the_registry() -> None:
    through = genuine.via_anchor(LOG, 5, 7)
    directory = bytes.fromhex(through["via"]["log"][2:])
    promise = LOG.note(6, T0 + 301, T0 + 302, via=directory)
    for anchor in (through, genuine.anchor(LOG, 5, genuine.ON_CHAIN[0])):
        report = verify({**genuine.receipt(LOG, 5, [anchor]), "checkpoint": promise})
        assert (report.verdict, report.facts.promise) == (Verdict.GOOD, "unknown")
    report = verify({**genuine.receipt(LOG, 5, []), "checkpoint": promise}, view=View(head=0))
    assert report.verdict is Verdict.NOT_ANCHORED_YET


def test_an_anchor_of_a_smaller_size_keeps_no_promise() -> None:
    given = genuine.receipt(LOG, 5, [genuine.anchor(LOG, 5, genuine.ON_CHAIN[0])], size=11)
    given["checkpoint"] = LOG.note(11, T0 + 301, T0 + 600)
    assert verify(given).facts.promise == "unknown"


@pytest.mark.parametrize(
    ("head", "at", "promise"),
    [(5, 3902, None), (5, 3901, "unknown"), (6, 3902, "unknown"), (6, 3901, "kept"), (0, 9999, None)],
)
def test_without_an_anchor_the_head_tells(receipt: Value, head: int, at: int, promise: str | None) -> None:
    """The promise is T0 + 3901; `at` is the time of the node's final block."""
    receipt["anchors"] = []
    report = verify(receipt, view=View(head=head, final=Block(200, b"", T0 + at)))
    if promise is None:
        assert (report.verdict, report.reason) == (Verdict.PROMISE_BROKEN, "never_anchored")
    else:
        assert (report.verdict, report.facts.promise) == (Verdict.NOT_ANCHORED_YET, promise)


def test_nobody_is_accused_in_the_name_of_an_unknown_log(receipt: Value) -> None:
    receipt["anchors"] = []
    view = View(head=0, final=Block(200, b"", T0 + 9999))
    assert verify(receipt, view=view).verdict is Verdict.PROMISE_BROKEN
    assert verify(receipt, view=view, trust=None).verdict is Verdict.LOG_NOT_TRUSTED


def test_a_node_that_is_down_breaks_no_promise(receipt: Value) -> None:
    receipt["anchors"] = []
    report = verify(receipt, view=View(failing=NodeUnreachable("down")))
    undecided(report, Verdict.NOT_ANCHORED_YET, 7, "no_anchors")
