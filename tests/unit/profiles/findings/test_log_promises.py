"""What the log promised: times of receipt, anchors in time, one chain, no receipt without its entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.profiles.giftcard.findings import (
    anchor_late,
    anchor_unproved,
    back_dated,
    chain_broken,
    claimed_after_anchor,
    entry_absent,
    late_recorded,
)
from service.profiles.giftcard.findings.corrections import worlds
from service.profiles.giftcard.findings.evaluation import findings_of
from service.profiles.giftcard.findings.model import Anchored, Promise, Sealed, Shown, Truth
from tests.unit.profiles.findings.builder import START, Trade, ms, settled, time

PROVED, NOT, UNKNOWN = Truth.PROVED, Truth.NOT_PROVED, Truth.INSUFFICIENT
SECOND = START // 1000
LONG = 10**6


def one(**anchor: Any) -> Trade:
    """One quote, received at START, anchored 30 s later; `anchor` changes the slot."""
    trade = Trade()
    trade.quote()
    known = trade.entries[0].anchor
    assert known is not None
    trade.replace("quote-0", anchor=replace(known, **anchor))
    return trade


@pytest.mark.parametrize(
    ("anchor", "truth"),
    [
        ({}, NOT),
        ({"timestamp": SECOND - 120}, NOT),
        ({"timestamp": SECOND - 121}, PROVED),
        ({"timestamp": SECOND - 121, "final": None}, UNKNOWN),
        ({"timestamp": SECOND - 121, "final": False}, UNKNOWN),
        ({"timestamp": SECOND - 120, "final": None}, NOT),
        ({"prev_signed_at": SECOND + 120}, NOT),
        ({"prev_signed_at": SECOND + 121}, PROVED),
        # The anchor before covered the entry already: it bounds from the other side.
        ({"prev_signed_at": SECOND + 121, "prev_size": 101}, NOT),
        ({"prev_timestamp": SECOND - 121, "prev_size": 101}, PROVED),
        ({"prev_timestamp": SECOND - 121, "prev_size": 100}, NOT),
        ({"proved": False, "timestamp": None}, UNKNOWN),
    ],
)
def test_back_dated(anchor: Any, truth: Truth) -> None:
    assert one(**anchor).truth(back_dated.RULE, LONG) is truth


def test_back_dated_waits_for_an_anchor_and_names_what_is_missing() -> None:
    trade = one()
    trade.replace("quote-0", anchor=None)
    result = trade.ask(back_dated.RULE, LONG)
    assert (result.truth, result.missing) == (UNKNOWN, ("quote-0#anchor",))
    assert one(timestamp=SECOND - 121).ask(back_dated.RULE, LONG).against == "operator"


@pytest.mark.parametrize(
    ("received", "changes", "truth"),
    [
        (300, {}, NOT),
        (300.001, {}, PROVED),
        (9_000, {}, PROVED),
        # By the device's clock it was sent 10 s after it happened.
        (9_000, {"capture": {"mode": "offline", "sent_at": time(10)}}, NOT),
        (9_000, {"capture": {"mode": "offline"}}, UNKNOWN),
    ],
)
def test_late_recorded(received: float, changes: Any, truth: Truth) -> None:
    trade = Trade()
    trade.quote(received=received, **changes)
    assert trade.truth(late_recorded.RULE, LONG) is truth


def test_late_recorded_is_one_instance_with_the_longest_span() -> None:
    trade = Trade()
    trade.quote(received=400)
    trade.accept(received=10_000)
    trade.hand_over()
    result = trade.ask(late_recorded.RULE, LONG)
    assert (result.figures["entries"], result.figures["longest"]) == (2, 9_990_000)
    trade.hide("handover-2", "mode")
    assert trade.truth(late_recorded.RULE, LONG) is PROVED
    trade = Trade()
    trade.quote()
    trade.hide("quote-0")
    assert trade.ask(late_recorded.RULE, LONG).missing == ("quote-0#capture",)


@pytest.mark.parametrize(
    ("occurred", "anchor", "truth"),
    [
        (0, {}, NOT),
        (30.999, {}, NOT),
        (31, {}, PROVED),
        (31, {"final": None}, UNKNOWN),
        (0, {"final": None}, NOT),
        (0, {"proved": False}, UNKNOWN),
        (20, {"prev_size": 101, "prev_timestamp": SECOND + 10}, PROVED),
    ],
)
def test_claimed_after_anchor(occurred: float, anchor: Any, truth: Truth) -> None:
    trade = one(**anchor)
    trade.replace("quote-0", occurred=ms(occurred))
    assert trade.truth(claimed_after_anchor.RULE, LONG) is truth


@pytest.mark.parametrize(
    ("anchor", "truth"),
    [
        ({}, NOT),
        ({"timestamp": SECOND + 600}, NOT),
        ({"timestamp": SECOND + 601}, PROVED),
        ({"timestamp": SECOND + 601, "final": None}, UNKNOWN),
        ({"timestamp": SECOND + 601, "final": False}, UNKNOWN),
        ({"timestamp": SECOND + 600, "final": False}, NOT),
        ({"timestamp": SECOND + 601, "size": 900, "prev_size": 100}, PROVED),
        # The head before was large enough: it kept the promise, or something before it may have.
        ({"timestamp": SECOND + 601, "size": 900, "prev_size": 101, "prev_timestamp": SECOND + 600}, NOT),
        ({"timestamp": SECOND + 601, "size": 900, "prev_size": 101, "prev_timestamp": SECOND + 601}, UNKNOWN),
        ({"proved": False}, UNKNOWN),
    ],
)
def test_anchor_late(anchor: Any, truth: Truth) -> None:
    assert one(**anchor).truth(anchor_late.RULE, LONG) is truth


@pytest.mark.parametrize(("now", "truth"), [(600.999, NOT), (601, PROVED)])
def test_a_promise_without_any_anchor(now: float, truth: Truth) -> None:
    trade = one()
    trade.replace("quote-0", anchor=None)
    assert trade.truth(anchor_late.RULE, now) is truth
    promise = trade.entries[0].promise
    trade.replace("quote-0", promise=replace(promise, via=True))
    assert trade.truth(anchor_late.RULE, now) is NOT


def test_a_receipt_kept_since_the_post_says_nothing_of_later_anchors() -> None:
    trade = one()
    trade.replace("quote-0", anchor=None)
    kept = replace(trade.view(), anchors_sought=False)
    for now, truth in ((600.999, NOT), (601, UNKNOWN)):
        [finding] = findings_of(anchor_late.RULE, worlds(kept, ms(now)))
        assert finding.truth is truth


def test_entries_of_one_checkpoint_are_one_promise_and_share_their_anchors() -> None:
    trade = settled()
    shared = Promise(105, b"r", SECOND, SECOND + 600, via=False)
    for entry in trade.entries:
        trade.replace(entry.event, promise=shared, anchor=None)
    result = trade.ask(anchor_late.RULE, LONG)
    assert len(result.references) == 5
    in_time = Anchored(105, b"r", True, SECOND + 600, 7, b"h", 50, SECOND, SECOND, True)
    trade.replace("payout-4", anchor=in_time)
    assert trade.truth(anchor_late.RULE, LONG) is NOT


@pytest.mark.parametrize(
    ("anchor", "truth"),
    [
        ({}, NOT),
        ({"final": None}, UNKNOWN),
        ({"final": False}, PROVED),
        ({"proved": False, "timestamp": None, "final": None}, PROVED),
    ],
)
def test_anchor_unproved(anchor: Any, truth: Truth) -> None:
    trade = one(**anchor)
    assert trade.truth(anchor_unproved.RULE, LONG) is truth
    trade.replace("quote-0", promise=replace(trade.entries[0].promise, via=True))
    assert trade.truth(anchor_unproved.RULE, LONG) is NOT


def test_an_anchor_yet_to_come_is_not_unproved() -> None:
    trade = one()
    trade.replace("quote-0", anchor=None)
    assert trade.truth(anchor_unproved.RULE, LONG) is UNKNOWN


def seal(trade: Trade, event: str) -> None:
    """Show only place and leaf of an entry."""
    entry = trade.entry(event)
    trade.sealed = (*trade.sealed, Sealed(entry.seq, entry.index, entry.leaf))
    trade.drop(event)


def test_a_whole_chain_also_with_sealed_places() -> None:
    trade = settled()
    assert trade.truth(chain_broken.RULE, LONG) is NOT
    seal(trade, "handover-2")
    assert trade.truth(chain_broken.RULE, LONG) is NOT
    seal(trade, "quote-0")
    seal(trade, "payout-4")
    assert trade.truth(chain_broken.RULE, LONG) is NOT


def test_the_next_entry_names_the_sealed_leaf() -> None:
    trade = settled()
    seal(trade, "handover-2")
    trade.sealed = (replace(trade.sealed[0], leaf=b"\1" * 32),)
    result = trade.ask(chain_broken.RULE, LONG)
    assert (result.truth, result.figures) == (PROVED, {"place": 4})


@pytest.mark.parametrize(
    ("dropped", "figures"),
    [
        (["handover-2"], [{"place": 3}]),
        (["quote-0"], [{"place": 1}]),
        (["acceptance-1", "handover-2"], [{"first": 2, "last": 3}]),
        (["quote-0", "inspection-3"], [{"place": 1}, {"place": 4}]),
        (["payout-4"], [{}]),
    ],
)
def test_holes(dropped: list[str], figures: list[Any]) -> None:
    trade = settled()
    for event in dropped:
        trade.drop(event)
    results = trade.ask_all(chain_broken.RULE, LONG)
    assert [dict(each.figures) for each in results] == figures
    assert all((each.truth is PROVED) == bool(each.figures) for each in results)


def test_a_hole_of_any_length_costs_nothing() -> None:
    trade = settled()
    trade.replace("payout-4", seq=2**53)
    assert trade.ask(chain_broken.RULE, LONG).figures == {"first": 5, "last": 2**53}


def test_two_entries_at_one_place_and_a_wrong_prev() -> None:
    trade = settled()
    twin = replace(trade.entry("handover-2"), leaf=b"\2" * 32, event="handover-x", index=900)
    trade.entries.append(twin)
    [result] = trade.ask_all(chain_broken.RULE, LONG)
    assert (result.figures, len(result.references)) == ({"place": 3}, 2)
    trade.entries[-1] = trade.entry("handover-2")  # the same entry twice is no contradiction
    assert trade.truth(chain_broken.RULE, LONG) is NOT
    trade = settled()
    trade.replace("inspection-3", prev=b"\3" * 32)
    assert trade.ask(chain_broken.RULE, LONG).figures == {"place": 4}


def foreign(held: Trade, **changes: Any) -> Shown:
    return replace(held.entry("handover-2"), **changes)


@pytest.mark.parametrize(
    ("changes", "truth"),
    [
        ({}, NOT),
        ({"claims": {}, "withheld": 3}, NOT),
        ({"leaf": b"\1" * 32}, PROVED),
        ({"index": 500}, PROVED),
        ({"index": 101}, PROVED),
        ({"index": 500, "trade": "t-2"}, NOT),
        ({"leaf": b"\1" * 32, "received": ms(5_000)}, NOT),
        ({"leaf": b"\1" * 32, "received": ms(4_999)}, PROVED),
    ],
)
def test_entry_absent(changes: Any, truth: Truth) -> None:
    trade = settled()
    trade.foreign = (foreign(trade, **changes),)
    assert trade.truth(entry_absent.RULE, 4_999) is truth


def test_a_sealed_entry_is_there() -> None:
    trade = settled()
    trade.foreign = (foreign(trade),)
    seal(trade, "handover-2")
    assert trade.truth(entry_absent.RULE, LONG) is NOT
    trade.sealed = ()
    assert trade.ask(entry_absent.RULE, LONG).figures["index"] == 102
