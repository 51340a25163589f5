"""The card's way: handover, inspection, return, splitting, merging, resale; a correction of the record."""

from __future__ import annotations

from service.simulate.deal import Card, Verdict
from service.simulate.draft import Claims, digest_of, ref
from service.simulate.stage import Stage


def hand_over(stage: Stage) -> None:
    """The user reveals the codes, sends the cards by courier, or brings them to the shop."""
    draft, deal = stage.draft, stage.deal
    physical = any(card.kind == "physical" for card in deal.accepted())
    courier = (
        physical and not draft.model.offline and deal.clock_start != "acceptance" and not stage.script.instant
    )
    draft.wait(draft.pace.travel if courier else draft.pace.deliver)
    claims: Claims = {"items": [card.line for card in deal.accepted()]}
    if draft.model.offline:
        claims |= {
            "mode": "counter",
            "received_by": draft.commit("clerk", draft.rng.randint(1, 5)),
            "place": draft.commit("shop", draft.rng.randint(1, 300)),
            "witness": draft.commit("party", "guarantor"),
        }
    elif physical:
        claims |= {"mode": "courier", "tracking": draft.commit("tracking", draft.rng.getrandbits(40))}
    else:
        claims |= {"mode": "code_revealed"}
    stage.handover = draft.say("handover", claims, role="user", counter=draft.model.offline)
    stage.handed_over_at = draft.now


def inspect(stage: Stage) -> None:
    """The platform reads balances and looks at the cards; every result has its reading."""
    draft = stage.draft
    draft.wait(draft.pace.inspect)
    _find(stage)
    items: list[Claims] = []
    for card in stage.deal.accepted():
        verdict = stage.verdicts.get(card.line, Verdict())
        item: Claims = {
            "line": card.line,
            "outcome": verdict.outcome,
            "balance_found": card.balance if verdict.found is None else verdict.found,
            "method": "pos" if draft.model.offline else "issuer_api",
            "reading": digest_of(["reading", draft.trade, card.line, draft.now]),
        }
        if verdict.deduction:
            photo = digest_of(["photo", draft.trade, card.line])
            item["deductions"] = [{"code": "damaged", "amount": verdict.deduction, "evidence": photo}]
        items.append(item)
    claims: Claims = {"items": items, "inspector": draft.commit("inspector", draft.rng.randint(1, 20))}
    if draft.model.offline:
        claims["user_present"] = True
    stage.inspection = draft.say("inspection", claims, counter=draft.model.offline)


def _find(stage: Stage) -> None:
    """What is wrong with the cards, as the script says."""
    rng, lines = stage.draft.rng, stage.deal.accepted()
    match stage.script.inspection:
        case "low_balance" | "low_requote":
            card = rng.choice(lines)
            found = card.balance * rng.randint(30, 95) // 100
            stage.verdicts[card.line] = Verdict("balance_short", found)
        case "damaged":
            card = rng.choice(lines)
            most = min(stage.deal.offered() * 4 // 100, stage.deal.net(card) // 2)
            stage.verdicts[card.line] = Verdict("pass", None, rng.randint(max(1, most // 3), most))
        case "reject_part":
            # The last accepted line goes back; where it is the only one, so does the trade.
            stage.verdicts[lines[-1].line] = Verdict(rng.choice(("invalid", "used", "frozen")), 0)
        case "reject_all":
            for card in lines:
                stage.verdicts[card.line] = Verdict(rng.choice(("invalid", "used", "expired")), 0)


def repeat_inspection(stage: Stage) -> None:
    """The same inspection is recorded twice by mistake, and a correction says so."""
    draft = stage.draft
    original = next(planned for planned in draft.planned if planned.event == stage.inspection)
    draft.wait(draft.pace.step)
    twin = draft.say("inspection", original.claims, counter=draft.model.offline)
    draft.wait(draft.pace.step)
    draft.say(
        "correction",
        {"target": ref(twin), "reason": "duplicate", "replacement": ref(stage.inspection)},
        counter=draft.model.offline,
    )


def give_back(stage: Stage, lines: list[int], cause: str) -> None:
    """Rejected or cancelled cards go back inside the promised time."""
    draft = stage.draft
    refund = f"{draft.trade}.back"
    due_at = draft.time(draft.now + stage.deal.return_within_s * 1000)
    for state in ("due", "succeeded"):
        draft.wait(draft.pace.step)
        draft.say(
            "refund",
            {
                "refund": refund,
                "direction": "to_user",
                "kind": "card",
                "state": state,
                "items": lines,
                "due_at": due_at,
                "cause": ref(cause),
            },
            counter=draft.model.offline,
        )


def reshape(stage: Stage) -> None:
    """Split one card into two, or merge all of the trade's cards into one. Values are kept to the fen."""
    draft, cards = stage.draft, _kept(stage)
    if not cards or stage.script.reshape == "none":
        return
    draft.wait(draft.pace.step)
    inputs = [_holding(stage, card) | {"trade": draft.trade} for card in cards]
    total = sum(_worth(stage, card) for card in cards)
    parts = (total,) if stage.script.reshape == "merge" else (total // 3, total - total // 3)
    outputs = [
        {
            "fingerprint": {"scope": "platform", "value": digest_of(["made", draft.trade, number])},
            "value": value,
        }
        for number, value in enumerate(parts)
    ]
    draft.say(
        "lineage",
        {"op": stage.script.reshape, "inputs": inputs, "outputs": outputs, "fee": 0, "residue": 0}
        | {"custody_from": draft.time(stage.handed_over_at), "custody_to": draft.time()},
        counter=draft.model.offline,
    )


def resell(stage: Stage) -> None:
    """The platform sells the cards on: its custody ends."""
    draft, cards = stage.draft, _kept(stage)
    if not cards or stage.script.reshape != "none":
        return
    draft.wait(draft.pace.resell)
    holdings = [_holding(stage, card) for card in cards]
    draft.say(
        "lineage",
        {
            "op": "resale",
            "inputs": [holding | {"trade": draft.trade} for holding in holdings],
            "outputs": holdings,
            "fee": 0,
            "residue": 0,
            "counterparty": draft.commit("buyer", draft.rng.getrandbits(32)),
            "custody_from": draft.time(stage.handed_over_at),
            "custody_to": draft.time(),
        },
        counter=draft.model.offline,
    )


def _kept(stage: Stage) -> list[Card]:
    rejected = set(stage.rejected())
    return [card for card in stage.deal.accepted() if card.line not in rejected]


def _worth(stage: Stage, card: Card) -> int:
    found = stage.verdicts.get(card.line, Verdict()).found
    return card.balance if found is None else found


def _holding(stage: Stage, card: Card) -> Claims:
    fingerprint = {"scope": "platform", "value": card.fingerprint}
    return {"fingerprint": fingerprint, "value": _worth(stage, card)}
