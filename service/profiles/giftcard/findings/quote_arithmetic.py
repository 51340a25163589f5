"""quote_arithmetic (note): the figures of the quote do not add up.

Not proved exactly if gross - Σ user fees = net = Σ items.net and |gross - base · headline / 10⁴| ≤ lines
(fen), over all cards of the quote. Looked at is the accepted quote; while nothing is accepted, the last
one, so that an error which the platform itself put right by a revision is none.

A fee without payer may be the user's or not: both readings are tried. One without amount leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene, all_of
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_promise import base, quote_at_issue
from service.profiles.giftcard.quote import Offer, QuoteItem


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    entry = quote_at_issue(case)
    if entry is None:
        return
    price = case.need(entry, "offer", Offer)
    items = case.need(entry, "items", list[QuoteItem])
    missing: list[Missing] = []
    sound = all_of(
        (
            price.net == sum(item.net for item in items),
            _fees_add_up(price, entry, missing),
            _headline_fits(case, price, items, entry, missing),
        )
    )
    if sound is None:
        raise Insufficient(*missing)
    if not sound:
        figures: dict[str, Any] = {"net": price.net, "items": sum(item.net for item in items)}
        if isinstance(price.gross, int):
            figures["gross"] = price.gross
        variant = "gross" if "gross" in figures else ""
        yield proved(entry, currency=price.currency, variant=variant, **figures)


def _fees_add_up(price: Offer, entry: Shown, missing: list[Missing]) -> Kleene:
    """Whether gross less the user's fees is net."""
    if not isinstance(price.gross, int):
        missing.append(Missing("offer.gross", entry))
        return None
    paid_by_user = [fee for fee in price.fees or () if fee.payer != "platform"]
    amounts = [fee.amount for fee in paid_by_user if isinstance(fee.amount, int)]
    if len(amounts) < len(paid_by_user):
        missing.append(Missing("offer.fees", entry))
        return None
    certain = sum(fee.amount for fee in paid_by_user if isinstance(fee.amount, int) and fee.payer == "user")
    return price.gross - price.net in (certain, sum(amounts))


def _headline_fits(
    case: Case, price: Offer, items: list[QuoteItem], entry: Shown, missing: list[Missing]
) -> Kleene:
    """Whether gross is base · headline, to one fen a line."""
    if not isinstance(price.gross, int):
        return None  # told above
    if not isinstance(price.headline_rate_bp, int):
        missing.append(Missing("offer.headline_rate_bp", entry))
        return None
    try:
        whole = sum(base(case, price, item, entry) for item in items)
    except Insufficient as lack:
        missing.extend(lack.missing)
        return None
    return abs(price.gross * 10_000 - whole * price.headline_rate_bp) <= len(items) * 10_000


RULE = Rule("quote_arithmetic", Kind.NOTE, "platform", "parties", 2, 1, evaluate)
