"""award_unpaid: a binding award was to be paid by a certain time, and was not.

Counted is whatever may have arrived after the award (payouts, and money refunded), since an event need not
say which award it fulfils; what arrived before does not pay it. Paid late is paid: lateness is not this
rule's. A later award in the same dispute takes the earlier one's place. While a transfer that may be the
payment is under way, the rule is insufficient.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.core.times import parse_time
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.returns import refunded_money
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_payment import transfers, worth
from service.profiles.giftcard.findings.terms_promise import likely_currency
from service.profiles.giftcard.findings.terms_time import Interval, at, interval, passed
from service.profiles.giftcard.scalars import Time

_TO_PAY = ("for_user", "settled")


def _evaluate(case: Case) -> Iterator[Outcome]:
    awards = case.all("dispute_award")
    last: dict[str, Shown] = {}
    unknown: list[tuple[Shown, Insufficient]] = []
    for entry in awards:
        try:
            last[case.need(entry, "dispute", str)] = entry
        except Insufficient as lack:
            unknown.append((entry, lack))
            yield insufficient(*lack.missing)
    for entry in last.values():
        if any(later.seq > entry.seq for later, _ in unknown):
            continue  # which may have taken its place
        try:
            yield _judge(case, entry)
        except Insufficient as lack:
            yield insufficient(*lack.missing)


def _judge(case: Case, award: Shown) -> Outcome:
    if case.need(award, "outcome", str) not in _TO_PAY or not case.need(award, "binding", bool):
        return not_proved(variant="none")
    amount = case.need(award, "amount", int)
    pay_by = parse_time(case.need(award, "pay_by", Time))
    if passed(case.now, at(pay_by)) is not True:
        return not_proved(variant="open")
    decided = interval(case, award)
    least, most = _paid_since(case, decided)
    if least >= amount:
        return not_proved(award, variant="paid")
    if most >= amount:
        return insufficient(Missing("time", award))
    if any(each.open and interval(case, each.entry).hi >= decided.lo for each in transfers(case)):
        return insufficient(Missing("legs.succeeded"))
    open_amount = amount - most
    return proved(
        award,
        amount=open_amount,
        currency=likely_currency(case),
        awarded=amount,
        open=open_amount,
        pay_by=pay_by,
        now=case.now,
    )


def _paid_since(case: Case, decided: Interval) -> tuple[int, int]:
    """The least and the most that can have arrived after the award, in minor units."""
    arrived = [(interval(case, each.arrival), each) for each in transfers(case) if each.succeeded]
    least = worth(case, tuple(each for moment, each in arrived if moment.lo >= decided.hi))
    most = worth(case, tuple(each for moment, each in arrived if moment.hi >= decided.lo))
    for entry, amount in refunded_money(case):
        currency, reckoned = case.want(entry, "currency", str), likely_currency(case)
        if currency is not None and reckoned is not None and currency != reckoned:
            raise Insufficient(Missing("currency", entry))
        moment = interval(case, entry)
        least += amount if moment.lo >= decided.hi else 0
        most += amount if moment.hi >= decided.lo else 0
    return least, most


RULE = Rule("award_unpaid", Kind.BREACH, "platform", "parties", 3, 1, _evaluate)
