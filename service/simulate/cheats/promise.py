"""Cheats about the promise: what was shown, what was accepted, and whose consent it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from service.core import eip712
from service.simulate import quoting
from service.simulate.cheats.case import (
    TOLERANCE_MS,
    Cheat,
    Injected,
    as_claims,
    as_int,
    by_id,
    drop_after,
    every,
    one,
    put_off,
)
from service.simulate.draft import digest_of, ref
from service.simulate.script import Script
from service.simulate.stage import Stage
from service.simulate.truth import Implied


def headline_shown_higher(stage: Stage) -> Injected:
    """The largest number on the page is higher than what is paid by 2 to 5 percentage points."""
    rate = stage.deal.rate_bp + stage.draft.rng.randint(200, 500)
    _offer(stage)["headline_rate_bp"] = rate
    implied = (Implied("quote_arithmetic"),)
    return Injected(
        ("headline_gap",), "页面最大折扣高于实际成交价", (stage.quote,), _gap(stage, rate), implied
    )


def headline_less_fee(stage: Stage) -> Injected:
    """The headline is true before a fee that the user pays: the sums add up, and the promise is still not
    kept.
    """
    rate, offer = stage.deal.rate_bp + stage.draft.rng.randint(200, 500), _offer(stage)
    gross = _base(stage) * rate // 10_000
    fee = {"code": "service", "basis": "fixed", "amount": gross - as_int(offer["net"]), "payer": "user"}
    offer |= {"gross": gross, "fees": [fee], "headline_rate_bp": rate}
    return Injected(("headline_gap",), "宣传折扣未扣除用户承担的手续费", (stage.quote,), _gap(stage, rate))


def quote_arithmetic(stage: Stage) -> Injected:
    """Gross, fees and net of the quote do not add up."""
    offer = _offer(stage)
    offer["gross"] = as_int(offer["gross"]) + stage.draft.rng.randint(200, 900)
    return Injected(("quote_arithmetic",), "报价的毛额、费用与净额不相加", (stage.quote,))


def no_cap(stage: Stage) -> Injected:
    """A condition without any cap: the price could become nothing."""
    _conditions(stage)[1]["cap"] = None
    return Injected(("illusory_promise",), "扣款条件没有上限", (stage.quote,))


def other_reason(stage: Stage) -> Injected:
    """A condition called `other`."""
    _conditions(stage)[2]["code"] = "other"
    return Injected(("illusory_promise",), "扣款条件写作“其他”", (stage.quote,))


def high_caps(stage: Stage) -> Injected:
    """Caps that together exceed 10 % of the price."""
    _conditions(stage)[1]["cap"] = stage.deal.offered() * 15 // 100 + 1
    return Injected(("illusory_promise",), "扣款上限合计超过报价的一成", (stage.quote,))


def accepted_too_late(stage: Stage) -> Injected:
    """An acceptance after the quote ran out, never honoured, yet kept as though it bound somebody."""
    acceptance = by_id(stage, stage.acceptance)
    late = stage.valid_until + TOLERANCE_MS + stage.draft.between(stage.draft.pace.late)
    put_off(stage, acceptance, late - acceptance.at)
    drop_after(stage, acceptance)
    return Injected(("acceptance_invalid",), "接受晚于报价有效期且平台未履行", (acceptance.event,))


def accepted_what_was_replaced(stage: Stage) -> Injected:
    """The platform replaced the quote, and still records an acceptance of the old one."""
    acceptance, first = by_id(stage, stage.acceptance), one(stage, "quote")
    acceptance.claims |= {
        "quote": ref(first.event),
        "amount": as_claims(first.claims["offer"])["net"],
        "presented": first.claims["presented"],
    }
    drop_after(stage, acceptance)
    events = (one(stage, "quote_revision").event, acceptance.event)
    return Injected(("acceptance_invalid",), "接受的是已被替换的报价", events)


def terms_differ(stage: Stage) -> Injected:
    """The page that was accepted is not the page that was quoted."""
    acceptance = by_id(stage, stage.acceptance)
    other = digest_of(["another page", stage.draft.trade])
    acceptance.claims["presented"] = as_claims(acceptance.claims["presented"]) | {"digest": other}
    return Injected(("terms_differ",), "接受时展示的页面与报价页面不同", (stage.quote, acceptance.event))


def consent_invalid(stage: Stage) -> Injected:
    """A wallet signature that is not by the wallet it names."""
    draft = stage.draft
    acceptance = by_id(stage, stage.acceptance)
    signer, named = (sha256(f"{draft.secret}/{who}".encode()).digest() for who in ("forger", "user"))
    forged = eip712.sign(signer, sha256(draft.trade.encode()).digest())
    acceptance.claims["consent"] = {
        "method": "eip712",
        "type": "Acceptance",
        "address": eip712.address_of(named),
        "signature": "0x" + forged.hex(),
        "salt": digest_of(["consent salt", draft.trade]),
        "platform": draft.model.name,
        "channel": stage.deal.channels[0],
        "validUntil": stage.valid_until // 1000,
        "subject": draft.commit("party", "user"),
        "shown_at": draft.time(acceptance.at - 500),
    }
    return Injected(("consent_invalid",), "钱包签名与所称地址不符", (acceptance.event,))


def revisions_repeated(stage: Stage) -> Injected:
    """Two cuts of the price in one trade; the user gives in."""
    return Injected(
        ("revisions_repeated",),
        "同一交易两次下调报价",
        tuple(each.event for each in every(stage, "quote_revision")),
    )


def revision_after_handover(stage: Stage) -> Injected:
    """With the card in hand, the platform asks for a lower price; it pays the accepted one in the end."""
    draft, end = stage.draft, stage.draft.now
    draft.now = by_id(stage, stage.handover).at + 300
    revision = quoting.revise(stage, "market", quoting.market_drop(stage), binding=False)
    draft.now = end
    return Injected(("revision_after_handover",), "收卡后下调报价", (stage.handover, revision))


def receipt_not_delivered(stage: Stage) -> Injected:
    """The user got no receipt of the quote."""
    by_id(stage, stage.quote).claims["receipt_delivery"] = {"method": "none"}
    return Injected(("receipt_not_delivered",), "报价收据未交付用户", (stage.quote,))


def _offer(stage: Stage) -> dict[str, object]:
    return as_claims(by_id(stage, stage.quote).claims["offer"])


def _conditions(stage: Stage) -> list[dict[str, object]]:
    conditions = by_id(stage, stage.quote).claims["conditions"]
    assert isinstance(conditions, list)
    return conditions


def _base(stage: Stage) -> int:
    return sum(stage.deal.base(card) for card in stage.deal.accepted())


def _gap(stage: Stage, rate: int) -> int:
    return _base(stage) * rate // 10_000 - stage.deal.amount()


def _before(drops: int) -> Callable[[Script], Script]:
    return lambda script: replace(script, requote="before", drops=drops)


def _from_handover(script: Script) -> Script:
    return replace(script, clock_start="handover")


CHEATS = (
    Cheat("headline_gap.shown", headline_shown_higher),
    Cheat("headline_gap.fee", headline_less_fee),
    Cheat("quote_arithmetic", quote_arithmetic),
    Cheat("illusory_promise.no_cap", no_cap),
    Cheat("illusory_promise.other", other_reason),
    Cheat("illusory_promise.high", high_caps),
    Cheat("acceptance_invalid.late", accepted_too_late, _from_handover),
    Cheat(
        "acceptance_invalid.replaced",
        accepted_what_was_replaced,
        lambda script: _from_handover(_before(1)(script)),
    ),
    Cheat("terms_differ", terms_differ),
    Cheat("consent_invalid", consent_invalid),
    Cheat("revisions_repeated", revisions_repeated, _before(2)),
    Cheat("revision_after_handover", revision_after_handover),
    Cheat("receipt_not_delivered", receipt_not_delivered),
)
