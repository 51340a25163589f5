"""Playing a script: one trade from quote to resale. What is recorded here is honest whatever the script
says.
"""

from __future__ import annotations

from service.simulate import custody, paying, quarrel, quoting, safeguards
from service.simulate.deal import Card
from service.simulate.draft import Draft, ref
from service.simulate.script import Script
from service.simulate.stage import Stage, set_up

TOLERANCE_S = 120
"""FINDINGS' τ: what lies within it after a deadline counts as in time."""


def play(draft: Draft, script: Script, tariff: str | None, known: tuple[Card, ...] | None = None) -> Stage:
    """Play the whole script into the draft. `tariff` is the event of the tariff in force."""
    stage = set_up(draft, script, tariff, known)
    _agree(stage)
    if script.ending == "cancelled_before":
        _cancel(stage)
        return stage
    custody.hand_over(stage)
    if script.ending == "cancelled_after":
        _cancel(stage)
        custody.give_back(stage, [card.line for card in stage.deal.accepted()], draft.planned[-1].event)
        return stage
    _inspect(stage)
    if rejected := stage.rejected():
        custody.give_back(stage, rejected, stage.inspection)
    if stage.due:
        _settle(stage)
    else:
        safeguards.refund_escrow(stage, stage.inspection)
    _afterwards(stage)
    return stage


def abandon(draft: Draft, lines: int, tariff: str | None) -> Stage:
    """A quote that nobody accepts."""
    stage = set_up(draft, Script(lines=lines), tariff)
    quoting.quote(stage)
    return stage


def _agree(stage: Stage) -> None:
    draft, script = stage.draft, stage.script
    quoting.quote(stage)
    if script.requote == "before":
        for _ in range(script.drops):
            draft.wait(draft.pace.think)
            quoting.revise(stage, "market", quoting.market_drop(stage), binding=True)
    _think(stage)
    quoting.accept(stage)
    safeguards.bind_cover(stage)
    safeguards.fund_escrow(stage)
    if script.monitor:
        safeguards.monitor(stage)
    if script.requote == "after":
        # The market fell and the platform asks for less; the user does not agree, and is paid as accepted.
        draft.wait(draft.pace.step)
        quoting.revise(stage, "market", quoting.market_drop(stage), binding=False)


def _think(stage: Stage) -> None:
    draft = stage.draft
    if not stage.script.late_acceptance:
        draft.wait(draft.pace.think)
        return
    # Accepted after the quote ran out, and honoured all the same.
    draft.now = stage.valid_until + 1000 * TOLERANCE_S
    draft.wait((2, 6))


def _inspect(stage: Stage) -> None:
    custody.inspect(stage)
    if stage.script.corrected:
        custody.repeat_inspection(stage)
    if stage.script.inspection == "low_requote":
        stage.draft.wait(stage.draft.pace.think)
        quoting.inspection_requote(stage)
        stage.draft.wait(stage.draft.pace.step)
        quoting.accept(stage)
    safeguards.large_review(stage)


def _settle(stage: Stage) -> None:
    script = stage.script
    safeguards.release_escrow(stage, "inspection_pass", stage.inspection)
    if script.payment == "award_cure" and stage.due > 1:
        short = max(1, stage.due // 8)
        paying.pay_short(stage, short)
        quarrel.complain_and_be_paid(stage, short)
    else:
        paying.pay(stage)
    if script.ack or stage.condition == "ack":
        acknowledged = paying.acknowledge(stage, consenting=not stage.dispute)
        safeguards.release_escrow(stage, "ack", acknowledged)


def _afterwards(stage: Stage) -> None:
    draft, script = stage.draft, stage.script
    custody.reshape(stage)
    if script.referral:
        draft.wait(draft.pace.step)
        benefit = {"kind": "coupon", "amount": draft.rng.randint(5, 30) * 100}
        draft.say(
            "referral", {"merchant": draft.commit("merchant", draft.rng.randint(1, 80)), "benefit": benefit}
        )
    if script.dispute:
        quarrel.complain(stage)
    if script.resold:
        custody.resell(stage)


def _cancel(stage: Stage) -> None:
    """The user changes their mind."""
    draft = stage.draft
    draft.wait(draft.pace.think)
    claims = {"by": "user", "reason": "用户改变主意", "cause": ref(stage.acceptance)}
    cancelled = draft.say("cancellation", claims, role="user")
    safeguards.refund_escrow(stage, cancelled)
