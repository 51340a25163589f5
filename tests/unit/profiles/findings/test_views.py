"""From receipts to what the rules look at: neither order nor repetition matters, and what is not shown is
counted.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from service.core.entry import build_entry, parse
from service.core.receipt import Receipt
from service.profiles.giftcard.findings import encode, evaluate
from service.profiles.giftcard.findings.view import shown, trade_view
from service.simulate import generate
from tests.unit.profiles.findings.receipted import Log
from tests.unit.profiles.findings.simulated import START


def receipts() -> list[Receipt]:
    log = Log("kaka")
    tariff, trade, *_ = generate("kaka", 1, 11, START)
    log.append(tariff)
    return log.append(trade)


def without(receipt: Receipt, place: int) -> Receipt:
    """The receipt with one disclosure withheld."""
    kept = tuple(each for number, each in enumerate(receipt.disclosures) if number != place)
    return replace(receipt, disclosures=kept)


def test_a_repeated_receipt_is_one_entry_and_the_fullest_is_looked_at() -> None:
    whole = receipts()
    poor = [without(each, 0) for each in whole]
    views = [trade_view("t", given) for given in (whole, whole + poor, poor + whole, whole + whole)]
    assert views[0] == views[1] == views[2] == views[3]
    assert all(each.withheld == 1 for each in trade_view("t", poor).entries)


def test_two_entries_at_one_place_have_one_order() -> None:
    first, second, third = receipts()[:3]
    entry = parse(second.entry)
    assert entry.prev is not None
    other = build_entry(entry.statement.encode(), entry.seq, entry.prev, "2027-01-01T00:00:00.000Z")
    twin = replace(second, entry=other, index=second.index + 900)
    told = set()
    for given in permutations((first, second, twin, third)):
        view = trade_view("t", list(given))
        told.add(encode(view, evaluate(view, START), START))
    assert len(told) == 1


def test_a_disclosure_given_twice_hides_nothing() -> None:
    receipt = receipts()[0]
    short = without(receipt, 0)
    doubled = replace(short, disclosures=(*short.disclosures, short.disclosures[0]))
    assert shown(doubled).withheld == shown(short).withheld == 1
    assert shown(receipt).withheld == 0
