"""What is owed: Due, line by line, and what was taken off without support.

Where the rules are silent:

- Of several inspections of a line the last one recorded counts. What an inspection found before a revision
  with cause `inspection` was accepted is settled by that revision's price; only deductions come off it still.
- A balance found above the quoted one does not raise a line.
- A deduction may be larger than its line: it comes off the whole amount.
- Once the accepted trade is cancelled nothing is owed (the card or money that has to come back is another
  rule's). A cancellation that arrived before the acceptance did, and may have happened later all the same
  (the acceptance waited in a queue), leaves that open. Without an acceptance nothing is owed either.
- A condition without a cap is one without limit; without evidence, one that asks for none.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, distinct, once, term
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_payment import paid, transfers
from service.profiles.giftcard.findings.terms_promise import (
    acceptance,
    accepted_items,
    offer,
    quote,
    quoted,
)
from service.profiles.giftcard.findings.terms_time import interval
from service.profiles.giftcard.handover import Deduction, InspectionItem
from service.profiles.giftcard.quote import Condition, QuoteItem


@dataclass(frozen=True, slots=True)
class LineDue:
    """One accepted line, in minor units: `due` is owed of it (below zero where more may come off than it is
    worth); `unsupported` was taken off without a ground that the quote lists, above its cap, without its
    evidence, or without a reading.
    """

    line: int | str
    net: int
    due: int
    unsupported: int
    inspection: Shown | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of one line, and by which inspection."""

    entry: Shown
    item: InspectionItem


@term
def due(case: Case) -> int:
    """Due, in minor units."""
    if acceptance(case) is None or cancelled(case):
        return 0
    return max(0, sum(each.due for each in lines_due(case)))


@term
def shortfall(case: Case) -> int:
    """g = Due - Paid, in minor units; 0 where nothing is owed."""
    owed = due(case)
    return owed - paid(case) if owed else 0


@term
def cancelled(case: Case) -> bool:
    """Whether the trade was called off after the acceptance that binds. Raises Insufficient where nobody can
    say which of the two came first.
    """
    accepted = acceptance(case)
    if accepted is None:
        return False
    cancellations = case.all("cancellation")
    if any(each.seq > accepted.seq for each in cancellations):
        return True
    accepted_from = interval(case, accepted).lo
    unclear = [each for each in cancellations if interval(case, each).hi > accepted_from]
    if unclear:
        raise Insufficient(*(Missing("time", each) for each in (accepted, *unclear)))
    return False


@term
def lines_due(case: Case) -> tuple[LineDue, ...]:
    """Every accepted line with what is owed of it."""
    found, caps = _inspected(case), _Caps(case)
    lines = []
    for item in accepted_items(case):
        result = found.get(item.line)
        if result is None:
            lines.append(LineDue(item.line, item.net, item.net, 0))
            continue
        stands, unsupported = _stands(case, item, result)
        allowed = 0
        for deduction in result.item.deductions or ():
            taken, granted = caps.grant(deduction, result)
            allowed += granted
            unsupported += taken - granted
        lines.append(LineDue(item.line, item.net, stands - allowed, unsupported, result.entry))
    return tuple(lines)


def _inspected(case: Case) -> dict[int | str, _Found]:
    found: dict[int | str, _Found] = {}
    for entry in case.all("inspection"):
        items = case.need(entry, "items", list[InspectionItem])
        once((item.line for item in items), Missing("items", entry))
        found |= {item.line: _Found(entry, item) for item in items}
    return found


def _stands(case: Case, item: QuoteItem, found: _Found) -> tuple[int, int]:
    """What is left of a line after the outcome of its inspection, and what was taken without a reading."""
    outcome = found.item.outcome
    if outcome == "pass" or _settled_by_revision(case, found.entry):
        return item.net, 0
    read = isinstance(found.item.reading, str)
    if outcome == "balance_short" and (mismatch := _mismatch(case)) != "reject":
        if mismatch == "requote":
            raise Insufficient(Missing("requote"))
        return _pro_rata(item, found, read)
    return (0, 0) if read else (item.net, item.net)


def _pro_rata(item: QuoteItem, found: _Found, read: bool) -> tuple[int, int]:
    balance = found.item.balance_found
    if not isinstance(balance, int):
        if not read:
            return item.net, 0
        raise Insufficient(Missing("items.balance_found", found.entry))
    whole = item.balance if isinstance(item.balance, int) else item.face
    part = min(item.net, item.net * balance // whole) if whole else item.net
    return (part, 0) if read else (item.net, item.net - part)


def _mismatch(case: Case) -> str:
    entry = quote(case)
    assert entry is not None  # or there would be no accepted line
    agreed = quoted(case, entry, "on_balance_mismatch", str)
    if agreed is None:
        raise Insufficient(Missing("on_balance_mismatch", entry))
    return agreed[0]


def _settled_by_revision(case: Case, inspection: Shown) -> bool:
    entry, accepted = quote(case), acceptance(case)
    assert entry is not None  # or there would be no accepted line
    assert accepted is not None
    if entry.type != "quote_revision" or inspection.seq > accepted.seq:
        return False
    return case.need(entry, "cause", str) == "inspection"


class _Caps:
    """What is left of the cap of each listed condition, while the lines are gone through in order."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._listed: dict[str, list[Condition]] | None = None
        self._left: dict[str, int | None] = {}

    def grant(self, deduction: Deduction, found: _Found) -> tuple[int, int]:
        """What a deduction takes off, and how much of that is allowed."""
        if not isinstance(deduction.amount, int):
            raise Insufficient(Missing("items.deductions", found.entry))
        taken, code = deduction.amount, deduction.code
        if not taken or not isinstance(code, str) or not self._met(code, deduction, found):
            return taken, 0
        left = self._left[code]
        granted = taken if left is None else min(taken, left)
        if left is not None:
            self._left[code] = left - granted
        return taken, granted

    def _met(self, code: str, deduction: Deduction, found: _Found) -> bool:
        """Whether the code is listed and its evidence is there."""
        if self._listed is None:
            self._listed = self._conditions()
        proof, read = isinstance(deduction.evidence, str), isinstance(found.item.reading, str)
        return any(
            proof
            or (condition.evidence == "reading" and read)
            or condition.evidence not in ("photo", "reading", "third_party")
            for condition in self._listed.get(code, ())
        )

    def _conditions(self) -> dict[str, list[Condition]]:
        entry = quote(self._case)
        assert entry is not None  # or there would be no accepted line
        agreed = quoted(self._case, entry, "conditions", list[Condition])
        listed: dict[str, list[Condition]] = {}
        for condition in agreed[0] if agreed else ():
            if isinstance(condition.code, str):
                listed.setdefault(condition.code, []).append(condition)
        for code, conditions in listed.items():
            caps = [each.cap for each in conditions]
            known = [cap for cap in caps if isinstance(cap, int)]
            self._left[code] = sum(known) if len(known) == len(caps) else None
        return listed


@term
def owed_currency(case: Case) -> str:
    """The currency that everything is reckoned in."""
    return offer(case).currency


@term
def grounds(case: Case) -> tuple[Shown, ...]:
    """The entries that Due and Paid rest on: Q, A, inspections that took something off, transfers."""
    entries: list[Shown | None] = [quote(case), acceptance(case)]
    if due(case):
        entries += [each.inspection for each in lines_due(case) if each.due < each.net]
    entries += [each.entry for each in transfers(case)]
    return distinct(entries)
