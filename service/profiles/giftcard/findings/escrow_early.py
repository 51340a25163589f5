"""escrow_early: escrow money was released before the event that it was to wait for.

The condition is the one that the escrow's entries state first, so that a release cannot bring its own. Its
event is an inspection that passes a card, the user's acknowledgement, the award, or the time at which the
escrow runs out; any such event before the release, or possibly before it, keeps the condition. Where the
event was never posted, when it happened is not known: insufficient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.core.times import parse_time
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene, all_of
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_time import Deadline, after, exactly, interval
from service.profiles.giftcard.handover import InspectionItem
from service.profiles.giftcard.safeguard import EscrowCondition
from service.profiles.giftcard.scalars import Time

_EVENTS = {"inspection_pass": "inspection", "ack": "payout_ack", "award": "dispute_award"}


def _evaluate(case: Case) -> Iterator[Outcome]:
    accounts: dict[str, list[Shown]] = {}
    for entry in case.all("escrow"):
        accounts.setdefault(case.need(entry, "escrow", str), []).append(entry)
    for steps in accounts.values():
        for step in steps:
            try:
                if case.need(step, "state", str) in ("released", "part_released"):
                    yield _judge(case, steps, step)
            except Insufficient as lack:
                yield insufficient(*lack.missing)


def _judge(case: Case, steps: Sequence[Shown], release: Shown) -> Outcome:
    code = _condition(case, steps, release)
    moment = interval(case, release)
    released = Deadline(moment.lo, moment.hi)
    amount, currency = case.need(release, "amount", int), case.need(release, "currency", str)
    if code == "timeout":
        expires = _expiry(case, steps, release)
        early = after(exactly(expires), released)
        met: Shown | None = None
        happened = expires
    else:
        events = _events(case, code)
        if not events:
            raise Insufficient(Missing(_EVENTS[code]))
        early = all_of(after(interval(case, each), released) for each in events)
        met = min(events, key=lambda each: interval(case, each).lo)
        happened = interval(case, met).lo
    return _outcome(early, release, met, moment.hi, happened, amount, currency, code)


def _outcome(
    early: Kleene,
    release: Shown,
    met: Shown | None,
    released: int,
    happened: int,
    amount: int,
    currency: str,
    code: str,
) -> Outcome:
    if early is None:
        return insufficient(Missing("time", release))
    references = [release] if met is None else [release, met]
    if not early:
        return not_proved(*references)
    figures: dict[str, Any] = {"released": released, "happened": happened, "escrowed": amount}
    return proved(*references, amount=amount, currency=currency, variant=code, **figures)


def _condition(case: Case, steps: Sequence[Shown], release: Shown) -> str:
    for step in steps:
        condition = case.want(step, "condition", EscrowCondition)
        if condition is not None and isinstance(condition.code, str):
            return condition.code
    raise Insufficient(Missing("condition", release))


def _expiry(case: Case, steps: Sequence[Shown], release: Shown) -> int:
    for step in steps:
        expires = case.want(step, "expires_at", Time)
        if expires is not None:
            return parse_time(expires)
    raise Insufficient(Missing("expires_at", release))


def _events(case: Case, code: str) -> list[Shown]:
    """The entries that fulfil a condition."""
    entries = case.all(_EVENTS[code])
    if code == "inspection_pass":
        return [each for each in entries if _passes(case, each)]
    if code == "ack":
        return [each for each in entries if case.need(each, "result", str) != "not_received"]
    return list(entries)


def _passes(case: Case, inspection: Shown) -> bool:
    return any(item.outcome == "pass" for item in case.need(inspection, "items", list[InspectionItem]))


RULE = Rule("escrow_early", Kind.BREACH, "platform", "parties", 2, 1, _evaluate)
