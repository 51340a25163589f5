"""Claims of a foreign log may hold anything: no rule breaks on them, and the same claims say the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.profiles.giftcard import grades
from service.profiles.giftcard.findings import encode, evaluate
from service.simulate.pace import NATURAL
from tests.unit.profiles.findings.simulated import DAYS, run

JUNK: list[Any] = [None, True, -1, 2**53 - 1, "", "x", [], {}, [{}], [None], "2026-13-01T00:00:00.000Z"]


def spoilt(rng: random.Random, value: Any) -> Any:
    """The value with one thing inside it replaced or gone."""
    if isinstance(value, dict) and value and rng.random() > 0.2:
        name = rng.choice(list(value))
        if rng.random() < 0.2:
            return {each: kept for each, kept in value.items() if each != name}
        return {**value, name: spoilt(rng, value[name])}
    if isinstance(value, list) and value and rng.random() > 0.2:
        place = rng.randrange(len(value))
        return [spoilt(rng, each) if number == place else each for number, each in enumerate(value)]
    return rng.choice(JUNK)


def views(rng: random.Random, platform: str) -> Iterator[tuple[Any, int]]:
    """Simulated trades with claims spoilt and withheld, and entries left out."""
    for recorded in run(platform, 12, 1801, messy=0.5, dishonest=0.5, pace=NATURAL):
        for _ in range(4):
            entries, context = list(recorded.entries), list(recorded.context)
            for _ in range(rng.randint(1, 4)):
                chosen = context if context and rng.random() < 0.25 else entries
                place = rng.randrange(len(chosen))
                claims = dict(chosen[place].claims)
                name = rng.choice(list(claims))
                if rng.random() < 0.4:
                    del claims[name]
                    chosen[place] = replace(chosen[place], claims=claims, withheld=1)
                else:
                    chosen[place] = replace(chosen[place], claims=claims | {name: spoilt(rng, claims[name])})
            if rng.random() < 0.2:
                del entries[rng.randrange(len(entries))]
            view = replace(recorded, entries=tuple(entries), context=tuple(context)).view()
            yield view, recorded.end + rng.choice((0, 5 * DAYS))


@pytest.mark.parametrize("platform", ["kaka", "xianka", "bendi"])
def test_every_view_has_findings_and_grades(platform: str) -> None:
    for view, now in views(random.Random(platform), platform):
        findings = evaluate(view, now)
        assert encode(view, findings, now) == encode(view, evaluate(view, now), now)
        assert all(each.zh and each.en for each in findings)
        grades.grades(view)
