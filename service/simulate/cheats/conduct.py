"""Cheats about conduct: no review, no answer, records made up afterwards."""

from __future__ import annotations

from dataclasses import replace

from service.simulate import paying, quarrel
from service.simulate.cheats.case import (
    TOLERANCE_MS,
    Cheat,
    Injected,
    by_id,
    drop,
    every,
    move,
    one,
)
from service.simulate.draft import Planned
from service.simulate.script import Script
from service.simulate.stage import Stage

_ANSWER_MS = 72 * 3_600_000


def review_never(stage: Stage) -> Injected:
    """A large trade is paid without the review that the tariff's threshold asks for."""
    drop(stage, _large(stage))
    return Injected(("review_missing",), "大额交易未经复核即付款", (one(stage, "payout").event,))


def review_too_late(stage: Stage) -> Injected:
    """The review is passed only after the money has gone."""
    review = _large(stage)[0]
    paid = every(stage, "payout")[-1].at
    move(review, paid + TOLERANCE_MS + stage.draft.between((20, 30)) - review.at)
    stage.draft.now = max(stage.draft.now, review.at)
    return Injected(("review_missing",), "付款之后才完成大额复核", (review.event, one(stage, "payout").event))


def answer_never(stage: Stage) -> Injected:
    """A complaint is acknowledged, and never answered to the point."""
    opened = _complaint(stage)
    after = by_id(stage, opened).at + _ANSWER_MS + TOLERANCE_MS + 60_000
    return Injected(("answer_late",), "投诉72小时内没有实质答复", (opened,), None, (), after)


def answer_too_late(stage: Stage) -> Injected:
    """A complaint is answered to the point after 72 hours; where days cannot pass, it is not answered at
    all.
    """
    draft = stage.draft
    if draft.pace.together:
        return answer_never(stage)
    opened = _complaint(stage)
    draft.now = by_id(stage, opened).at + _ANSWER_MS + TOLERANCE_MS + draft.between(draft.pace.late)
    answered = quarrel.substantive(stage, "reject", 0)
    return Injected(("answer_late",), "投诉72小时后才实质答复", (opened, answered))


def _complaint(stage: Stage) -> str:
    opened = quarrel.open_dispute(stage)
    quarrel.answer(stage, "acknowledgement")
    return opened


def late_signature(stage: Stage) -> Injected:
    """An authenticated consent turns up once there is a dispute."""
    drop(stage, every(stage, "payout_ack"))
    opened = quarrel.open_dispute(stage)
    quarrel.substantive(stage, "reject", 0)
    signed = paying.acknowledge(stage)
    return Injected(("late_signature",), "争议提出之后才出现确认签名", (opened, signed))


def claimed_after_anchor(stage: Stage) -> Injected:
    """An event says that it will have happened in two hours."""
    ack = one(stage, "payout_ack")
    ack.skew = 2 * 3_600_000
    ack.queued = None
    return Injected(("claimed_after_anchor",), "声称的时间晚于上链时间", (ack.event,))


def late_recorded(stage: Stage) -> Injected:
    """The whole trade is recorded twenty minutes after it happened, for no stated reason."""
    stage.draft.lag = 20 * 60_000
    for each in stage.draft.planned:
        each.queued = None
    return Injected(("late_recorded",), "事后补录整笔交易", (stage.quote,))


def _large(stage: Stage) -> list[Planned]:
    return [each for each in every(stage, "review") if each.claims["kind"] == "large_amount"]


def _big(script: Script) -> Script:
    return replace(script, large=True, lines=1)


def _not_by_ack(script: Script) -> Script:
    return replace(script, condition="inspection_pass", ack=True)


CHEATS = (
    Cheat("review_missing.never", review_never, _big),
    Cheat("review_missing.late", review_too_late, _big),
    Cheat("answer_late.never", answer_never),
    Cheat("answer_late.late", answer_too_late),
    Cheat("late_signature", late_signature, _not_by_ack),
    Cheat("claimed_after_anchor", claimed_after_anchor, _not_by_ack),
    Cheat("late_recorded", late_recorded),
)
