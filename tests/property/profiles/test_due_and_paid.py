"""What was promised, owed and paid, held against a naive transcription of the definitions."""

from __future__ import annotations

import random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from service.profiles.giftcard.findings import evaluate
from service.profiles.giftcard.findings.model import Truth
from tests.property.profiles import naive_payment, naive_promise
from tests.property.profiles.odd_trades import odd_trade

LETTER = {Truth.PROVED: "T", Truth.NOT_PROVED: "F", Truth.INSUFFICIENT: "U"}


@given(st.randoms(use_true_random=False))
@settings(max_examples=250, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
def test_the_rules_say_what_their_definitions_say(rng: random.Random) -> None:
    trade, now = odd_trade(rng)
    view = trade.view()
    told: dict[str, tuple[str, int | None]] = {}
    for each in evaluate(view, now):
        _, amount = told.get(each.code, (None, None))
        largest = max(filter(None, (amount, each.amount)), default=each.amount)
        told[each.code] = LETTER[each.truth], largest
    entries = list(view.entries)
    wanted = naive_payment.judge(entries, now) | naive_promise.judge(entries, now)
    assert {code: told[code] for code in wanted} == wanted
