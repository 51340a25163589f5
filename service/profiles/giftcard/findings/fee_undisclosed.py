"""fee_undisclosed: a fee was taken that the accepted quote does not list, or more than it lists.

A fee is taken where an inspection deducts under a code that is a fee and no condition, or where a payout or
an inspection carries a claim `fees` (a list like the quote's) of fees that the user pays. The three places
may tell of the same fee, under one code or another; so the largest of their sums counts, not the total. No
fee is held to be taken from a user who got all that is owed, or while that may still come in time. The
amount is what was taken beyond the quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, distinct
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_clock import left_short
from service.profiles.giftcard.findings.terms_due import lines_due, owed_currency, shortfall
from service.profiles.giftcard.findings.terms_payment import transfers
from service.profiles.giftcard.findings.terms_promise import offer, quote, quoted
from service.profiles.giftcard.handover import InspectionItem
from service.profiles.giftcard.quote import Condition, Fee

_CONDITIONS: Final = frozenset({"balance_short", "damaged", "expired", "frozen", "duplicate", "other"})
_FEE = re.compile(r"fee|charge|commission|handling|service", re.IGNORECASE)


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    entry = quote(case)
    if entry is None:
        return
    places = [each for each in (_deducted(case, entry), *_claimed(case)) if each.taken]
    excess = max((_beyond(case, entry, each.taken) for each in places), default=0)
    if excess and left_short(case):
        yield proved(
            entry,
            *(source for each in places for source in each.sources),
            amount=excess,
            currency=owed_currency(case),
            codes=", ".join(dict.fromkeys(code for each in places for code in each.taken)),
            excess=excess,
            gap=shortfall(case),
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """What one kind of record says was taken, by code, and the entries that say so."""

    taken: Mapping[str, int]
    sources: tuple[Shown, ...]


def _deducted(case: Case, entry: Shown) -> _Place:
    """Fees among the deductions that inspections made from accepted lines."""
    found = [
        (inspection, item.line, each)
        for inspection in case.all("inspection")
        for item in case.need(inspection, "items", list[InspectionItem])
        for each in item.deductions or ()
        if isinstance(each.code, str) and _is_fee(case, entry, each.code)
    ]
    if not found:
        return _Place({}, ())
    counted = {(each.line, each.inspection.leaf) for each in lines_due(case) if each.inspection}
    taken: dict[str, int] = {}
    for inspection, line, each in found:
        if (line, inspection.leaf) in counted:
            _add(taken, each.code, each.amount, Missing("items.deductions", inspection))
    return _Place(taken, distinct(inspection for inspection, _, _ in found))


def _claimed(case: Case) -> Iterator[_Place]:
    """Fees that the user pays as payouts tell them (each payout by its last word), and as inspections do."""
    payouts = {each.payout: each.entry for each in transfers(case) if each.succeeded}
    for entries in (distinct(payouts.values()), case.all("inspection")):
        taken: dict[str, int] = {}
        sources: list[Shown] = []
        for entry in entries:
            for fee in case.want(entry, "fees", list[Fee]) or ():
                if fee.payer != "platform":
                    _add(taken, fee.code, fee.amount, Missing("fees", entry))
                    sources.append(entry)
        yield _Place(taken, distinct(sources))


def _add(taken: dict[str, int], code: object, amount: object, missing: Missing) -> None:
    if not isinstance(amount, int):
        raise Insufficient(missing)
    name = code if isinstance(code, str) else "-"
    taken[name] = taken.get(name, 0) + amount


def _is_fee(case: Case, entry: Shown, code: str) -> bool:
    """Whether a deduction's code is a fee: not one of the profile's conditions, nor one that the quote lists,
    and called a fee by its name or by the quote.
    """
    if code in _CONDITIONS:
        return False
    agreed = quoted(case, entry, "conditions", list[Condition])
    if any(each.code == code for each in (agreed[0] if agreed else ())):
        return False
    return _FEE.search(code) is not None or any(fee.code == code for fee in offer(case).fees or ())


def _beyond(case: Case, entry: Shown, taken: Mapping[str, int]) -> int:
    """What was taken beyond the fees that the quote lists for the user."""
    listed: dict[str, int] = {}
    for fee in offer(case).fees or ():
        if fee.payer != "platform" and isinstance(fee.code, str) and fee.code in taken:
            _add(listed, fee.code, fee.amount, Missing("offer.fees", entry))
    return sum(max(0, amount - max(0, listed.get(code, 0))) for code, amount in taken.items())


RULE = Rule("fee_undisclosed", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
