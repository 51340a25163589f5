"""Disputes of a trade as its user meets them: what can be claimed without typing, and how a dispute stands.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.core.times import parse_time
from service.disputes.requests import CLAIM_CODES
from service.profiles.giftcard.findings.model import Finding, TradeView, Truth
from service.web.texts import Texts
from service.web.trade_words import forms, minute, obj, sentences, word

_FINDINGS: Final[Mapping[str, str]] = {
    "payout_missing": "not_paid",
    "payout_short": "not_paid",
    "award_unpaid": "not_paid",
    "revision_unaccepted": "price_cut",
    "revision_after_handover": "price_cut",
    "revisions_repeated": "price_cut",
    "headline_gap": "promised_discount_not_honoured",
    "payout_late": "late",
    "deduction_unsupported": "deduction",
    "fee_undisclosed": "fee",
    "wrong_payee": "wrong_payee",
    "card_kept_unpaid": "card_not_returned",
    "refund_due": "card_not_returned",
}
"""What a proved finding is claimed as."""
_WITHOUT_AMOUNT: Final = frozenset({"late", "wrong_payee"})
_MOST_CONTESTED: Final = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """One reason to choose: what is posted when it is chosen, and how it reads. `found`: a proved finding
    stands behind it; `amount` in minor units of `currency`, None: no sum is asked for.
    """

    code: str
    label: str
    text: str
    remedy: str
    contested: tuple[str, ...]
    found: bool
    amount: int | None
    currency: str | None
    amount_text: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step in words."""

    text: str
    time: str


@dataclass(frozen=True, slots=True)
class DisputeView:
    """One dispute. `due` (Unix ms): what the clock runs to, None when it rests; `look` good, bad or plain;
    `offer` the sum that the user could agree to; `allowed` what the user may do.
    """

    dispute: str
    state: str
    state_text: str
    claim: str
    opened: str
    amount: str | None
    clock: str | None
    due: int | None
    look: str
    steps: tuple[Step, ...]
    allowed: tuple[str, ...]
    offer: int | None
    offer_text: str | None
    open: bool


def claims(
    view: TradeView, findings: Sequence[Finding], disputes: Sequence[Mapping[str, Any]], t: Texts
) -> tuple[Claim, ...]:
    """The reasons that can be chosen, those with a proved finding first; none where the user sees no entry
    to contest. A reason of an open dispute is gone on with there.
    """
    taken = {obj(each.get("claim")).get("code") for each in disputes if each["open"]}
    contested = _contested(view)
    if not contested:
        return ()
    made = [
        _claim(code, findings, contested, {each.event for each in view.entries}, t)
        for code in CLAIM_CODES
        if code not in taken
    ]
    return tuple(sorted(made, key=lambda each: not each.found))


def _claim(
    code: str, findings: Sequence[Finding], contested: tuple[str, ...], visible: set[str], t: Texts
) -> Claim:
    found = next((each for each in findings if _FINDINGS.get(each.code) == code and _holds(each)), None)
    label = t(f"claim_{code}")
    if found is None:
        remedy = {"card_not_returned": "return", "other": "other"}.get(code, "explain")
        return Claim(code, label, label, remedy, contested, False, None, None, None)
    named = tuple(dict.fromkeys(each.event for each in found.references if each.event in visible))
    amount = found.amount if found.amount and code not in _WITHOUT_AMOUNT else None
    remedy = "return" if code == "card_not_returned" else "pay" if amount else "explain"
    stop = "。" if t.language == "zh" else "."
    return Claim(
        code=code,
        label=label,
        text=sentences(t, label + stop, found.zh if t.language == "zh" else found.en),
        remedy=remedy,
        contested=(named or contested)[:_MOST_CONTESTED],
        found=True,
        amount=amount,
        currency=found.currency if amount else None,
        amount_text=forms(t, found.currency).money(amount) if amount else None,
    )


def _holds(finding: Finding) -> bool:
    return finding.truth is Truth.PROVED and not finding.cured and finding.against == "platform"


def _contested(view: TradeView) -> tuple[str, ...]:
    """What a claim is about where no finding says so: the acceptance, else the quote, else any entry."""
    for types in (("acceptance",), ("quote_revision", "quote"), None):
        for each in reversed(view.entries):
            if types is None or each.type in types:
                return (each.event,)
    return ()


def dispute_view(document: Mapping[str, Any], t: Texts, now: int) -> DisputeView:
    """A dispute as the API answers it, in words."""
    claim, clock = obj(document.get("claim")), obj(document.get("clock"))
    money = forms(t, claim.get("currency"))
    steps = [each for each in document["steps"] if each["sight"] != "sealed"]
    offer = _offer(steps) if "settle" in document["allowed"] else None
    text, due, look = _clock(clock, document, t, now)
    return DisputeView(
        dispute=document["dispute"],
        state=document["state"],
        state_text=word(t, "state", document["state"]),
        claim=word(t, "claim", claim.get("code")),
        opened=t("dispute_claimed", time=minute(parse_time(document["opened"]))),
        amount=money.money(claim["amount"]) if type(claim.get("amount")) is int else None,
        clock=text,
        due=due,
        look=look,
        steps=tuple(_step(each, t, claim.get("currency")) for each in document["steps"]),
        allowed=_offered(document),
        offer=offer,
        offer_text=None if offer is None else money.money(offer),
        open=bool(document["open"]),
    )


def _offered(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What the page offers to do. To give up what was decided is no button to be hit by accident."""
    allowed = tuple(document["allowed"])
    return allowed if document.get("award") is None else tuple(each for each in allowed if each != "withdraw")


def _clock(
    clock: Mapping[str, Any], document: Mapping[str, Any], t: Texts, now: int
) -> tuple[str | None, int | None, str]:
    """The clock in words, what it runs to, and how the dispute looks."""
    good = document["state"] in ("awarded_for_user", "paid", "settled")
    look = "good" if good else "plain"
    if not clock:
        return None, None, look
    due = parse_time(clock["due"])
    if clock["answered"] is not None:
        key = "clock_answered_late" if clock["answered_late"] else "clock_answered"
        return t(key, time=minute(parse_time(clock["answered"]))), None, look
    if clock["overdue"]:
        return t("clock_overdue", time=minute(due)), None, "bad"
    if clock["remaining_ms"] is None:
        return None, None, look
    if clock["paused"] and clock["pause_ends"] is not None:
        return t("clock_paused", time=minute(parse_time(clock["pause_ends"]))), None, look
    return t("clock_due", time=minute(due)), due, look


def _offer(steps: Sequence[Mapping[str, Any]]) -> int | None:
    answers = [each for each in steps if each["action"] == "answer" and each["ignored"] is None]
    offer = obj(answers[-1]["claims"]).get("offer") if answers else None
    return offer if type(offer) is int else None


def _step(step: Mapping[str, Any], t: Texts, currency: object) -> Step:
    if step["sight"] == "sealed":
        return Step(t("step_hidden"), "")
    told = _step_words(step, obj(step.get("claims")), t, currency)
    if step["ignored"] is not None:
        told = sentences(t, told, t("step_ignored"))
    return Step(told, minute(parse_time(step["received"])))


def _step_words(step: Mapping[str, Any], told: Mapping[str, Any], t: Texts, currency: object) -> str:
    action, money = str(step["action"]), forms(t, currency)
    if action == "evidence":
        label = obj(told.get("item")).get("label") or t("file_unnamed")
        return t("step_evidence", by=word(t, "by", step["by"]), label=label)
    if action == "answer":
        position, offer = told.get("position"), told.get("offer")
        answer = t("step_answer_bare")
        if position is not None:
            answer = t("step_answer", position=word(t, "position", position))
        paid = t("step_offer", amount=money.money(offer)) if type(offer) is int else ""
        return sentences(t, answer, paid)
    amount, until, body = told.get("amount"), told.get("pay_by"), obj(told.get("body")).get("name")
    decided = t("step_award_amount", amount=money.money(amount)) if type(amount) is int else ""
    due = t("step_award_until", time=minute(parse_time(until))) if isinstance(until, str) else ""
    by = t("step_award_body", body=body) if isinstance(body, str) else ""
    return sentences(t, word(t, "step", action), decided, due, by)
