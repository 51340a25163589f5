"""What is generated: determinism, valid events, and DOMAIN's figures in the large."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

import pytest

from service.core.canonical import canonicalize, parse
from service.core.times import parse_time
from service.profiles.giftcard import EVENT_TYPES, check_event
from service.simulate import LIVE, NATURAL, PLATFORMS, Mix, Run, SimulatedTrade, episode, generate
from service.simulate.catalogue import BRANDS, card_kinds
from service.simulate.generate import user
from service.simulate.pace import Pace
from service.simulate.platforms import PlatformModel, UnknownPlatform, platform_model
from tests.unit.simulate.judging import START

TRADES = 500
CASES = pytest.mark.parametrize("name", list(PLATFORMS))


@pytest.fixture(scope="module")
def runs() -> dict[str, list[SimulatedTrade]]:
    return {name: list(generate(name, TRADES, 11, START)) for name in PLATFORMS}


def claims(trades: list[SimulatedTrade], type: str) -> list[dict[str, Any]]:
    return [
        each.event["claims"]  # type: ignore[misc]
        for trade in trades
        for each in trade.events
        if each.event["type"] == type
    ]


def test_the_same_seed_gives_the_same_events() -> None:
    first = list(generate("kaka", 40, 5, START, messy=0.5, dishonest=0.3))
    assert first == list(generate("kaka", 40, 5, START, messy=0.5, dishonest=0.3))
    assert first != list(generate("kaka", 40, 6, START, messy=0.5, dishonest=0.3))


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    longer = list(generate("xianka", 30, 5, START, messy=0.5, dishonest=0.3))
    shorter = list(generate("xianka", 20, 5, START, messy=0.5, dishonest=0.3))
    assert longer[: len(shorter)] == shorter


def test_runs_of_other_seeds_or_mixes_share_no_ids() -> None:
    names = {Run(seed, Mix(messy, 0.1)).name for seed in range(50) for messy in (0.0, 0.1, 0.2)}
    assert len(names) == 150


@pytest.mark.parametrize("pace", [LIVE, NATURAL], ids=["live", "natural"])
def test_another_start_moves_times_and_nothing_else(pace: Pace) -> None:
    """The runner learns a trade's length before it dates it."""
    model, run, later = PLATFORMS["bendi"], Run(3, Mix(1.0, 0.3)), 123_456_789
    for number in range(60):
        for here, there in zip(
            episode(model, run, number, START, pace),
            episode(model, run, number, START + later, pace),
            strict=True,
        ):
            for one, other in zip(here.events, there.events, strict=True):
                assert other.sent_ms - one.sent_ms == later
                assert parse_time(other.event["occurred"]) - parse_time(one.event["occurred"]) == later
                assert other.event["event"] == one.event["event"]


@pytest.mark.parametrize("pace", [LIVE, NATURAL], ids=["live", "natural"])
@pytest.mark.parametrize("mix", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)], ids=["honest", "messy", "dishonest"])
@CASES
def test_every_event_is_one_that_the_service_takes(name: str, mix: tuple[float, float], pace: Pace) -> None:
    ids: set[object] = set()
    for trade in generate(name, 80, 4, START, messy=mix[0], dishonest=mix[1], pace=pace):
        for each in trade.events:
            body = canonicalize(each.event)
            check_event(parse(body))
            assert len(body) < 65_536
            assert each.event["event"] not in ids
            ids.add(each.event["event"])


@CASES
def test_kinds_of_cards(name: str, runs: dict[str, list[SimulatedTrade]]) -> None:
    wanted = {"kaka": 237, "xianka": 112, "bendi": 68}[name]
    [tariff] = claims(runs[name], "tariff")
    published = {(each["brand"], each["kind"]) for each in tariff["brands"]}
    sold = {(item["brand"], item["kind"]) for each in claims(runs[name], "quote") for item in each["items"]}
    assert len(published) == wanted
    assert sold <= published
    assert len(sold) > 0.8 * wanted
    assert len(set(BRANDS)) >= 60


def test_the_catalogue_has_an_end() -> None:
    with pytest.raises(ValueError, match="not 238"):
        card_kinds(238, ("code", "physical", "account"))
    with pytest.raises(UnknownPlatform):
        platform_model("taotao")


@CASES
def test_fees_stay_in_the_platforms_range(name: str, runs: dict[str, list[SimulatedTrade]]) -> None:
    low, high = {"kaka": (500, 1200), "xianka": (800, 1500), "bendi": (300, 1000)}[name]
    rates = [fee["rate_bp"] for each in claims(runs[name], "quote") for fee in each["offer"]["fees"]]
    assert low <= min(rates)
    assert max(rates) <= high
    assert max(rates) - min(rates) > 0.4 * (high - low)


@CASES
def test_two_abandoned_quotes_beside_each_trade(name: str, runs: dict[str, list[SimulatedTrade]]) -> None:
    kinds = Counter(trade.kind for trade in runs[name])
    assert kinds == {"tariff": 1, "trade": TRADES, "abandoned": 2 * TRADES}
    assert all(len(trade.events) == 1 for trade in runs[name] if trade.kind == "abandoned")


def test_about_ten_events_a_trade(runs: dict[str, list[SimulatedTrade]]) -> None:
    monthly = {name: model.trades_a_month for name, model in PLATFORMS.items()}
    means = {
        name: sum(len(trade.events) for trade in trades if trade.kind == "trade") / TRADES
        for name, trades in runs.items()
    }
    average = sum(means[name] * monthly[name] for name in means) / sum(monthly.values())
    assert all(8.5 < mean < 13 for mean in means.values())
    assert 9.5 < average < 11


@CASES
def test_complaints_and_repeat_customers(name: str, runs: dict[str, list[SimulatedTrade]]) -> None:
    model = PLATFORMS[name]
    trades = [trade for trade in runs[name] if trade.kind == "trade"]
    complained = sum(1 for trade in trades if any(e.event["type"] == "dispute_opened" for e in trade.events))
    assert complained / TRADES == pytest.approx(model.complaint_rate, abs=0.035)
    assert 1 - len({trade.user for trade in trades}) / TRADES == pytest.approx(model.repeat_rate, abs=0.06)


def test_a_returning_customer_was_there_before() -> None:
    model, run = PLATFORMS["bendi"], Run(1)
    for number in range(200):
        earlier = user(model, run, number)
        assert earlier <= number
        assert user(model, run, earlier) == earlier


@CASES
def test_face_values_are_lognormal_around_the_median(
    name: str, runs: dict[str, list[SimulatedTrade]]
) -> None:
    faces = [item["face"] for each in claims(runs[name], "quote") for item in each["items"]]
    middle = PLATFORMS[name].face_median
    assert 0.8 * middle < median(faces) < 1.25 * middle
    assert max(faces) > 5 * middle
    assert min(faces) < middle / 3


@CASES
def test_everything_in_the_platforms_row_happens(name: str, runs: dict[str, list[SimulatedTrade]]) -> None:
    model: PlatformModel = PLATFORMS[name]
    trades = runs[name]
    methods = {each["pricing"]["method"] for each in claims(trades, "quote")}
    channels = {leg["channel"] for each in claims(trades, "payout") for leg in each["legs"]}
    reviews = {each["kind"] for each in claims(trades, "review")}
    forums = {each["forum"] for each in claims(trades, "dispute_opened")}
    modes = {each["capture"]["mode"] for each in claims(trades, "handover")}
    operations = {each["op"] for each in claims(trades, "lineage")}
    wanted = {
        "kaka": ({"ai", "mixed"}, {"alipay", "wechat", "bank"}, {"anomaly", "large_amount", "price"}),
        "xianka": (
            {"historical"},
            {"ecny", "alipay", "wechat", "bank", "points"},
            {"anomaly", "large_amount"},
        ),
        "bendi": ({"manual"}, {"cash"}, {"joint_defence", "large_amount"}),
    }[name]
    assert (methods, channels, reviews) == wanted
    assert forums == {model.forum}
    assert modes == ({"offline"} if model.offline else {"online"})
    assert operations == ({"split", "merge", "resale"} if name == "kaka" else {"resale"})
    assert bool(claims(trades, "escrow")) == (name == "xianka")
    assert {each["kind"] for each in claims(trades, "coverage")} == (
        {"kaka": {"insurance"}, "xianka": set(), "bendi": {"guarantor"}}[name]
    )
    assert bool(claims(trades, "referral")) == (name == "bendi")


def test_messy_life_has_every_type_a_platform_posts() -> None:
    found = {
        each.event["type"]
        for name in PLATFORMS
        for trade in generate(name, 150, 2, START, messy=1.0)
        for each in trade.events
    }
    # The service records erasures; a hold is put on entries that exist, by their leaves.
    assert found == set(EVENT_TYPES) - {"erasure", "hold"}


@CASES
def test_a_live_trade_is_over_in_time(name: str) -> None:
    """Posted at once, every event is less than 300 s old, but for those kinds of mess that are about being
    old.
    """
    for trade in generate(name, 150, 8, START, messy=0.5, dishonest=0.5):
        old = {"outage", "import", "returned_sold_again"} & set(trade.mess)
        old |= {truth.kind for truth in trade.truths} & {"late_recorded"}
        if trade.kind == "trade" and not old:
            assert trade.end_ms - trade.start_ms < 290_000


@CASES
def test_the_mix_is_what_was_asked_for(name: str) -> None:
    trades = [t for t in generate(name, 400, 3, START, messy=0.4, dishonest=0.2) if t.kind == "trade"]
    cheated = sum(bool(trade.truths) for trade in trades)
    messy = sum(bool(trade.mess) for trade in trades)
    assert cheated / 400 == pytest.approx(0.2, abs=0.06)
    assert messy / (400 - cheated) == pytest.approx(0.4, abs=0.08)
    assert not any(trade.mess and trade.truths for trade in trades)
