"""Retention periods: which rule a claim falls under, and what an operator may write."""

from __future__ import annotations

import pytest

from service.profiles.giftcard import EVENT_TYPES
from service.profiles.giftcard.retention import DEFAULT, Period, Retention, RetentionError, read
from service.profiles.giftcard.types import known_claims

YEAR = 365 * 86_400


def test_every_default_names_a_claim_of_the_profile() -> None:
    for name in DEFAULT.keys() - {"*", "own", "disputes"}:
        event_type, _, claim = name.partition(".")
        types = EVENT_TYPES if event_type == "*" else (event_type,)
        assert any(claim in known_claims(each) for each in types), name


def test_how_long_disputes_keep_is_a_rule_beside_the_others() -> None:
    day = 86_400
    assert Retention().disputes == Retention({"*": Period(0, 1)}).disputes == Period(180 * day, 1096 * day)
    assert read({"disputes": {"least": "1y"}}).disputes == Period(366 * day, 1096 * day)
    assert read({"disputes": {"most": "never"}}).disputes == Period(180 * day, None)
    with pytest.raises(RetentionError):
        read({"disputes": {"least": "9y"}})


@pytest.mark.parametrize(
    ("event_type", "claim", "at_once"),
    [
        ("quote", "offer", False),
        ("quote", "terms", False),
        ("acceptance", "amount", False),
        ("payout", "legs", False),
        ("tariff", "brands", False),
        ("quote", "presented", True),
        ("acceptance", "consent", True),
        ("acceptance", "settlement", True),
        ("payout_ack", "capture", True),
        ("dispute_opened", "claim", True),
        ("dispute_opened", "dispute", False),
        ("quote", "their-own", True),
        ("x-anything", "their-own", True),
    ],
)
def test_trade_information_is_kept_three_years_and_personal_claims_are_not(
    event_type: str, claim: str, at_once: bool
) -> None:
    period = Retention().period(event_type, claim)
    assert (period.least == 0) == at_once
    assert at_once or 3 * YEAR < period.least < 3 * YEAR + 2 * 86_400
    assert period.most is not None
    assert period.most >= period.least
    assert period.most >= 3 * YEAR


def test_the_nearest_rule_counts() -> None:
    rules = {
        "*": Period(1),
        "own": Period(2),
        "quote.*": Period(3),
        "*.presented": Period(4),
        "quote.terms": Period(5),
    }
    retention = Retention(rules)
    for event_type, claim, least in (
        ("payout", "legs", 1),
        ("payout", "mine", 2),
        ("quote", "offer", 3),
        ("quote", "mine", 3),
        ("quote", "presented", 4),
        ("quote", "terms", 5),
    ):
        assert retention.period(event_type, claim).least == least
    assert retention.shortest() is None
    assert Retention().shortest() == Period(0, 1096 * 86_400).most


def test_rules_are_read_on_top_of_others() -> None:
    retention = read(
        {"*.consent": {"most": "90d"}, "*": {"least": "2h", "most": "never"}, "x-a.b": {"least": "5s"}}
    )
    assert retention.period("acceptance", "consent") == Period(0, 90 * 86_400)
    assert retention.period("quote", "offer") == Period(7200, None)
    assert retention.period("x-a", "b").least == 5
    assert read({"quote.offer": {"least": "1m"}}, retention).period("quote", "offer") == Period(60, None)
    assert read({"quote.*": {"most": "9y"}}).rules["quote.*"].least == Retention().rules["*"].least


@pytest.mark.parametrize(
    "document",
    [
        {"nothing": {"least": "1d"}},
        {"quotes.offer": {"least": "1d"}},
        {"*.*": {"least": "1d"}},
        {"erasure.targets": {"least": "1d"}},
        {"hold.*": {"least": "1d"}},
        {"*": {"least": "1d", "lest": "2d"}},
        {"*": "1d"},
        {"*": {"least": 5}},
        {"*": {"least": "1.5d"}},
        {"*": {"least": "never"}},
        {"*": {"least": "2d", "most": "1d"}},
        {"*.offer": {"least": "99y"}},
    ],
)
def test_what_cannot_be_used_is_named(document: dict[str, object]) -> None:
    with pytest.raises(RetentionError) as caught:
        read(document)
    assert next(iter(document)) in str(caught.value)
