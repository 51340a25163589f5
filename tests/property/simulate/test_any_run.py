"""Whatever the seed, the mix and the pace: events that the service takes, honest where they should be."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.canonical import canonicalize, parse
from service.core.times import parse_time
from service.profiles.giftcard import check_event
from service.simulate import LIVE, NATURAL, PLATFORMS, Mix, Run, episode, tariff
from service.simulate.deal import Card, Deal, Verdict, due
from tests.unit.simulate.judging import DAYS, recorded
from tests.unit.simulate.oracle import BREACHES, judge

RUNS = st.builds(
    Run, st.integers(0, 2**64), st.builds(Mix, st.floats(0, 1), st.sampled_from((0.0, 0.0, 0.3, 1.0)))
)
STARTS = st.integers(1_600_000_000_000, 4_000_000_000_000)


@settings(max_examples=80, deadline=None)
@given(
    RUNS, st.sampled_from(list(PLATFORMS)), st.integers(0, 10**6), STARTS, st.sampled_from((LIVE, NATURAL))
)
def test_an_episode(run: Run, name: str, number: int, start: int, pace: object) -> None:
    model = PLATFORMS[name]
    group = episode(model, run, number, start, pace)  # type: ignore[arg-type]
    assert group == episode(model, run, number, start, pace)  # type: ignore[arg-type]
    names = [each.event["event"] for trade in group for each in trade.events]
    assert len(set(names)) == len(names)
    for trade in group:
        sent = [each.sent_ms for each in trade.events]
        assert sent == sorted(sent)
        for each in trade.events:
            check_event(parse(canonicalize(each.event)))
            future = parse_time(each.event["occurred"]) - each.sent_ms
            assert future <= 90_000 or trade.truths
    published = recorded(tariff(model, run, start))
    companion = [recorded(trade) for trade in group if trade.kind == "companion"]
    now = max(trade.end_ms for trade in group) + 5 * DAYS
    proved = judge(recorded(group[0]), tariffs=published, twin=companion[0] if companion else (), now=now)
    wanted = {truth.codes[0] for truth in group[0].truths}
    assert wanted <= proved.keys()
    if not wanted:
        assert not proved.keys() & BREACHES


CARDS = st.builds(
    lambda line, face, share: Card(
        line, "沃嘉购物卡", "code", face, max(1, face * share // 100), f"0x{line:064x}"
    ),
    st.integers(1, 9),
    st.integers(1, 10**7),
    st.integers(1, 100),
)


@given(st.lists(CARDS, min_size=1, max_size=6, unique_by=lambda card: card.line), st.data())
def test_the_arithmetic_of_a_deal(cards: list[Card], data: st.DataObject) -> None:
    """What FINDINGS asks of an honest offer holds to the fen, for any cards, rate and rounding."""
    deal = Deal(
        tuple(cards),
        data.draw(st.integers(300, 1500)),
        data.draw(st.sampled_from(("face", "balance"))),
        data.draw(st.booleans()),
        "pro_rata",
        "inspection",
        60,
        60,
        60,
        ("alipay",),
        None,
    )
    base = sum(deal.base(card) for card in cards)
    assert abs(deal.offered() * 10_000 - base * deal.rate_bp) <= len(cards) * 10_000
    assert base * deal.rate_bp // 10_000 - deal.amount() <= len(cards)
    assert deal.fee() == base - deal.offered() >= 0
    found = {card.line: data.draw(st.integers(0, card.balance)) for card in cards}
    short = {line: Verdict("balance_short", amount) for line, amount in found.items()}
    expected = sum(deal.net(card) * found[card.line] // card.balance for card in cards)
    assert due(deal, short) == expected <= due(deal, {}) == deal.amount()
    assert due(deal, {card.line: Verdict("used", 0) for card in cards}) == 0
