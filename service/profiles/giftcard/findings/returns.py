"""What went back to the user: refunds grouped by id, card lines returned, money refunded; and what was
rejected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.profiles.giftcard.common import LineItem, LineItems
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, term
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_due import cancelled
from service.profiles.giftcard.findings.terms_promise import acceptance, accepted_items, quote, quoted
from service.profiles.giftcard.findings.terms_time import Deadline, end_of, interval
from service.profiles.giftcard.handover import InspectionItem
from service.profiles.giftcard.quote import OnReject

Lines = frozenset[int | str]


@dataclass(frozen=True, slots=True)
class Back:
    """One refund to the user, all its states in order of seq. `kind` is money or card."""

    refund: str
    kind: str
    steps: tuple[Shown, ...]
    succeeded: tuple[Shown, ...]


@term
def refunds(case: Case) -> tuple[Back, ...]:
    """The refunds to the user, in order of their first step."""
    found: dict[tuple[str, str], list[Shown]] = {}
    for entry in case.all("refund"):
        if case.need(entry, "direction", str) == "to_user":
            key = case.need(entry, "refund", str), case.need(entry, "kind", str)
            found.setdefault(key, []).append(entry)
    return tuple(
        Back(
            refund,
            kind,
            tuple(steps),
            tuple(each for each in steps if case.need(each, "state", str) == "succeeded"),
        )
        for (refund, kind), steps in found.items()
    )


@term
def returned(case: Case) -> tuple[tuple[Shown, Lines], ...]:
    """Each return of cards that succeeded, with the lines it was of (without items: all accepted ones)."""
    every = frozenset(item.line for item in accepted_items(case))
    return tuple(
        (entry, lines_of(case, entry, every))
        for each in refunds(case)
        if each.kind == "card"
        for entry in each.succeeded
    )


@term
def refunded_money(case: Case) -> tuple[tuple[Shown, int], ...]:
    """Each refund of money that succeeded, with its amount; a repeated report of one counts once."""
    return tuple(
        (each.succeeded[0], case.need(each.succeeded[0], "amount", int))
        for each in refunds(case)
        if each.kind == "money" and each.succeeded
    )


@term
def handed_over(case: Case) -> tuple[tuple[Shown, Lines], ...]:
    """Each handover with the accepted lines it was of (without items: all)."""
    every = frozenset(item.line for item in accepted_items(case))
    return tuple((entry, lines_of(case, entry, every) & every) for entry in case.all("handover"))


@term
def rejected(case: Case) -> dict[int | str, Shown]:
    """Accepted lines whose last inspection rejects them, with that inspection."""
    accepted = {item.line for item in accepted_items(case)}
    last: dict[int | str, tuple[Shown, InspectionItem]] = {}
    for entry in case.all("inspection"):
        for item in case.need(entry, "items", list[InspectionItem]):
            last[item.line] = entry, item
    return {line: entry for line, (entry, item) in last.items() if line in accepted and _rejects(case, item)}


@term
def due_back(case: Case) -> tuple[tuple[Shown, Lines], ...]:
    """What makes handed-over lines due back, each with its lines: the cancellation (or the handover after
    it) of all, or the inspections that reject some.
    """
    accepted = acceptance(case)
    handed = frozenset[int | str]().union(*(lines for _, lines in handed_over(case)))
    if accepted is None or not handed:
        return ()
    if cancelled(case):
        cancellations = [each for each in case.all("cancellation") if each.seq > accepted.seq]
        last = max((entry for entry, _ in handed_over(case)), key=lambda each: each.seq)
        return ((max(cancellations[0], last, key=lambda each: interval(case, each).hi), handed),)
    by_inspection: dict[bytes, tuple[Shown, set[int | str]]] = {}
    for line, entry in rejected(case).items():
        if line in handed:
            by_inspection.setdefault(entry.leaf, (entry, set()))[1].add(line)
    return tuple((entry, frozenset(lines)) for entry, lines in by_inspection.values())


def return_by(case: Case, cause: Shown) -> Deadline | None:
    """By when the quote promises to return what became due back by `cause`; None where it names no time."""
    entry = quote(case)
    agreed = None if entry is None else quoted(case, entry, "on_reject", OnReject)
    seconds = agreed[0].return_within if agreed else None
    if not isinstance(seconds, int):
        return None
    return end_of(interval(case, cause)).later(seconds * 1000, seconds * 1000)


def _rejects(case: Case, item: InspectionItem) -> bool:
    if item.outcome != "balance_short":
        return item.outcome != "pass"
    entry = quote(case)
    agreed = None if entry is None else quoted(case, entry, "on_balance_mismatch", str)
    if agreed is None:
        raise Insufficient(Missing("on_balance_mismatch", entry))
    return agreed[0] == "reject"


def lines_of(case: Case, entry: Shown, every: Lines) -> Lines:
    """The lines that an entry names in `items`; `every` where it names none."""
    items = case.want(entry, "items", LineItems)
    return every if items is None else plain(items)


def plain(items: Iterable[int | str | LineItem]) -> Lines:
    """Lines as numbers or names."""
    return frozenset(item.line if isinstance(item, LineItem) else item for item in items)
