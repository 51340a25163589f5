"""The rules judged by trades that somebody else made up: honest life proves no breach, every cheat is proved.

The simulator and its truths know nothing of these rules, nor these of them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest

from service.profiles.giftcard.findings import encode, evaluate, proved
from service.profiles.giftcard.findings.model import Finding, Kind
from service.profiles.giftcard.findings.view import trade_view
from service.simulate import LIVE, NATURAL, PLATFORMS, generate
from service.simulate.pace import Pace
from tests.unit.profiles.findings.receipted import Log
from tests.unit.profiles.findings.simulated import DAYS, START, Recorded, run

PACES = pytest.mark.parametrize("pace", [LIVE, NATURAL], ids=["live", "natural"])
CASES = pytest.mark.parametrize("name", list(PLATFORMS))


def breaches(findings: tuple[Finding, ...]) -> list[str]:
    return [each.code for each in proved(findings) if each.kind is Kind.BREACH]


def trades(name: str, count: int, seed: int, pace: Pace) -> Iterator[Recorded]:
    yield from run(name, count, seed, messy=0.6, pace=pace)


def judge_honest(name: str, count: int, seed: int, pace: Pace) -> int:
    """Evaluate at the end, in the middle and long after; the number of trades."""
    rng, judged = random.Random(seed), 0
    for recorded in trades(name, count, seed, pace):
        judged += recorded.trade.kind == "trade"
        assert breaches(recorded.findings()) == [], (recorded.trade.trade, recorded.trade.mess)
        if rng.random() < 0.1:
            later = rng.choice((0, 1, 3_600_000, 400 * DAYS))
            assert breaches(recorded.findings(later)) == [], (recorded.trade.trade, later)
    return judged


@PACES
@CASES
def test_messy_honest_trades_prove_no_breach(name: str, pace: Pace) -> None:
    assert judge_honest(name, 334, 1201, pace) == 334


@pytest.mark.full
@PACES
@CASES
def test_messy_honest_trades_prove_no_breach_in_the_large(name: str, pace: Pace) -> None:
    assert sum(judge_honest(name, 1_112, seed, pace) for seed in (1301, 1302, 1303)) == 3_336


@PACES
@CASES
def test_nothing_is_proved_while_an_honest_trade_is_still_under_way(name: str, pace: Pace) -> None:
    """Seen after each of its entries, and just before the next: what is not there yet is no breach.

    Left out are trades with a queue (what waits in one unrecorded is missing as long as it does) and late
    acceptances (not valid until the platform honours them).
    """
    for recorded in islice(trades(name, 40, 1401, pace), 0, None, 2):
        held_up = {"outage", "wrong_clock", "import", "late_acceptance"} & set(recorded.trade.mess)
        if held_up or recorded.trade.kind == "companion":  # which travels as its first trade did
            continue
        whole = recorded.view()
        times = [each.received for each in whole.entries]
        for seen in range(1, len(whole.entries) + 1):
            part = Recorded(recorded.trade, whole.entries[:seen], recorded.context, times[seen - 1])
            following = times[seen] - 1 if seen < len(times) else times[-1]
            for at in {times[seen - 1], max(following, times[seen - 1])}:
                known = tuple(each for each in recorded.context if each.received <= at)
                view = Recorded(part.trade, part.entries, known, at).view()
                assert breaches(evaluate(view, at)) == [], (recorded.trade.trade, recorded.trade.mess, seen)


def judge_cheats(name: str, count: int, seed: int, pace: Pace) -> Counter[str]:
    """Every cheat's codes and amounts are proved from the time on that its truth names, and nothing else."""
    kinds: Counter[str] = Counter()
    for recorded in run(name, count, seed, dishonest=1.0, pace=pace):
        if recorded.trade.kind != "trade":
            assert set(breaches(recorded.findings())) <= {"card_twice"}
            continue
        [truth] = recorded.trade.truths
        kinds[truth.kind] += 1
        wanted = dict.fromkeys(truth.codes) | {each.code: each.amount for each in truth.implied}
        wanted[truth.codes[0]] = truth.amount
        for findings in (
            evaluate(recorded.view(), truth.provable_from_ms),
            recorded.findings(),
        ):
            found = proved(findings)
            codes = {each.code for each in found}
            assert wanted.keys() <= codes, (truth, codes)
            # What arrives late is noted as such, and is no cheat.
            assert codes - {"late_recorded"} <= wanted.keys(), (truth, codes)
            for code, amount in wanted.items():
                told = [each.amount for each in found if each.code == code]
                assert amount is None or amount in told, (truth, code, told)
    return kinds


@PACES
@CASES
def test_every_cheat_is_proved_and_nothing_else(name: str, pace: Pace) -> None:
    assert len(judge_cheats(name, 140, 1501, pace)) > 30


@pytest.mark.full
@PACES
@CASES
def test_every_cheat_is_proved_and_nothing_else_in_the_large(name: str, pace: Pace) -> None:
    assert len(judge_cheats(name, 2_000, 1601, pace)) > 30


@CASES
def test_receipts_say_the_same(name: str) -> None:
    """Through statements, disclosures and entries, in any order, with repetitions: the same findings."""
    log, rng = Log(name), random.Random(1701)
    made = list(generate(name, 12, 1701, START, messy=0.5, dishonest=0.4))
    context = log.append(made[0])
    for trade in made[1:]:
        receipts = log.append(trade)
        now = trade.end_ms + 5 * DAYS
        encoded = set()
        for _ in range(3):
            rng.shuffle(receipts)
            view = trade_view(trade.trade, receipts, context=context, keys=())
            encoded.add(encode(view, evaluate(view, now), now))
        assert len(encoded) == 1
        codes = {each.code for each in proved(evaluate(view, now))}
        if trade.truths and trade.truths[0].codes[0].startswith(("payout_", "headline_", "quote_")):
            assert codes >= set(trade.truths[0].codes)
