"""Honest trades, plain and messy, prove nothing; every cheat proves what it says, and nothing else."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from service.simulate import LIVE, NATURAL, PLATFORMS, Mix, Run, generate
from service.simulate.cheats import CHEATS, Cheat
from service.simulate.draft import Draft
from service.simulate.generate import tariff_event
from service.simulate.pace import Pace
from service.simulate.platforms import platform_model
from service.simulate.play import play
from service.simulate.script import MESS, draw, plain
from service.simulate.trade import finish
from tests.unit.simulate.judging import START, as_sent, episodes, recorded, verdicts
from tests.unit.simulate.oracle import BREACHES, judge

PACES = pytest.mark.parametrize("pace", [LIVE, NATURAL], ids=["live", "natural"])
CASES = pytest.mark.parametrize("name", list(PLATFORMS))


@PACES
@CASES
def test_an_ordinary_trade_proves_nothing_at_all(name: str, pace: Pace) -> None:
    for trade, proved in verdicts(episodes(name, 150, 21, pace)):
        assert proved == {}, trade.trade


@PACES
@CASES
def test_messy_life_proves_no_breach(name: str, pace: Pace) -> None:
    kinds: Counter[str] = Counter()
    for trade, proved in verdicts(episodes(name, 250, 22, pace, messy=1.0)):
        # What arrives late is noted as such; that is no breach.
        assert proved.keys() <= {"late_recorded"}, (trade.trade, trade.mess, proved)
        kinds.update(trade.mess)
    skipped = {"wallet_cap", "channel_change"} if name == "bendi" else set()
    assert set(kinds) == set(MESS) - skipped


@CASES
def test_a_slow_line_makes_no_breach(name: str) -> None:
    """The runner may take a while to post a trade that it has dated: as long as the client tries again."""
    for late in (3_000, 60_000):
        groups = episodes(name, 120, 23, LIVE, messy=0.7)
        for trade, proved in verdicts(groups, lambda sent, late=late: sent + late):  # type: ignore[misc]
            assert not proved.keys() & BREACHES, (late, trade.trade, trade.mess, proved)


@pytest.mark.full
@PACES
@CASES
def test_messy_life_proves_no_breach_in_the_large(name: str, pace: Pace) -> None:
    for trade, proved in verdicts(episodes(name, 7_000, 24, pace, messy=1.0)):
        assert proved.keys() <= {"late_recorded"}, (trade.trade, trade.mess, proved)


@PACES
@CASES
def test_every_cheat_is_proved_and_nothing_else(name: str, pace: Pace) -> None:
    kinds: Counter[str] = Counter()
    for trade, proved in verdicts(episodes(name, 330, 25, pace, dishonest=1.0)):
        if trade.kind != "trade":
            assert proved.keys() <= {"card_twice", "late_recorded"}
            continue
        [truth] = trade.truths
        wanted = {truth.codes[0]: truth.amount} | {each.code: each.amount for each in truth.implied}
        assert proved.keys() - {"late_recorded"} == wanted.keys() - {"late_recorded"}, truth
        assert wanted.keys() <= proved.keys(), truth
        assert all(proved[code] == amount for code, amount in wanted.items() if amount is not None), (
            truth,
            proved,
        )
        kinds[truth.kind] += 1
    assert set(kinds) == {cheat.name for cheat in CHEATS.values() if cheat.possible(PLATFORMS[name])}


@CASES
def test_a_slow_line_does_not_save_a_cheat(name: str) -> None:
    for trade, proved in verdicts(episodes(name, 100, 26, LIVE, dishonest=1.0), lambda sent: sent + 8_000):
        for truth in trade.truths:
            assert truth.codes[0] in proved, truth


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=list(CHEATS))
def test_the_same_trade_without_the_cheat_proves_nothing(cheat: Cheat) -> None:
    """What the injector changes is all that is wrong: the prepared trade before it is honest."""
    run = Run(27, Mix(0, 1))
    for name in PLATFORMS:
        model = platform_model(name)
        if not cheat.possible(model):
            continue
        tariffs = recorded(next(iter(generate(name, 0, 27, START, dishonest=1.0))))
        for number in range(5):
            honest, spoiled = [], []
            for injected in (False, True):
                rng = random.Random(f"{number}/{name}")
                draft = Draft(model, LIVE, rng, f"{name}-t-{number}", START, "secret")
                stage = play(draft, cheat.prepare(plain(draw(model, rng))), tariff_event(model, run))
                if injected:
                    described = cheat.inject(stage)
                    codes = {described.codes[0]} | {each.code for each in described.implied}
                (spoiled if injected else honest).append(finish(draft, "trade", start_ms=START))
            before, after = (recorded(trade) for trade in (*honest, *spoiled))
            # Two revisions by themselves are what one of the notes is about.
            allowed = {"revisions_repeated"} if cheat.name == "revisions_repeated" else set()
            assert judge(before, tariffs=tariffs, now=before[-1].received + 10**9).keys() == allowed
            assert before != after or cheat.name in ("revisions_repeated", "card_twice")
            if not cheat.twin:
                proved = judge(after, tariffs=tariffs, now=after[-1].received + 10**9)
                assert codes <= proved.keys()


def test_every_finding_a_platform_can_earn_has_a_cheat() -> None:
    codes = {name.partition(".")[0] for name in CHEATS}
    assert codes >= BREACHES
    notes = "payout_duplicate quote_arithmetic illusory_promise revisions_repeated revision_after_handover"
    assert codes - BREACHES == {
        *notes.split(),
        "handover_before_acceptance",
        "claimed_after_anchor",
        "late_recorded",
        "late_signature",
        "receipt_not_delivered",
    }


def test_what_is_provable_only_later_says_so() -> None:
    """Before `provable_from` the rule has to be silent; the judge is asked one second earlier and a minute
    later.
    """
    groups = episodes("kaka", 250, 28, LIVE, dishonest=1.0)
    tariffs = recorded(next(groups)[0], as_sent)
    waiting = {"payout_missing", "answer_late", "award_unpaid", "card_kept_unpaid", "refund_due"}
    seen_kinds = set()
    for group in groups:
        [truth] = group[0].truths
        if truth.codes[0] in waiting:
            events = recorded(group[0])
            now = truth.provable_from_ms
            assert truth.codes[0] in judge(events, tariffs=tariffs, now=now + 60_000)
            if now > events[-1].received + 1_000:
                assert truth.codes[0] not in judge(events, tariffs=tariffs, now=now - 62_000)
            seen_kinds.add(truth.codes[0])
    assert seen_kinds == waiting
