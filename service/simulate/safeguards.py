"""Insurance, guarantor, escrow; and the reviews that anti-money-laundering rules ask for."""

from __future__ import annotations

from service.simulate.draft import Claims, digest_of, ref
from service.simulate.stage import Stage

_DAY_MS = 86_400_000


def bind_cover(stage: Stage) -> None:
    """Insurance or guarantor's cover begins before the card leaves the user's hands; no lower than was
    offered.
    """
    draft, model = stage.draft, stage.draft.model
    if model.safeguard == "escrow":
        return
    draft.wait(draft.pace.step)
    guarantor = model.safeguard == "guarantor"
    limit = stage.deal.face()
    draft.say(
        "coverage",
        {
            "coverage": f"{draft.trade}.cover",
            "kind": model.safeguard,
            "state": "bound",
            "limit": limit,
            "provider": draft.commit("party", model.safeguard_by),
            "deductible": 0,
            "perils": ["nonpayment", "card_lost"],
            "from": draft.time(),
            "to": draft.time(draft.now + 30 * _DAY_MS),
            "policy": digest_of(["policy", model.safeguard_by, 2026]),
            "blanket": guarantor,
            "exposure_after": limit,
        },
        role="guarantor" if guarantor else "insurer",
    )


def fund_escrow(stage: Stage) -> None:
    """The platform pays the accepted amount into escrow; it is to be released by the inspection or the
    acknowledgement.
    """
    draft = stage.draft
    if draft.model.safeguard != "escrow":
        return
    chosen = stage.script.condition == "inspection_pass"
    by_inspection = stage.script.inspection == "pass" and stage.script.ending == "full"
    stage.condition = "inspection_pass" if by_inspection and (chosen or draft.chance(0.6)) else "ack"
    amount = stage.deal.amount()
    for state, balance in (("opened", 0), ("funded", amount)):
        draft.wait(draft.pace.step)
        extra: Claims = {"condition": {"code": stage.condition}}
        extra["expires_at"] = draft.time(draft.now + 30 * _DAY_MS)
        _escrow(stage, state, amount, balance, extra)


def release_escrow(stage: Stage, condition: str, met_by: str) -> None:
    """Release what is due once the condition named at funding has happened; the rest goes back to the
    platform.
    """
    draft = stage.draft
    if not stage.condition or stage.condition != condition:
        return
    funded = _funded(stage)
    draft.wait(draft.pace.step)
    extra: Claims = {"condition": {"code": condition, "refs": [ref(met_by)]}, "cause": ref(met_by)}
    rest = funded - stage.due
    if stage.due:
        _escrow(stage, "part_released" if rest else "released", stage.due, rest, extra)
    if rest:
        draft.wait(draft.pace.step)
        _escrow(stage, "refunded", rest, 0, {"cause": ref(met_by)})


def refund_escrow(stage: Stage, cause: str) -> None:
    """The trade ends without a price to pay: all of it goes back to the platform."""
    if stage.condition:
        stage.draft.wait(stage.draft.pace.step)
        _escrow(stage, "refunded", _funded(stage), 0, {"cause": ref(cause)})


def large_review(stage: Stage) -> None:
    """A trade at or above the tariff's threshold is reviewed, and passed, before any money moves."""
    draft, face = stage.draft, stage.deal.face()
    if face < draft.model.review_threshold:
        return
    started = draft.now
    draft.wait(draft.pace.review)
    claims = _review_claims(stage, "large_amount", "single_trade_or_24h", started)
    draft.say("review", {**claims, "threshold": draft.model.review_threshold, "measured": face})


def monitor(stage: Stage) -> None:
    """Big-data anomaly monitoring, or the community's joint defence: looked at, and passed."""
    draft = stage.draft
    started = draft.now
    draft.wait(draft.pace.step)
    rule = "velocity_24h" if draft.model.monitor == "anomaly" else "community_blacklist"
    draft.say("review", _review_claims(stage, draft.model.monitor, rule, started))


def insurance_claim(stage: Stage) -> None:
    """The user's complaint also goes to the insurer, who finds nothing to pay."""
    draft, model = stage.draft, stage.draft.model
    if model.safeguard == "escrow":
        return
    for state, decision in (("claimed", "pending"), ("denied", "not_covered")):
        draft.wait(draft.pace.answer)
        claims: Claims = {
            "coverage": f"{draft.trade}.cover",
            "kind": model.safeguard,
            "state": state,
            "limit": stage.deal.face(),
            "provider": draft.commit("party", model.safeguard_by),
            "claim": {"amount": 0, "decision": decision, "reason": "款项已按报价足额支付"},
        }
        draft.say("coverage", claims, role="insurer" if model.safeguard == "insurance" else "guarantor")


def _review_claims(stage: Stage, kind: str, rule: str, started: int) -> Claims:
    draft = stage.draft
    return {
        "kind": kind,
        "rule": rule,
        "outcome": "pass",
        "started": draft.time(started),
        "finished": draft.time(),
        "cumulative": {"window_s": 86_400, "amount": stage.deal.face(), "count": 1},
        "reviewer": draft.commit("reviewer", draft.rng.randint(1, 9)),
        "audience": "restricted",
    }


def _funded(stage: Stage) -> int:
    funded = next(
        planned.claims
        for planned in stage.draft.planned
        if planned.type == "escrow" and planned.claims["state"] == "funded"
    )
    amount = funded["amount"]
    assert isinstance(amount, int)
    return amount


def _escrow(stage: Stage, state: str, amount: int, balance: int, extra: Claims) -> None:
    draft = stage.draft
    draft.say(
        "escrow",
        {
            "escrow": f"{draft.trade}.escrow",
            "state": state,
            "amount": amount,
            "currency": "CNY",
            "balance_after": balance,
            "agent": draft.commit("party", draft.model.safeguard_by),
            **extra,
        },
        role="escrow_agent",
    )
