"""cover_missing: the quote offered insurance, a guarantor or an escrow, and it was not there at the handover,
lapsed before the user was paid, or covers less than is owed.

Cover counts as bound by the handover unless it was certainly bound later; for an escrow, funding it is
binding it. That there is none is held as soon as the tolerance after the handover is over or money was paid.
Whose cover it is, and from when a policy says it runs, is not compared. Several covers of a kind add up. A
lapse matters while something is owed: it was recorded before the last payment that arrived, and may have
happened before it, or the trade is not paid yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import all_of
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.terms_due import due, shortfall
from service.profiles.giftcard.findings.terms_payment import succeeded
from service.profiles.giftcard.findings.terms_promise import offer, quote, quoted
from service.profiles.giftcard.findings.terms_time import Deadline, after, end_of, interval, passed
from service.profiles.giftcard.quote import CoverageOffered

_BINDING = {"insurance": ("bound",), "guarantor": ("bound",), "escrow": ("funded", "held")}


def _evaluate(case: Case) -> Iterator[Outcome]:
    entry, handovers = quote(case), case.all("handover")
    if entry is None or not handovers:
        return
    offered = quoted(case, entry, "coverage_offered", list[CoverageOffered])
    if offered is None:
        return
    kinds = dict.fromkeys(each.kind for each in offered[0] if isinstance(each.kind, str))
    for kind in kinds:
        try:
            yield _judge(case, offered[1], handovers[0], kind)
        except Insufficient as lack:
            yield insufficient(*lack.missing)


def _judge(case: Case, offering: Shown, handover: Shown, kind: str) -> Outcome:
    entries = _of_kind(case, kind)
    binding = [each for each in entries if case.need(each, "state", str) in _BINDING[kind]]
    moment = interval(case, handover)
    handed = Deadline(moment.lo, moment.hi)
    if not binding:
        if not _settled(case, handover) and passed(case.now, end_of(moment)) is not True:
            return insufficient(Missing("coverage"))
        return proved(offering, handover, variant=f"{kind}.unbound", handed=moment.hi)
    verdicts = {each.leaf: after(interval(case, each), handed) for each in binding}
    late = all_of(verdicts.values())
    if late:
        bound = interval(case, binding[0]).lo
        return proved(offering, handover, binding[0], variant=f"{kind}.late", handed=moment.hi, bound=bound)
    if late is None:
        return insufficient(Missing("time", binding[0]))
    live = [each for each in binding if not verdicts[each.leaf]]
    lapsed = _lapsed(case, entries, live) if kind != "escrow" else []
    standing = [each for each in live if not any(_same(case, each, gone) for gone in lapsed)]
    if not standing:
        return proved(
            offering, live[0], lapsed[0], variant=f"{kind}.lapsed", lapsed=interval(case, lapsed[0]).hi
        )
    return _sufficient(case, offering, standing, kind)


def _settled(case: Case, handover: Shown) -> bool:
    """Whether the trade has gone on to the payment: no cover is still on its way."""
    return any(each.arrival.seq > handover.seq for each in succeeded(case))


def _sufficient(case: Case, offering: Shown, standing: Sequence[Shown], kind: str) -> Outcome:
    limits = {_name(case, each): _limit(case, each) for each in standing}
    limit, owed = sum(limits.values()), due(case)
    if limit >= owed:
        return not_proved(offering, *standing)
    figures: dict[str, Any] = {"limit": limit, "owed": owed, "uncovered": owed - limit}
    return proved(
        offering,
        *standing,
        amount=owed - limit,
        currency=offer(case).currency,
        variant=f"{kind}.low",
        **figures,
    )


def _of_kind(case: Case, kind: str) -> list[Shown]:
    if kind == "escrow":
        return list(case.all("escrow"))
    return [each for each in case.all("coverage") if case.need(each, "kind", str) == kind]


def _name(case: Case, entry: Shown) -> str:
    return case.need(entry, entry.type, str)


def _limit(case: Case, entry: Shown) -> int:
    if entry.type == "escrow" and case.need(entry, "currency", str) != offer(case).currency:
        raise Insufficient(Missing("currency", entry))
    return case.need(entry, "amount" if entry.type == "escrow" else "limit", int)


def _same(case: Case, first: Shown, second: Shown) -> bool:
    return _name(case, first) == _name(case, second)


def _lapsed(case: Case, entries: Sequence[Shown], live: Sequence[Shown]) -> list[Shown]:
    """The lapses that matter: after the binding, and while the user was not fully paid."""
    lapses = [
        each
        for each in entries
        if case.need(each, "state", str) == "lapsed"
        and any(bound.seq < each.seq and _same(case, bound, each) for bound in live)
    ]
    if not lapses:
        return []
    payments = [each.arrival for each in succeeded(case)]
    if shortfall(case) > 0 or not payments:
        return lapses
    last = max(payments, key=lambda each: each.seq)
    paid = end_of(interval(case, last))
    return [each for each in lapses if each.seq < last.seq and after(interval(case, each), paid) is not True]


RULE = Rule("cover_missing", Kind.BREACH, "platform", "parties", 2, 1, _evaluate)
