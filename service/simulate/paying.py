"""The money's way: payouts in all their states, and the user's acknowledgement."""

from __future__ import annotations

from service.simulate.draft import Claims, digest_of, ref
from service.simulate.quoting import consent, payee, points_for, wallet_share
from service.simulate.stage import Stage


def pay(stage: Stage) -> None:
    """Pay what is due, on whatever detours the script wants; `stage.payout` is the last succeeded event."""
    match stage.script.payment:
        case "payee_wait":
            _run(stage, _legs(stage, stage.due), ("initiated", "awaiting_payee", "processing", "succeeded"))
        case "payee_retry":
            legs = _legs(stage, stage.due)
            _run(stage, legs, ("initiated", "awaiting_payee", "failed"))
            _run(stage, _again(stage, legs), _states(stage), attempt=2)
        case "resend":
            legs = _legs(stage, stage.due)
            _run(stage, legs, ("initiated", "failed"))
            _run(stage, _again(stage, legs), _states(stage), attempt=2)
        case "channel_change":
            _pay_elsewhere(stage)
        case "duplicate_callback":
            legs = _legs(stage, stage.due)
            _run(stage, legs, (*_states(stage), "succeeded"))
        case "wallet_cap":
            _pay_split(stage)
        case "cure":
            short = max(1, stage.due // 7)
            _run(stage, _legs(stage, stage.due - short), _states(stage), final=False)
            top_up(stage, short)
        case _:
            _run(stage, _legs(stage, stage.due), _states(stage))


def pay_short(stage: Stage, short: int) -> None:
    """A first payment that leaves `short` fen open and does not claim to be the last."""
    _run(stage, _legs(stage, stage.due - short), _states(stage), final=False)


def top_up(stage: Stage, amount: int, cause: str | None = None) -> None:
    """Pay the rest; `cause` is the award that asks for it."""
    legs = [_leg(stage, 1, stage.deal.channels[0], amount)]
    extra: Claims = {"cause": ref(cause)} if cause else {}
    _run(stage, legs, _states(stage), payout="p2", extra=extra)


def acknowledge(stage: Stage, *, consenting: bool = True) -> str:
    """The user confirms everything that arrived: money, and points at their worth. `consenting`: with an
    authentication.
    """
    draft = stage.draft
    draft.wait(draft.pace.acknowledge)
    claims: Claims = {
        "payout": ref(stage.payout),
        "result": "received",
        "amount": stage.due,
        "currency": "CNY",
        "received_at": draft.time(draft.now - 200),
        "by": draft.commit("party", "user"),
    }
    if consenting:
        claims["consent"] = consent(draft, "payout_ack")
    return draft.say("payout_ack", claims, role="user", counter=draft.model.offline)


def _pay_split(stage: Stage) -> None:
    """The wallet takes no more than its cap; the rest goes to the second channel, as the acceptance says."""
    legs = _legs(stage, stage.due)
    for number, leg in enumerate(legs):
        _run(stage, [leg], _states(stage), final=number == len(legs) - 1)


def _pay_elsewhere(stage: Stage) -> None:
    """The account turns out to be closed; the user names another one, with consent."""
    draft, (_, other) = stage.draft, stage.deal.channels
    legs = _legs(stage, stage.due)
    _run(stage, legs, ("initiated", "failed"))
    failed = draft.planned[-1].event
    draft.wait(draft.pace.think)
    draft.say(
        "channel_change",
        {
            "channel": other,
            "payee": payee(draft, other),
            "requested_by": "user",
            "payout": ref(failed),
            "consent": consent(draft, "channel_change"),
        },
        role="user",
    )
    moved = [
        leg if leg["kind"] == "points" else {**leg, "channel": other, "payee": payee(draft, other)}
        for leg in legs
    ]
    _run(stage, _again(stage, moved), _states(stage), attempt=2)


def _states(stage: Stage) -> tuple[str, ...]:
    return (
        ("initiated", "succeeded") if stage.draft.model.offline else ("initiated", "processing", "succeeded")
    )


def _legs(stage: Stage, amount: int) -> list[Claims]:
    """`amount` fen as legs: points first where the user chose them, then one or two transfers of money."""
    deal, draft, legs = stage.deal, stage.draft, []
    if deal.points and (units := points_for(deal, amount)):
        channel_ref = f"pts{draft.rng.getrandbits(40):010x}"
        leg: Claims = {
            "leg": 9,
            "channel": "points",
            "kind": "points",
            "amount": units,
            "program": deal.points.program,
        }
        legs.append(leg | {"payee": payee(draft, "points"), "channel_ref": channel_ref})
        amount -= units * deal.points.fen_per_100 // 100
    first = wallet_share(stage, amount)
    legs.append(_leg(stage, 1, deal.channels[0], first))
    if amount > first:
        legs.append(_leg(stage, 2, deal.channels[1], amount - first))
    return legs


def _leg(stage: Stage, number: int, channel: str, amount: int) -> Claims:
    draft = stage.draft
    leg: Claims = {
        "leg": number,
        "channel": channel,
        "kind": "money",
        "amount": amount,
        "currency": "CNY",
        "payee": payee(draft, channel),
    }
    if channel != "cash":
        leg["channel_ref"] = f"{channel[0]}{draft.rng.getrandbits(56):014x}"
    return leg


def _again(stage: Stage, legs: list[Claims]) -> list[Claims]:
    """The same legs for a new attempt: a channel gives each order a number of its own."""
    return [
        leg | {"channel_ref": f"r{stage.draft.rng.getrandbits(56):014x}"} if "channel_ref" in leg else leg
        for leg in legs
    ]


def _run(
    stage: Stage,
    legs: list[Claims],
    states: tuple[str, ...],
    *,
    attempt: int = 1,
    final: bool = True,
    payout: str = "p1",
    extra: Claims | None = None,
) -> None:
    """One attempt, a state at a time. `channel_time` is when the channel took the order: the start of the
    attempt.
    """
    draft = stage.draft
    started = 0
    for state in states:
        draft.wait(draft.pace.wait if state == "failed" and "awaiting_payee" in states else draft.pace.step)
        if state == "processing" and "awaiting_payee" in states:
            draft.wait(draft.pace.wait)
        started = started or draft.now
        claims: Claims = {
            "payout": f"{draft.trade}.{payout}",
            "state": state,
            "legs": [_timed(stage, leg, started, state) for leg in legs],
            "attempt": attempt,
            "for": [card.line for card in stage.deal.accepted() if card.line not in stage.rejected()],
            "final": final,
            **(extra or {}),
        }
        if draft.model.offline:
            claims["counter"] = {
                "place": "门店柜台",
                "teller": draft.commit("clerk", 1),
                "witness": draft.commit("witness", 1),
            }
        event = draft.say("payout", claims, counter=draft.model.offline)
        if state == "succeeded":
            stage.payout = event


def _timed(stage: Stage, leg: Claims, started: int, state: str) -> Claims:
    if leg["channel"] in ("cash", "points"):
        return leg
    timed = leg | {"channel_time": stage.draft.time(started)}
    if state == "succeeded":
        timed["channel_evidence"] = digest_of(["callback", leg["channel_ref"]])
    return timed
