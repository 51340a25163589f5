"""Published tariffs: the rate in force for a card at a time.

Where the rules are silent: of several tariffs in force the one with the latest beginning holds for the cards
that it lists; of its rows those with the highest `min_face` that the card reaches, of these those of the
card's kind. Of one that was recorded only after the quote nobody can say whether it stood then.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.core.times import parse_time
from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.oversight import TariffBrand
from service.profiles.giftcard.quote import QuoteItem
from service.profiles.giftcard.scalars import Time


def tariffs_in_force(case: Case, at: int) -> tuple[Shown, ...]:
    """The context's tariffs whose time covers `at` (ms), the latest beginning first. Raises Insufficient for
    one whose time is withheld.
    """
    found: list[tuple[int, int, Shown]] = []
    for entry in case.view.context:
        if entry.type != "tariff":
            continue
        begin = parse_time(case.need(entry, "from", Time))
        end = case.want(entry, "to", Time)
        if begin <= at and (end is None or at < parse_time(end)):
            found.append((begin, entry.index, entry))
    return tuple(entry for _, _, entry in sorted(found, key=lambda each: each[:2], reverse=True))


def rate_of(case: Case, tariffs: Sequence[Shown], item: QuoteItem) -> tuple[int, Shown] | None:
    """The published rate (basis points) of a card, and the tariff that says it; None where none lists it."""
    for entry in tariffs:
        rows = [
            (_closeness(row), row.rate_bp)
            for row in case.need(entry, "brands", list[TariffBrand])
            if _covers(row, item) and isinstance(row.rate_bp, int)
        ]
        if rows:
            return max(rows)[1], entry
    return None


def _closeness(row: TariffBrand) -> tuple[int, bool]:
    """How closely a row that covers a card is cut to it: the larger, the closer."""
    return row.min_face if isinstance(row.min_face, int) else 0, isinstance(row.kind, str)


def _covers(row: TariffBrand, item: QuoteItem) -> bool:
    if row.brand != item.brand:
        return False
    if isinstance(row.kind, str) and isinstance(item.kind, str) and row.kind != item.kind:
        return False
    return not isinstance(row.min_face, int) or item.face >= row.min_face
