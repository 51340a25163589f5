"""The promise: quotes, re-quotes and acceptances."""

from __future__ import annotations

from dataclasses import replace

from service.simulate.deal import Deal
from service.simulate.draft import Claims, Draft, digest_of, ref
from service.simulate.stage import Stage


def quote(stage: Stage) -> None:
    """The platform quotes; a price review is recorded behind it where the script wants one."""
    draft = stage.draft
    claims = _quote_claims(stage)
    stage.quote = draft.say("quote", claims)
    stage.shown = _shown(claims)
    if stage.script.price_review:
        draft.wait(draft.pace.step)
        draft.say(
            "review",
            {
                "kind": "price",
                "rule": "manual_price_check",
                "outcome": "pass",
                "started": draft.time(draft.now - 400),
                "finished": draft.time(),
                "reviewer": draft.commit("reviewer", 1),
                "audience": "restricted",
            },
            counter=draft.model.offline,
        )


def revise(stage: Stage, cause: str, deal: Deal, *, binding: bool, extra: Claims | None = None) -> str:
    """The platform replaces its quote. `binding`: the user is going to accept this one."""
    draft = stage.draft
    before = stage.deal
    stage.deal = deal
    claims = {**_quote_claims(stage), "revises": ref(stage.quote), "cause": cause, **(extra or {})}
    event = draft.say("quote_revision", claims)
    if binding:
        stage.quote = event
        stage.shown = _shown(claims)
    else:
        stage.deal = before
    return event


def market_drop(stage: Stage) -> Deal:
    """The same cards at a lower price, still not below what the tariff promises: there is room for two such
    drops.
    """
    fee = stage.deal.fee_bp
    return stage.deal.repriced(stage.draft.rng.randint(fee + 20, max(fee + 20, (fee + stage.limit_bp) // 2)))


def inspection_requote(stage: Stage) -> None:
    """After a low balance the platform quotes what is really on the cards, and the user accepts it."""
    cards = tuple(
        replace(card, balance=stage.verdicts[card.line].found or 0) if card.line in stage.verdicts else card
        for card in stage.deal.accepted()
    )
    deal = replace(stage.deal, cards=cards, rate_base="balance", mismatch="pro_rata", lines=frozenset())
    extra: Claims = {
        "inspection": ref(stage.inspection),
        "explanation": "验卡余额低于报价余额，按实际余额重新报价",
    }
    revise(stage, "inspection", deal, binding=True, extra=extra)


def accept(stage: Stage) -> None:
    """The user accepts the quote that binds, in whole or (script: part) without the last line."""
    draft, script = stage.draft, stage.script
    if script.part and not stage.acceptance:
        kept = frozenset(card.line for card in stage.deal.cards[:-1])
        stage.deal = stage.deal.accepting(kept)
    deal = stage.deal
    claims: Claims = {
        "quote": ref(stage.quote),
        "amount": deal.amount(),
        "currency": "CNY",
        "settlement": settlement(stage),
        "presented": stage.shown,
        "consent": consent(draft, "acceptance"),
    }
    if deal.lines:
        claims["items"] = sorted(deal.lines)
    if deal.points:
        claims["points_opt_in"] = True
    stage.acceptance = draft.say("acceptance", claims, role="user")


def settlement(stage: Stage) -> list[Claims]:
    """Where the accepted amount is to go: points first, then the wallet up to its cap, then the second
    channel.
    """
    deal, draft = stage.deal, stage.draft
    money = deal.amount()
    shares: list[Claims] = []
    if deal.points:
        worth = points_for(deal, money) * deal.points.fen_per_100 // 100
        shares.append({"channel": "points", "payee": payee(draft, "points"), "share": worth})
        money -= worth
    first = wallet_share(stage, money)
    shares.append({"channel": deal.channels[0], "payee": payee(draft, deal.channels[0]), "share": first})
    if money > first:
        shares.append(
            {"channel": deal.channels[1], "payee": payee(draft, deal.channels[1]), "share": money - first}
        )
    return shares


def wallet_share(stage: Stage, money: int) -> int:
    """What goes through the first channel: everything, or what the wallet's cap allows."""
    if stage.script.payment != "wallet_cap":
        return money
    return min(stage.draft.model.wallet_cap, money * 3 // 5)


def points_for(deal: Deal, amount: int) -> int:
    """Units of points inside a payment of `amount` fen: never more than were quoted."""
    return min(deal.points.units, amount // 20) if deal.points else 0


def payee(draft: Draft, channel: str) -> str:
    """The commitment to the user's account on a channel."""
    return draft.commit("payee", channel)


def consent(draft: Draft, what: str) -> Claims:
    """How the user agreed: by whatever this platform uses."""
    method = draft.pick(draft.model.consent)
    claims: Claims = {
        "method": method,
        "subject": draft.commit("party", "user"),
        "shown_at": draft.time(draft.now - draft.rng.randint(300, 1_500)),
        "evidence": digest_of([what, method, draft.trade, draft.now]),
    }
    if method != "paper":
        claims["third_party_ref"] = f"{method}-{draft.rng.getrandbits(48):012x}"
    return claims


def _shown(claims: Claims) -> Claims:
    shown = claims["presented"]
    assert isinstance(shown, dict)
    return shown


def _quote_claims(stage: Stage) -> Claims:
    draft, deal, model = stage.draft, stage.deal, stage.draft.model
    claims: Claims = {
        "items": [_item(deal, card.line) for card in deal.cards],
        "offer": _offer(deal),
        "terms": _terms(stage),
        "conditions": _conditions(deal),
        "firmness": "firm",
        "on_balance_mismatch": deal.mismatch,
        "pricing": _pricing(draft, deal),
        "seller": draft.commit("party", "user"),
        "receipt_delivery": {"method": "print" if model.offline else "page", "at": draft.time()},
        "presented": {
            "digest": digest_of(["page", draft.trade, len(draft.planned)]),
            "media_type": "text/html",
            "locale": "zh-CN",
            "template": f"{model.name}-quote-12",
        },
    }
    if stage.script.ending != "cancelled_before":
        claims["on_reject"] = {"return_within": deal.return_within_s}
    if stage.tariff:
        claims["tariff"] = ref(stage.tariff)
    if model.safeguard != "escrow":
        claims["coverage_offered"] = [
            {"kind": model.safeguard, "limit": deal.face(), "provider": model.safeguard_by}
        ]
    return claims


def _item(deal: Deal, line: int) -> Claims:
    card = next(card for card in deal.cards if card.line == line)
    item: Claims = {
        "line": card.line,
        "brand": card.brand,
        "kind": card.kind,
        "face": card.face,
        "net": deal.net(card),
        "fingerprint": {"scope": "platform", "value": card.fingerprint},
    }
    if deal.rate_base == "balance":
        item["balance"] = card.balance
    return item


def _offer(deal: Deal) -> Claims:
    offer: Claims = {
        "currency": "CNY",
        "net": deal.offered(),
        "gross": deal.offered(),
        "fees": [
            {
                "code": "service",
                "basis": deal.rate_base,
                "rate_bp": deal.fee_bp,
                "amount": deal.fee(),
                "payer": "platform",
            }
        ],
        "headline_rate_bp": deal.rate_bp,
        "rate_base": deal.rate_base,
    }
    if deal.points:
        points = deal.points
        offer["points"] = {
            "program": points.program,
            "units": points.units,
            "fen_per_100": points.fen_per_100,
        }
    return offer


def _terms(stage: Stage) -> Claims:
    draft, deal = stage.draft, stage.deal
    stage.valid_until = draft.now + deal.valid_s * 1000
    return {
        "valid_until": draft.time(stage.valid_until),
        "payout_clock": {"start": deal.clock_start, "seconds": deal.clock_s},
        "tolled_by": ["awaiting_payee", "large_amount"],
        "settlement": [*dict.fromkeys(deal.channels), *(["points"] if deal.points else [])],
        "text": digest_of(["terms", draft.model.name, "2026-10"]),
    }


def _conditions(deal: Deal) -> list[Claims]:
    net = deal.offered()
    return [
        {"code": "balance_short", "cap": net, "evidence": "reading", "text": "余额不足时按实际余额比例结算"},
        {"code": "damaged", "cap": net * 4 // 100, "evidence": "photo", "text": "卡面或磁条损坏，凭照片扣减"},
        {"code": "expired", "cap": net * 3 // 100, "evidence": "reading", "text": "临近过期，扣减续期手续费"},
    ]


def _pricing(draft: Draft, deal: Deal) -> Claims:
    method = draft.pick(draft.model.pricing)
    pricing: Claims = {"method": method, "inputs_digest": digest_of(["inputs", draft.trade, deal.fee_bp])}
    if draft.model.model:
        pricing["model"] = draft.model.model
        pricing["model_digest"] = digest_of(["model", draft.model.model])
    if method in ("manual", "mixed"):
        pricing["reviewer"] = draft.commit("reviewer", draft.rng.randint(1, 9))
        pricing["reviewed_at"] = draft.time(draft.now - draft.rng.randint(500, 4_000))
    return pricing
