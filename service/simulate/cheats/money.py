"""Cheats about money: too little, too late, to somebody else, with deductions and fees out of nowhere."""

from __future__ import annotations

from dataclasses import replace

from service.simulate import custody, quarrel
from service.simulate.cheats.case import (
    TOLERANCE_MS,
    Cheat,
    Injected,
    as_claims,
    as_int,
    by_id,
    deadline,
    drop,
    every,
    one,
    put_off,
    take_from_payouts,
)
from service.simulate.draft import Claims, digest_of
from service.simulate.script import Script
from service.simulate.stage import Stage
from service.simulate.truth import Implied


def payout_short(stage: Stage) -> Injected:
    """The final payout is smaller than what is due."""
    amount = _slice(stage)
    take_from_payouts(stage, amount)
    return Injected(("payout_short",), "最终付款少于应付金额", (one(stage, "payout").event,), amount)


def payout_missing(stage: Stage) -> Injected:
    """Nothing is ever paid; the card stays."""
    first = every(stage, "payout")[0]
    drop(stage, [each for each in stage.draft.planned if each.at >= first.at])
    kept = Implied("card_kept_unpaid")
    return Injected(
        ("payout_missing",),
        "收卡后从未付款",
        (stage.acceptance,),
        stage.due,
        (kept,),
        deadline(stage) + TOLERANCE_MS,
    )


def payout_late(stage: Stage) -> Injected:
    """The payout starts after the clock has run out."""
    first = every(stage, "payout")[0]
    margin = stage.draft.between(stage.draft.pace.late)
    put_off(stage, first, deadline(stage) + TOLERANCE_MS + margin - first.at)
    return Injected(("payout_late",), "付款晚于约定时限", (first.event, one(stage, "payout").event))


def payout_duplicate(stage: Stage) -> Injected:
    """The same transfer succeeds in a second attempt as well."""
    draft = stage.draft
    succeeded = one(stage, "payout")
    draft.now = succeeded.at
    ack = every(stage, "payout_ack")
    for state in ("initiated", "succeeded"):
        draft.wait((0.1, 0.3))
        claims: Claims = {**succeeded.claims, "state": state, "attempt": 2}
        draft.say("payout", claims, counter=draft.model.offline)
    if ack and ack[0].at <= draft.now:
        put_off(stage, ack[0], draft.now - ack[0].at + 400)
    return Injected(
        ("payout_duplicate",),
        "同一笔款项在两次尝试中都成功",
        (succeeded.event, one(stage, "payout").event),
        stage.due,
    )


def wrong_payee(stage: Stage) -> Injected:
    """The money goes to an account that the user never named."""
    stranger = stage.draft.commit("payee", "stranger")
    for payout in every(stage, "payout"):
        legs = payout.claims["legs"]
        assert isinstance(legs, list)
        payout.claims["legs"] = [leg | {"payee": stranger} for leg in legs]
    drop(stage, every(stage, "payout_ack"))
    return Injected(("wrong_payee",), "款项付到用户未指定的账户", (one(stage, "payout").event,))


def ack_differs(stage: Stage) -> Injected:
    """The user confirms less than the platform says it paid."""
    amount, ack = _slice(stage), one(stage, "payout_ack")
    ack.claims["amount"] = as_int(ack.claims["amount"]) - amount
    ack.claims["result"] = "part"
    return Injected(("ack_differs",), "用户确认的到账金额与付款金额不符", (ack.event,), amount)


def deduction_unlisted(stage: Stage) -> Injected:
    """A deduction under a code that the quote does not list."""
    amount = _slice(stage)
    _deduct(
        stage,
        {"code": "x-market_volatility", "amount": amount, "evidence": digest_of(["memo", stage.draft.trade])},
    )
    return _deducted(stage, "按报价未列明的理由扣款", amount)


def deduction_over_cap(stage: Stage) -> Injected:
    """A listed deduction, with its photo, above its cap."""
    cap, excess = stage.deal.offered() * 4 // 100, _slice(stage)
    photo = digest_of(["photo", stage.draft.trade])
    _deduct(stage, {"code": "damaged", "amount": cap + excess, "evidence": photo})
    return _deducted(stage, "扣款超过报价约定的上限", excess)


def deduction_without_evidence(stage: Stage) -> Injected:
    """A listed deduction that asks for a photo, without one."""
    amount = max(1, stage.deal.offered() * 3 // 100)
    _deduct(stage, {"code": "damaged", "amount": amount})
    return _deducted(stage, "扣款没有约定的照片凭证", amount)


def rejected_without_reading(stage: Stage) -> Injected:
    """A line is turned down without any reading of the card, and not paid; the card goes back."""
    inspection = one(stage, "inspection")
    items = inspection.claims["items"]
    assert isinstance(items, list)
    card = stage.deal.accepted()[-1]
    items[-1] = {"line": card.line, "outcome": "invalid", "method": "manual"}
    amount = stage.deal.net(card)
    take_from_payouts(stage, amount)
    _give_back(stage, card.line)
    return _deducted(stage, "无读数拒收一张卡且不付款", amount)


def fee_undisclosed(stage: Stage) -> Injected:
    """A handling fee appears after the inspection and is kept back from the payout."""
    amount = _slice(stage)
    _deduct(stage, {"code": "x-handling_fee", "amount": amount})
    for payout in every(stage, "payout"):
        payout.claims["fees"] = [
            {"code": "x-handling_fee", "basis": "fixed", "amount": amount, "payer": "user"}
        ]
    implied = (Implied("payout_short", amount), Implied("deduction_unsupported", amount))
    events = (stage.inspection, one(stage, "payout").event)
    return Injected(("fee_undisclosed",), "收取报价未列明的手续费", events, amount, implied)


def award_unpaid(stage: Stage) -> Injected:
    """A binding award is not paid by its day."""
    draft = stage.draft
    amount = max(100, stage.due // 5)
    quarrel.open_dispute(stage, amount=amount)
    quarrel.substantive(stage, "reject", 0)
    within_s = round(draft.between(draft.pace.overdue) / 1000)
    decided = quarrel.award(stage, "for_user", amount, binding=True, pay_within_s=within_s)
    pay_by = by_id(stage, decided).at + within_s * 1000
    return Injected(
        ("award_unpaid",), "有约束力的裁决到期未付", (decided,), amount, (), pay_by + TOLERANCE_MS
    )


def revision_unaccepted(stage: Stage) -> Injected:
    """A lower revision that nobody accepted is paid as though it had been."""
    revision = one(stage, "quote_revision")
    lower = as_int(as_claims(revision.claims["offer"])["net"])
    short = stage.due - lower
    take_from_payouts(stage, short)
    events = (revision.event, one(stage, "payout").event)
    return Injected(
        ("revision_unaccepted",), "按用户未接受的改价付款", events, short, (Implied("payout_short", short),)
    )


def _slice(stage: Stage) -> int:
    """A noticeable part of what is due: 5 to 25 %, at least 2 fen a line, so that no rounding explains it."""
    return max(2 * len(stage.deal.cards), stage.due * stage.draft.rng.randint(5, 25) // 100)


def _deduct(stage: Stage, deduction: Claims) -> None:
    """Put a deduction on the first line of the inspection, and keep its amount back from the payout."""
    inspection = one(stage, "inspection")
    items = inspection.claims["items"]
    assert isinstance(items, list)
    inspection.claims["items"] = [items[0] | {"deductions": [deduction]}, *items[1:]]
    take_from_payouts(stage, as_int(deduction["amount"]))


def _deducted(stage: Stage, description: str, amount: int) -> Injected:
    events = (stage.inspection, one(stage, "payout").event)
    return Injected(
        ("deduction_unsupported",), description, events, amount, (Implied("payout_short", amount),)
    )


def _give_back(stage: Stage, line: int) -> None:
    drop(stage, every(stage, "lineage"))
    stage.draft.now = one(stage, "inspection").at
    custody.give_back(stage, [line], stage.inspection)


def _with_ack(script: Script) -> Script:
    return replace(script, ack=True)


CHEATS = (
    Cheat("payout_short", payout_short),
    Cheat("payout_missing", payout_missing),
    Cheat("payout_late", payout_late),
    Cheat("payout_duplicate", payout_duplicate),
    Cheat("wrong_payee", wrong_payee, lambda script: replace(script, condition="inspection_pass")),
    Cheat("ack_differs", ack_differs, _with_ack),
    Cheat("deduction_unsupported.unlisted", deduction_unlisted),
    Cheat("deduction_unsupported.over_cap", deduction_over_cap),
    Cheat("deduction_unsupported.no_evidence", deduction_without_evidence),
    Cheat(
        "deduction_unsupported.no_reading", rejected_without_reading, lambda script: replace(script, lines=2)
    ),
    Cheat("fee_undisclosed", fee_undisclosed),
    Cheat("award_unpaid", award_unpaid),
    Cheat("revision_unaccepted", revision_unaccepted, lambda script: replace(script, requote="after")),
)
