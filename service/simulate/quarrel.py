"""Complaints: opened, answered inside 72 hours, mediated where the platform works that way, settled."""

from __future__ import annotations

from service.simulate import paying, safeguards
from service.simulate.draft import Claims, digest_of, ref
from service.simulate.stage import Stage

# 41 % of complaints are about opaque price cuts, 64 % about a promised discount that was not honoured; one
# can be both.
_COMPLAINTS = (
    ("opaque_price_cut", "压价不透明，说不清为什么比页面上的价格低", 0.36),
    ("promise_not_kept", "承诺的折扣没有兑现", 0.59),
    ("slow_payout", "到账时间太久", 0.05),
)


def complain(stage: Stage) -> None:
    """An unfounded or a soothed complaint about a trade that was paid in full."""
    draft = stage.draft
    open_dispute(stage)
    answer(stage, "acknowledgement")
    if draft.chance(0.4):
        _ask(stage)
    goodwill = draft.rng.randint(1, 10) * 100 if draft.chance(0.3) and stage.payout else 0
    answered = substantive(stage, "part" if goodwill else "reject", goodwill)
    if draft.model.safeguard == "insurance" and draft.chance(0.3):
        safeguards.insurance_claim(stage)
    mediated = draft.model.forum != "platform"
    if mediated or goodwill:
        award(stage, "settled" if goodwill else "for_platform", goodwill, binding=False)
    if goodwill:
        _goodwill(stage, goodwill, answered)


def complain_and_be_paid(stage: Stage, short: int) -> None:
    """A first payment was too small; a binding award says so, and the rest is paid before the payout clock
    runs out.
    """
    open_dispute(stage, amount=short, brisk=True)
    substantive(stage, "accept", short, brisk=True)
    decided = award(stage, "for_user", short, binding=True, brisk=True)
    paying.top_up(stage, short, cause=decided)


def open_dispute(stage: Stage, *, amount: int | None = None, brisk: bool = False) -> str:
    """The user complains. Returns the event; `stage.dispute` is the dispute's id."""
    draft = stage.draft
    _pause(stage, draft.pace.complain, brisk)
    stage.disputes += 1
    stage.dispute = f"{draft.trade}.dispute{stage.disputes}"
    code, text, _ = draft.rng.choices(_COMPLAINTS, [weight for _, _, weight in _COMPLAINTS])[0]
    claim: Claims = {"code": code, "text": text, "currency": "CNY"}
    if amount is not None:
        claim["amount"] = amount
    contested = [stage.quote, stage.payout or stage.inspection or stage.acceptance]
    return draft.say(
        "dispute_opened",
        {
            "dispute": stage.dispute,
            "by": "user",
            "claim": claim,
            "contested": [ref(event) for event in contested],
            "forum": draft.model.forum,
            "remedy": "pay" if amount else "explain",
            "claimant": draft.commit("party", "user"),
        },
        role="user",
    )


def substantive(stage: Stage, position: str, offer: int, *, brisk: bool = False) -> str:
    """The platform's answer to the point: a position, and the events it rests on."""
    draft = stage.draft
    _pause(stage, draft.pace.answer, brisk)
    refs = [ref(stage.acceptance), ref(stage.payout or stage.inspection or stage.quote)]
    claims: Claims = {
        "dispute": stage.dispute,
        "kind": "substantive",
        "position": position,
        "reasons": [{"code": "paid_as_accepted" if position == "reject" else "shortfall", "refs": refs}],
    }
    if offer:
        claims["offer"] = offer
    return draft.say("dispute_answer", claims)


def award(
    stage: Stage,
    outcome: str,
    amount: int,
    *,
    binding: bool,
    brisk: bool = False,
    pay_within_s: int | None = None,
) -> str:
    """The platform's own centre, the third party's mediator or the street's mediation station decides."""
    draft = stage.draft
    _pause(stage, draft.pace.award, brisk)
    kind = {"platform": "platform", "third_party": "third_party_mediation", "offline": "offline_mediation"}
    within = max(draft.pace.keep) if pay_within_s is None else pay_within_s
    return draft.say(
        "dispute_award",
        {
            "dispute": stage.dispute,
            "body": {"name": draft.model.mediator, "kind": kind[draft.model.forum]},
            "outcome": outcome,
            "amount": amount,
            "pay_by": draft.time(draft.now + within * 1000),
            "binding": binding,
            "document": digest_of(["award", stage.dispute]),
        },
        role="platform" if draft.model.forum == "platform" else "mediator",
    )


def answer(stage: Stage, kind: str) -> None:
    """The platform says that it has seen the complaint (acknowledgement), or asks for more (info_request)."""
    stage.draft.wait(stage.draft.pace.step)
    stage.draft.say("dispute_answer", {"dispute": stage.dispute, "kind": kind})


def _ask(stage: Stage) -> None:
    """The platform asks for something, and the user files it: the clock rests in between."""
    draft = stage.draft
    answer(stage, "info_request")
    draft.wait(draft.pace.answer)
    item: Claims = {
        "digest": digest_of(["screenshot", stage.dispute]),
        "media_type": "image/png",
        "bytes": draft.rng.randint(40_000, 900_000),
        "label": "报价页面截图",
    }
    draft.say(
        "dispute_evidence",
        {
            "dispute": stage.dispute,
            "by": "user",
            "item": item,
            "proves": "页面上看到的价格",
            "obtained": {"method": "screenshot", "at": draft.time(draft.now - 500)},
            "about": [ref(stage.quote)],
        },
        role="user",
    )


def _goodwill(stage: Stage, amount: int, cause: str) -> None:
    """A gesture in money: neither owed under the quote nor a payout of it."""
    draft = stage.draft
    due_at = draft.time(draft.now + max(draft.pace.keep) * 1000)
    for state in ("due", "succeeded"):
        draft.wait(draft.pace.step)
        claims: Claims = {
            "refund": f"{draft.trade}.goodwill",
            "direction": "to_user",
            "kind": "money",
            "state": state,
        }
        draft.say(
            "refund", claims | {"amount": amount, "currency": "CNY", "due_at": due_at, "cause": ref(cause)}
        )


def _pause(stage: Stage, span: tuple[float, float], brisk: bool) -> None:
    """Wait; a brisk step takes a twelfth of the time."""
    stage.draft.wait((span[0] / 12, span[1] / 12) if brisk else span)
