"""Revisions: which way they move the price.

Two quotes are compared over the cards that both list, so that a revision for fewer cards is no lower price.
"""

from __future__ import annotations

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_promise import referred_quote
from service.profiles.giftcard.quote import Offer, QuoteItem


def net_of(case: Case, entry: Shown) -> int:
    """The net price that a quote or revision names."""
    return case.need(entry, "offer", Offer).net


def net_for(case: Case, entry: Shown, lines: frozenset[int | str]) -> int:
    """The net price of these lines; where they are all of the quote's, its net price."""
    items = case.need(entry, "items", list[QuoteItem])
    if {item.line for item in items} <= lines:
        return net_of(case, entry)
    return sum(item.net for item in items if item.line in lines)


def lowered_by(case: Case, revision: Shown) -> int:
    """By how much a revision is below the quote that it revises; below zero where it is above."""
    before = referred_quote(case, revision, "revises")
    items = (case.need(each, "items", list[QuoteItem]) for each in (before, revision))
    first, second = (frozenset(item.line for item in each) for each in items)
    common = first & second
    return net_for(case, before, common) - net_for(case, revision, common)
