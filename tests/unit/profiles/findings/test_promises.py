"""headline_gap, quote_arithmetic, illusory_promise: what the quote itself says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.profiles.giftcard.findings import headline_gap, illusory_promise, quote_arithmetic
from service.profiles.giftcard.findings.model import Kind, Truth
from tests.unit.profiles.findings.builder import HOUR, NET, Trade, item, settled, time

GAP, SUMS, ILLUSORY = headline_gap.RULE, quote_arithmetic.RULE, illusory_promise.RULE
LATER = 9 * HOUR


def accepted(amount: int, *items: dict[str, Any], **quote: Any) -> Trade:
    trade = Trade()
    trade.quote(*items, **quote)
    trade.accept(amount=amount)
    return trade


def tariff(trade: Trade, rate: int, *, begin: str = time(-1000), received: float = -900, **row: Any) -> str:
    """A published price in the trade's context."""
    published = Trade(f"tariff:{len(trade.context)}")
    published.first_index = len(trade.context)
    brand = {"brand": "沃嘉购物卡", "rate_bp": rate} | row
    window = {"from": begin} | ({"to": row.pop("to")} if "to" in row else {})
    brand.pop("to", None)
    event = published.say(
        "tariff", {"brands": [brand]} | window, at=received, event=f"tariff-{len(trade.context)}"
    )
    trade.context += tuple(published.entries)
    return event


@pytest.mark.parametrize(
    ("amount", "gap"), [(NET, None), (NET - 1, None), (NET - 2, 2), (NET + 9, None), (0, NET)]
)
def test_below_what_was_shown_by_more_than_a_fen_a_line(amount: int, gap: int | None) -> None:
    finding = accepted(amount).ask(GAP, LATER)
    assert finding.amount == gap
    assert finding.truth is (Truth.PROVED if gap else Truth.NOT_PROVED)


@pytest.mark.parametrize(("amount", "gap"), [(2 * NET - 2, None), (2 * NET - 3, 3)])
def test_every_line_may_round(amount: int, gap: int | None) -> None:
    assert accepted(amount, item(1), item(2)).ask(GAP, LATER).amount == gap


def test_only_accepted_lines_count() -> None:
    trade = Trade()
    trade.quote(item(1), item(2))
    trade.accept(items=[2], amount=NET - 2)
    assert trade.ask(GAP, LATER).amount == 2


@pytest.mark.parametrize(("base", "gap"), [("balance", None), ("face", 920)])
def test_the_rate_is_taken_of_what_the_quote_says(base: str, gap: int | None) -> None:
    trade = accepted(8_280, item(balance=9_000), offer={"rate_base": base})
    assert trade.ask(GAP, LATER).amount == gap


@pytest.mark.parametrize(
    ("offer", "line", "missing"),
    [
        ({"headline_rate_bp": None}, {}, "quote-0#offer.headline_rate_bp"),
        ({"rate_base": None}, {"balance": 9_000}, "quote-0#offer.rate_base"),
        ({"rate_base": None}, {}, "quote-0#offer.rate_base"),
        ({"rate_base": "balance"}, {}, "quote-0#items.balance"),
    ],
)
def test_without_its_operands_it_is_open(offer: dict[str, Any], line: dict[str, Any], missing: str) -> None:
    assert accepted(NET, item(**line), offer=offer).ask(GAP, LATER).missing == (missing,)


def test_where_face_and_balance_agree_nobody_needs_to_say_which() -> None:
    trade = accepted(NET - 2, item(balance=10_000), offer={"rate_base": None})
    assert trade.ask(GAP, LATER).amount == 2


def test_a_headline_of_another_currency_is_no_comparison() -> None:
    trade = accepted(NET)
    trade.put("acceptance-1", currency="HKD")
    assert trade.ask(GAP, LATER).missing == ("acceptance-1#currency",)


@pytest.mark.parametrize(
    ("rate", "row", "gap"),
    [
        (9_300, {}, 100),
        (9_200, {}, None),
        (9_000, {}, None),
        (9_300, {"brand": "别的卡"}, None),
        (9_300, {"kind": "physical"}, None),
        (9_300, {"kind": "code"}, 100),
        (9_300, {"min_face": 10_000}, 100),
        (9_300, {"min_face": 10_001}, None),
        (9_300, {"begin": time(0)}, 100),
        (9_300, {"begin": time(0.001)}, None),
        (9_300, {"to": time(0)}, None),
        (9_300, {"to": time(0.001)}, 100),
    ],
)
def test_the_published_tariff_counts_while_it_is_in_force(
    rate: int, row: dict[str, Any], gap: int | None
) -> None:
    trade = accepted(NET)
    tariff(trade, rate, **row)
    finding = trade.ask(GAP, LATER)
    assert finding.amount == gap
    if gap:
        assert finding.references[-1].event == "tariff-0"


@pytest.mark.parametrize(
    ("rows", "gap"),
    [
        ([(9_500, {"min_face": 1_000}), (9_300, {"min_face": 10_000}), (9_700, {"min_face": 20_000})], 100),
        ([(9_500, {}), (9_300, {"kind": "code"}), (9_700, {"kind": "physical"})], 100),
        ([(9_250, {"min_face": 10_000}), (9_300, {"min_face": 10_000})], 100),
        ([(9_500, {"kind": "code"}), (9_300, {"min_face": 10_000})], 100),
    ],
)
def test_the_row_that_is_closest_to_the_card_counts(rows: list[tuple[int, Any]], gap: int) -> None:
    trade = accepted(NET)
    tariff(trade, 1)
    brands = [{"brand": "沃嘉购物卡", "rate_bp": rate} | more for rate, more in rows]
    for told in (brands, brands[::-1]):
        [entry] = trade.context
        trade.context = (replace(entry, claims={**entry.claims, "brands": told}),)
        assert trade.ask(GAP, LATER).amount == gap


def test_a_later_tariff_takes_the_place_of_an_earlier_one() -> None:
    trade = accepted(NET)
    tariff(trade, 9_500)
    tariff(trade, 9_100, begin=time(-500))
    assert trade.truth(GAP, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize("rate", [9_500, 9_100])
def test_of_a_tariff_recorded_after_the_quote_nobody_can_say(rate: int) -> None:
    trade = accepted(NET)
    if rate == 9_100:
        tariff(trade, 9_500)
    tariff(trade, rate, begin=time(-500), received=5)
    assert trade.ask(GAP, LATER).missing == ("tariff",)


def test_a_tariff_that_the_quote_names_has_to_be_there() -> None:
    trade = accepted(NET, tariff={"event": "tariff-0"})
    assert trade.ask(GAP, LATER).missing == ("tariff",)
    tariff(trade, 9_200)
    assert trade.truth(GAP, LATER) is Truth.NOT_PROVED
    trade.context = ()
    trade.put("acceptance-1", amount=9_000)
    assert trade.ask(GAP, LATER).amount == 200  # whatever the tariff says, it only raises what is promised


def test_each_card_goes_by_its_own_tariff() -> None:
    trade = accepted(2 * NET, item(1), item(2, brand="别的卡"))
    tariff(trade, 9_300)
    assert trade.ask(GAP, LATER).amount == 100


@pytest.mark.parametrize("hidden", [("quote-0", "offer"), ("quote-0", "items"), ("acceptance-1", "amount")])
def test_withheld(hidden: tuple[str, str]) -> None:
    trade = accepted(NET - 2)
    trade.hide(*hidden)
    assert trade.truth(GAP, LATER) is Truth.INSUFFICIENT


# quote_arithmetic


def user_fee(amount: int | None = 500, payer: str | None = "user") -> dict[str, Any]:
    return (
        {"code": "service"}
        | ({"amount": amount} if amount is not None else {})
        | ({"payer": payer} if payer else {})
    )


@pytest.mark.parametrize(
    ("offer", "sound"),
    [
        ({}, True),
        ({"net": NET - 1}, False),
        ({"gross": NET + 1}, False),
        ({"gross": NET + 500, "fees": [user_fee()]}, False),  # the headline is then higher than the gross
        ({"gross": NET + 500, "fees": [user_fee()], "headline_rate_bp": 9_700}, True),
        ({"gross": NET + 500, "fees": [user_fee(499)], "headline_rate_bp": 9_700}, False),
        ({"fees": [user_fee(500, "platform")]}, True),
        ({"fees": [user_fee(500, None)]}, True),  # nobody says that the user pays it
        ({"gross": NET + 500, "fees": [user_fee(500, None)], "headline_rate_bp": 9_700}, True),
        ({"gross": NET - 100, "fees": [user_fee(-100)], "headline_rate_bp": 9_100}, True),  # a coupon
        ({"headline_rate_bp": 9_201}, True),  # a fen is forgiven for each line
        ({"headline_rate_bp": 9_202}, False),
        ({"headline_rate_bp": 9_199}, True),
        ({"headline_rate_bp": 9_198}, False),
        ({"gross": None}, None),
        ({"headline_rate_bp": None}, None),
        ({"rate_base": None}, None),
        ({"fees": [user_fee(None)]}, None),
        ({"gross": None, "net": NET - 1}, False),
    ],
)
def test_sums(offer: dict[str, Any], sound: bool | None) -> None:
    truth = settled(offer=offer).truth(SUMS, LATER)
    wanted = {True: Truth.NOT_PROVED, False: Truth.PROVED, None: Truth.INSUFFICIENT}
    assert truth is wanted[sound]


def test_every_card_of_the_quote_counts_however_few_are_accepted() -> None:
    trade = Trade()
    trade.quote(item(1), item(2))
    trade.accept(items=[1], amount=NET)
    assert trade.truth(SUMS, LATER) is Truth.NOT_PROVED


def test_an_error_put_right_before_the_acceptance_is_none() -> None:
    trade = Trade()
    trade.quote(offer={"net": 1})
    assert trade.truth(SUMS, LATER) is Truth.PROVED
    trade.revise(cause="error")
    assert trade.truth(SUMS, LATER) is Truth.NOT_PROVED
    trade.accept()
    assert trade.truth(SUMS, LATER) is Truth.NOT_PROVED


@pytest.mark.parametrize("hidden", ["offer", "items"])
def test_a_quote_that_is_withheld(hidden: str) -> None:
    trade = settled(offer={"net": 1})
    trade.hide("quote-0", hidden)
    assert trade.truth(SUMS, LATER) is Truth.INSUFFICIENT


# illusory_promise


@pytest.mark.parametrize(
    ("conditions", "truth"),
    [
        ([("damaged", 920)], Truth.NOT_PROVED),
        ([("damaged", 921)], Truth.PROVED),
        ([("damaged", 460), ("expired", 461)], Truth.PROVED),
        ([("balance_short", NET), ("damaged", 920)], Truth.NOT_PROVED),
        ([("damaged", None)], Truth.PROVED),
        ([("balance_short", None)], Truth.PROVED),
        ([("other", 1)], Truth.PROVED),
        ([("damaged", "absent")], Truth.INSUFFICIENT),
        ([("damaged", "absent"), ("expired", 921)], Truth.PROVED),
        ([("balance_short", "absent")], Truth.NOT_PROVED),
        ([], Truth.NOT_PROVED),
    ],
)
def test_conditions(conditions: list[tuple[str, Any]], truth: Truth) -> None:
    listed = [{"code": code} | ({} if cap == "absent" else {"cap": cap}) for code, cap in conditions]
    finding = settled(conditions=listed).ask(ILLUSORY, LATER)
    assert finding.truth is truth
    assert finding.kind is Kind.NOTE


def test_conditions_that_are_withheld() -> None:
    trade = settled(conditions=[{"code": "other", "cap": 1}])
    trade.hide("quote-0", "conditions")
    assert trade.ask(ILLUSORY, LATER).missing == ("quote-0#conditions",)
