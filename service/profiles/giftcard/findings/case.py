"""The case that rules look at: a trade, the evaluation time, and the common terms, computed once.

Claims are read with `need` (has to be there) and `want` (may never have been posted). Whatever a rule needs
and the case does not show ends the rule with `Insufficient`, which names the operand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

import msgspec

from service.core.hexs import to_hex
from service.core.times import format_time
from service.profiles.giftcard.findings.model import Shown, TradeView

T = TypeVar("T")

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Missing:
    """An operand that is not there: a claim of a shown entry, or (without entry) something never posted.

    `what` is a claim's name, with a member behind a dot (`terms.payout_clock`), or an event type.
    """

    what: str
    entry: Shown | None = None

    @property
    def name(self) -> str:
        """`event#claim`, or the bare name."""
        return self.what if self.entry is None else f"{self.entry.event}#{self.what}"


@dataclass(frozen=True, slots=True)
class Erased:
    """Who erased a missing operand, and when (ms). `by` is what the erasure names; may be empty."""

    missing: Missing
    by: str
    ground: str
    at: int

    def value(self) -> dict[str, object]:
        """As published in a finding's figures."""
        return {
            "operand": self.missing.name,
            "by": self.by,
            "ground": self.ground,
            "at": format_time(self.at),
        }


class Insufficient(Exception):
    """An operand is withheld, erased, pending or was never posted: the third truth value on its way up, not
    an error. Never leaves `evaluate`.
    """

    def __init__(self, *missing: Missing) -> None:
        super().__init__(", ".join(each.name for each in missing))
        self.missing = missing


@dataclass(frozen=True)
class Case:
    """One trade at one evaluation time.

    `entries` are those that stand: without what a correction that counts has withdrawn. Rules about the log
    itself use `view.entries`. A sealed entry is one whose content the platform declared restricted: it is
    counted as a possible review wherever a review matters, and as nothing else, since what is kept from the
    parties of a trade is no payment, notice or inspection to them. A place in the trade of which nothing at
    all is shown may hold anything. `unclear` are operands without which nobody can say which entries stand.
    """

    view: TradeView
    now: int
    entries: tuple[Shown, ...]
    unclear: tuple[Missing, ...] = ()

    @cached_property
    def holes(self) -> bool:
        """Whether entries of the trade are neither shown nor sealed (or may be withdrawn), so that nothing
        follows from an absence."""
        if self.unclear:
            return True
        known = {each.seq for each in self.view.entries} | {each.seq for each in self.view.sealed}
        return len(known) <= max(known, default=-1)

    def some(self, *types: str) -> tuple[Shown, ...]:
        """The shown entries of these types, by seq; there may be others."""
        return tuple(each for each in self.entries if each.type in types)

    def all(self, *types: str) -> tuple[Shown, ...]:
        """All entries of these types, by seq. Raises Insufficient where the trade has holes."""
        self.require_whole()
        return self.some(*types)

    def require_whole(self) -> None:
        """Raises Insufficient where the trade has holes: what is not shown may be what a rule looks for."""
        if self.holes:
            raise Insufficient(*(self.unclear or (Missing("entries"),)))

    def need(self, entry: Shown, name: str, form: type[T]) -> T:
        """The claim's value. Raises Insufficient when it is absent or not of this form."""
        value = self.want(entry, name, form)
        if value is None:
            raise Insufficient(Missing(name, entry))
        return value

    def want(self, entry: Shown, name: str, form: type[T]) -> T | None:
        """The claim's value; None when it was never posted. Raises Insufficient when it may be withheld."""
        value: Any = entry.claims.get(name, _ABSENT)
        if value is _ABSENT:
            if entry.withheld:
                raise Insufficient(Missing(name, entry))
            return None
        try:
            return msgspec.convert(value, form)
        except msgspec.ValidationError:
            raise Insufficient(Missing(name, entry)) from None

    def event(self, event: str) -> Shown | None:
        """The standing entry with this event id."""
        return self._by_event.get(event)

    @cached_property
    def memory(self) -> dict[object, object]:
        """What terms have been computed of this case (see `term`)."""
        return {}

    @cached_property
    def _by_event(self) -> dict[str, Shown]:
        return {each.event: each for each in self.entries}

    def erased(self, missing: Iterable[Missing]) -> tuple[Erased, ...]:
        """Those of the missing operands whose entry the service has erased content of."""
        found = []
        for each in missing:
            erasure = each.entry and self._erasures.get(to_hex(each.entry.leaf))
            if erasure:
                claims = erasure.claims
                by = claims.get("requested_by") or claims.get("authority") or ""
                found.append(Erased(each, str(by), str(claims.get("ground", "")), erasure.occurred))
        return tuple(found)

    @cached_property
    def _erasures(self) -> dict[str, Shown]:
        """Leaf (hex) → the first erasure that names it."""
        found: dict[str, Shown] = {}
        for entry in self.view.entries:
            targets = entry.claims.get("targets")
            if entry.type == "erasure" and isinstance(targets, list):
                for leaf in targets:
                    found.setdefault(str(leaf), entry)
        return found


def term(function: Callable[[Case], T]) -> Callable[[Case], T]:
    """A common term: a pure function of the case, computed once, whether it gives a value or Insufficient."""

    @wraps(function)
    def computed_once(case: Case) -> T:
        known = case.memory.get(function, _ABSENT)
        if known is _ABSENT:
            try:
                known = function(case)
            except Insufficient as lack:
                known = lack
            case.memory[function] = known
        if isinstance(known, Insufficient):
            raise Insufficient(*known.missing)
        return cast(T, known)

    return computed_once


def known(function: Callable[[Case], T], case: Case) -> tuple[T | None, tuple[Missing, ...]]:
    """A term's value, or None and what is missing: for rules that can be decided without it."""
    try:
        return function(case), ()
    except Insufficient as lack:
        return None, lack.missing


def once(names: Iterable[object], missing: Missing) -> None:
    """Raises Insufficient where a line or leg is told twice in one list: the profile refuses that at the
    POST, and two readings of one line leave its meaning open.
    """
    told = list(names)
    if len(set(told)) < len(told):
        raise Insufficient(missing)


def distinct(entries: Iterable[Shown | None]) -> tuple[Shown, ...]:
    """The entries that are there, each once, in the order in which they are first named."""
    return tuple({each.leaf: each for each in entries if each is not None}.values())
