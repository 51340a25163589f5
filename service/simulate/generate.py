"""The generator: a seed and a start time in, trades out. Pure: the same arguments give the same events.

Each trade has random sources of its own, named after (seed, platform, number), so that trade 700 is the
same whether 1,000 or 10,000 are asked for, and can be made anew at another start time without changing
anything but its times.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from service.simulate.cheats import CHEATS, Cheat
from service.simulate.draft import Claims, Draft
from service.simulate.pace import LIVE, NATURAL, Pace
from service.simulate.platforms import PlatformModel, platform_model, tariff_fee_bp
from service.simulate.play import abandon, play
from service.simulate.script import Script, draw, mess_up, plain
from service.simulate.stage import Stage
from service.simulate.trade import Kind, SimulatedTrade, finish, last_moment
from service.simulate.transport import carry
from service.simulate.truth import Truth

ABANDONED_QUOTES = 2
"""Quotes beside each trade that nobody accepts."""

PRESIGNED_SHARE = 0.1
"""Trades whose salts, digests and signatures the platform makes itself."""

_MONTH_MS = 30 * 86_400_000
_TARIFF_BEFORE_MS = 400 * 86_400_000


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of trades (0 to 1): `dishonest` have one cheat each, `messy` of the others are messy but
    honest.
    """

    messy: float = 0.0
    dishonest: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """What tells one run's ids from another's: seed and mix, not the number of trades, so that a run can be
    continued.
    """

    seed: int
    mix: Mix = Mix()

    @property
    def name(self) -> str:
        """Six hex digits for ids."""
        told = f"{self.seed}/{self.mix.messy:.6f}/{self.mix.dishonest:.6f}"
        return sha256(told.encode()).hexdigest()[:6]


def generate(
    platform: str,
    trades: int,
    seed: int,
    start_ms: int,
    *,
    messy: float = 0.0,
    dishonest: float = 0.0,
    pace: Pace = LIVE,
    every_ms: int | None = None,
) -> Iterator[SimulatedTrade]:
    """The platform's tariff, then `trades` trades, each followed by its abandoned quotes (and by the trade
    that shares its
    card, where the story needs one).

    `start_ms`: when the first trade begins (ms since 1970); the next begins `every_ms` later (default: the
    platform's real rate). `pace`: LIVE for posting now, NATURAL for evaluation in process or imports (see
    `service.simulate.pace`).
    """
    model, run = platform_model(platform), Run(seed, Mix(messy, dishonest))
    step = _MONTH_MS // model.trades_a_month if every_ms is None else every_ms
    yield tariff(model, run, start_ms - 3_600_000)
    for number in range(trades):
        yield from episode(model, run, number, start_ms + number * step, pace)


def tariff_event(model: PlatformModel, run: Run) -> str:
    """The id of the run's tariff event."""
    return f"tariff:{model.name}-{run.name}.01.tariff"


def tariff(model: PlatformModel, run: Run, start_ms: int) -> SimulatedTrade:
    """The published price list: a rate for every kind of card, never above what quotes will offer."""
    rng = _source(model, run, "tariff")
    draft = Draft(model, LIVE, rng, f"tariff:{model.name}-{run.name}", start_ms, "tariff")
    brands: list[Claims] = []
    for card in model.cards:
        fee = tariff_fee_bp(model, card)
        fees: list[Claims] = [{"code": "service", "basis": "face", "rate_bp": fee, "payer": "platform"}]
        brands.append(
            {"brand": card.brand, "kind": card.kind, "min_face": 1_000, "rate_bp": 10_000 - fee, "fees": fees}
        )
    draft.say(
        "tariff",
        {
            "brands": brands,
            "from": draft.time(start_ms - _TARIFF_BEFORE_MS),
            "to": draft.time(start_ms + _TARIFF_BEFORE_MS),
            "review_threshold": model.review_threshold,
            "answer_s": 72 * 3600,
        },
    )
    return finish(draft, "tariff", start_ms=start_ms)


def episode(
    model: PlatformModel, run: Run, number: int, start_ms: int, pace: Pace = LIVE
) -> tuple[SimulatedTrade, ...]:
    """One trade with everything around it: the trade itself, a trade with the same card, two abandoned
    quotes.
    """
    course = _course(model, run, number)
    if course.script.transport == "import":
        pace = NATURAL
    draft = _draft(model, run, f"{number:06d}", start_ms, pace)
    stage = play(draft, course.script, tariff_event(model, run))
    truths: tuple[Truth, ...] = ()
    if course.cheat:
        truths = (_commit_cheat(stage, course.cheat),)
    carry(draft, course.script.transport)
    drafts: list[tuple[Kind, Draft, int]] = [("trade", draft, user(model, run, number))]
    if course.script.sold_again or (course.cheat and course.cheat.twin):
        drafts.append(("companion", _twin(stage, run, number, course), number))
    end = max(last_moment(each) for _, each, _ in drafts)
    drafts.extend(("abandoned", each, number) for each in _abandoned(model, run, number, end, pace))
    rng = _source(model, run, number, "presigned")
    presigned = rng.random() < PRESIGNED_SHARE
    return tuple(
        finish(
            each,
            kind,
            user=who,
            start_ms=start_ms,
            mess=course.mess if kind == "trade" else (),
            truths=truths if kind == "trade" else (),
            presigned=presigned,
            not_before=end if pace.together else 0,
        )
        for kind, each, who in drafts
    )


def user(model: PlatformModel, run: Run, number: int) -> int:
    """Who makes trade `number`: somebody who traded before (at the platform's repeat rate), or somebody
    new.
    """
    return _user(model.name, run.seed, number, model.repeat_rate)


@lru_cache(maxsize=65_536)
def _user(platform: str, seed: int, number: int, repeat_rate: float) -> int:
    rng = random.Random(f"{seed}/{platform}/{number}/user")
    if number and rng.random() < repeat_rate:
        return _user(platform, seed, rng.randrange(number), repeat_rate)
    return number


@dataclass(frozen=True, slots=True)
class _Course:
    script: Script
    mess: tuple[str, ...] = ()
    cheat: Cheat | None = None


def _course(model: PlatformModel, run: Run, number: int) -> _Course:
    """Honest, messy or dishonest: decided apart from the trade's own random source."""
    rng = _source(model, run, number, "course")
    script = draw(model, rng)
    if rng.random() < run.mix.dishonest:
        possible = [cheat for cheat in CHEATS.values() if cheat.possible(model)]
        cheat = rng.choice(possible)
        return _Course(cheat.prepare(plain(script)), (), cheat)
    if rng.random() < run.mix.messy:
        script, mess = mess_up(model, script, rng)
        return _Course(script, mess)
    return _Course(script)


def _commit_cheat(stage: Stage, cheat: Cheat) -> Truth:
    injected = cheat.inject(stage)
    draft = stage.draft
    return Truth(
        trade=draft.trade,
        platform=draft.model.name,
        codes=injected.codes,
        kind=cheat.name,
        amount=injected.amount,
        implied=injected.implied,
        description=injected.description,
        events=injected.events,
        # A deadline has passed a moment after it, not at it.
        provable_from_ms=max(injected.after_ms + 1, last_moment(draft)),
    )


def _twin(stage: Stage, run: Run, number: int, course: _Course) -> Draft:
    """A second trade with the same cards: after they came back (honest), or while they are still held (a
    cheat).
    """
    first = stage.draft
    start = first.planned[0].at + 3_000 if course.cheat else max(each.at for each in first.planned) + 60_000
    draft = _draft(first.model, run, f"{number:06d}.b", start, first.pace)
    script = Script(lines=len(stage.deal.cards), instant=True, resold=course.cheat is None)
    play(draft, script, tariff_event(first.model, run), known=stage.deal.cards)
    draft.imported, draft.lag = first.imported, first.lag
    return draft


def _abandoned(model: PlatformModel, run: Run, number: int, end: int, pace: Pace) -> Iterator[Draft]:
    """Quotes that lead nowhere, shortly before the trade is over."""
    for letter in "xy"[:ABANDONED_QUOTES]:
        draft = _draft(model, run, f"{number:06d}.{letter}", end, pace)
        draft.now = end - draft.between((1, 9))
        abandon(draft, draft.rng.choices((1, 2), (0.8, 0.2))[0], tariff_event(model, run))
        yield draft


def _draft(model: PlatformModel, run: Run, number: str, start_ms: int, pace: Pace) -> Draft:
    rng = _source(model, run, number, "life")
    secret = sha256(f"{run.seed}/{model.name}/{number}/secret".encode()).hexdigest()
    return Draft(model, pace, rng, f"{model.name}-{run.name}-{number}", start_ms, secret)


def _source(model: PlatformModel, run: Run, *names: object) -> random.Random:
    # A text seed is hashed with SHA-512 by the random module: stable between processes and versions.
    return random.Random("/".join(map(str, (run.seed, model.name, *names))))
