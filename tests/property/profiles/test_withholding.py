"""Less is shown, less is known: whatever is withheld or left out of a trade, each rule says the same as
before or that it cannot tell, and never names a larger amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from service.core.errors import EventRejected
from service.profiles.giftcard.check import check_event
from service.profiles.giftcard.findings import evaluate
from service.profiles.giftcard.findings.model import Finding, TradeView, Truth
from tests.property.profiles.odd_trades import odd_trade
from tests.property.profiles.test_findings import examples, hide, scrambled
from tests.unit.profiles.findings.builder import START

PHASES = (Phase.explicit, Phase.generate)
LOGS_OWN = frozenset({"chain_broken", "back_dated", "claimed_after_anchor", "anchor_late", "anchor_unproved"})
"""Rules about places in the log: a place left out is proof of itself, or a matter of the places left."""


def crowded(rng: Random) -> tuple[TradeView, int]:
    """An odd trade with refunds, corrections, disputes, escrow and more behind it, and when to judge it."""
    trade, now = odd_trade(rng)
    posted = [each.event for each in trade.entries] or ["nothing"]
    at = max([each.received for each in trade.entries] or [START]) / 1000 - START / 1000
    for place in range(rng.randint(0, 8)):
        name = rng.choice([each for each in examples() if each not in ("tariff", "quote", "acceptance")])
        claims = scrambled(examples()[name]["claims"], rng, posted)
        event = {"event": f"e{place}", "trade": trade.trade, "type": name}
        try:
            whole = event | {"occurred": "2026-01-01T00:00:00.000Z", "claims": claims}
            check_event(whole, poster="service")
        except EventRejected:
            claims = examples()[name]["claims"]
        at += rng.choice((1, 100, 1_000, 90_000))
        early = rng.choice((0, 0, 0, 200, 4_000))
        posted.append(trade.say(name, deepcopy(claims), at=at - early, received=at, event=f"e{place}"))
    return trade.view(), max(now, START + round(at * 1000)) + rng.choice((0, 10**6, 10**9))


def by_rule(view: TradeView, now: int) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for each in evaluate(view, now):
        found.setdefault(each.code, []).append(each)
    return found


def largest(findings: Sequence[Finding]) -> int:
    return max((each.amount or 0 for each in findings), default=0)


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None, derandomize=True, phases=PHASES)
def test_what_is_withheld_decides_nothing(rng: Random) -> None:
    view, now = crowded(rng)
    entries = list(view.entries)
    if not entries:
        return
    for _ in range(rng.choice((1, 1, 2))):
        place = rng.randrange(len(entries))
        names = sorted(entries[place].claims)
        if names:
            chosen = rng.sample(names, rng.choice((1, 1, 1, len(names))))
            entries[place] = hide(entries[place], chosen)
    whole, part = by_rule(view, now), by_rule(replace(view, entries=tuple(entries)), now)
    for code, told in part.items():
        truth, before = told[0].truth, whole[code][0].truth
        assert truth is before or truth is Truth.INSUFFICIENT, (code, before, truth)
        if truth is Truth.PROVED:
            assert len(told) <= len(whole[code]), code
            assert largest(told) <= largest(whole[code]), code
            assert all(each.cured for each in told) or not all(each.cured for each in whole[code]), code


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, derandomize=True, phases=PHASES)
def test_what_is_left_out_decides_nothing_but_that_it_is_missing(rng: Random) -> None:
    view, now = crowded(rng)
    entries = list(view.entries)
    if len(entries) < 2:
        return
    del entries[rng.randrange(len(entries) - 1)]
    whole, part = by_rule(view, now), by_rule(replace(view, entries=tuple(entries)), now)
    for code, told in part.items():
        truth, before = told[0].truth, whole[code][0].truth
        assert code in LOGS_OWN or truth is before or truth is Truth.INSUFFICIENT, (code, before, truth)
