"""Findings are total and deterministic, and hiding something never proves a breach that was not proved."""

from __future__ import annotations

import random
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from service.core.errors import EventRejected
from service.profiles import giftcard
from service.profiles.giftcard.check import check_event
from service.profiles.giftcard.findings import encode, evaluate, proved
from service.profiles.giftcard.findings.model import Kind, Shown, TradeView, Truth
from service.profiles.giftcard.findings.rules import RULES
from service.simulate import LIVE, NATURAL, PLATFORMS
from tests.unit.profiles.findings.builder import START, Trade
from tests.unit.profiles.findings.simulated import DAYS, Recorded, run

PHASES = (Phase.explicit, Phase.generate)
"""Examples are seeds: a smaller one is no simpler."""


@cache
def stories() -> tuple[Recorded, ...]:
    """Simulated trades of all kinds: messy, dishonest, abandoned."""
    return tuple(
        recorded
        for name in PLATFORMS
        for pace in (LIVE, NATURAL)
        for recorded in run(name, 40, 77, messy=0.7, dishonest=0.5, pace=pace)
    )


def breaches(view: TradeView, now: int) -> set[str]:
    return {each.code for each in proved(evaluate(view, now)) if each.kind is Kind.BREACH}


def hide(entry: Shown, names: Sequence[str]) -> Shown:
    kept = {name: value for name, value in entry.claims.items() if name not in names}
    return replace(entry, claims=kept, withheld=entry.withheld + len(entry.claims) - len(kept))


@given(st.randoms(use_true_random=False), st.sampled_from([1, 2, 4]))
@settings(max_examples=120, deadline=None, phases=PHASES)
def test_withholding_never_proves_a_breach(rng: random.Random, many: int) -> None:
    recorded = rng.choice(stories())
    view, now = recorded.view(), recorded.end + rng.choice((0, 60_000, 3_600_000, 5 * DAYS))
    entries = list(view.entries)
    for _ in range(many):
        place = rng.randrange(len(entries))
        names = list(entries[place].claims)
        if names:
            entries[place] = hide(entries[place], rng.sample(names, rng.randint(1, len(names))))
    hidden = replace(view, entries=tuple(entries))
    assert breaches(hidden, now) <= breaches(view, now), recorded.trade.trade


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, phases=PHASES)
def test_leaving_an_entry_out_never_proves_a_breach_of_the_platform(rng: random.Random) -> None:
    """A hole in the trade is another matter: it is the log's."""
    recorded = rng.choice(stories())
    view, now = recorded.view(), recorded.end + 5 * DAYS
    entries = list(view.entries)
    if len(entries) < 2:
        return
    del entries[rng.randrange(len(entries) - 1)]
    told = proved(evaluate(replace(view, entries=tuple(entries)), now))
    against = {each.code for each in told if each.kind is Kind.BREACH and each.against != "operator"}
    assert against <= breaches(view, now), recorded.trade.trade


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None, phases=PHASES)
def test_the_same_trade_gives_the_same_bytes(rng: random.Random) -> None:
    recorded = rng.choice(stories())
    view, now = recorded.view(), recorded.end + rng.randint(0, 10 * DAYS)
    findings = evaluate(view, now)
    assert encode(view, findings, now) == encode(deepcopy(view), evaluate(deepcopy(view), now), now)
    order = [rule.code for rule in RULES]
    assert list(dict.fromkeys(each.code for each in findings)) == order
    for code in order:
        told = [each.truth for each in findings if each.code == code]
        assert told == [Truth.PROVED] * len(told) or len(told) == 1


# Any trade that the profile lets through, however senseless.

_DIG = "0x" + "0f" * 32
_NUMBERS = (0, 1, 2, 99, 10_000, 2**53 - 1)


@cache
def examples() -> dict[str, dict[str, Any]]:
    return {name: giftcard.example(name) for name in giftcard.EVENT_TYPES}


def scrambled(value: Any, rng: random.Random, events: Sequence[str]) -> Any:
    """A value of the same shape with other contents."""
    if isinstance(value, dict):
        if "event" in value and value.keys() <= {"event", "digest"}:
            return {"event": rng.choice(events)}
        kept = {key: each for key, each in value.items() if rng.random() < 0.9}
        return {key: scrambled(each, rng, events) for key, each in kept.items()}
    if isinstance(value, list):
        return [scrambled(rng.choice(value), rng, events) for _ in range(rng.randint(0, 3))] if value else []
    if type(value) is int and rng.random() < 0.4:
        return rng.choice(_NUMBERS)
    return value


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None, phases=PHASES)
def test_evaluation_is_total(rng: random.Random) -> None:
    trade = Trade()
    posted: list[str] = ["nothing"]
    for place in range(rng.randint(0, 14)):
        name = rng.choice([each for each in examples() if each != "tariff"])
        claims = scrambled(examples()[name]["claims"], rng, posted)
        event = f"e{place}"
        whole = {"event": event, "trade": trade.trade, "type": name, "occurred": "2026-01-01T00:00:00.000Z"}
        try:
            check_event(whole | {"claims": claims}, poster="service")
        except EventRejected:
            claims = examples()[name]["claims"]
        at = rng.randrange(0, 400_000)
        trade.say(
            name, deepcopy(claims), at=at, received=at + rng.choice((0, 1, 299, 301, 90_000)), event=event
        )
        posted.append(event)
        if rng.random() < 0.1:
            trade.hide(event, *rng.sample(sorted(claims), rng.randint(0, len(claims))))
    view, now = trade.view(), START + rng.randrange(0, 10**9)
    findings = evaluate(view, now)
    assert encode(view, findings, now)
    assert {each.code for each in findings} == {rule.code for rule in RULES}
