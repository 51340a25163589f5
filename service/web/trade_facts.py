"""What every page of a trade needs to know of its entries before it puts them into words."""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.model import Shown, TradeView
from service.web.trade_words import obj


def currency_of(view: TradeView, entry: Shown | None = None) -> str:
    """What the trade, or this entry of it, is in: for amounts that do not say."""
    for each in (*((entry,) if entry is not None else ()), *view.entries):
        found = each.claims.get("currency") or obj(each.claims.get("offer")).get("currency")
        if isinstance(found, str):
            return found
    return "CNY"


def erasures(view: TradeView) -> Iterator[tuple[bytes, Shown]]:
    """Leaf → the erasure that names it."""
    for entry in view.entries:
        targets = entry.claims.get("targets") if entry.type == "erasure" else None
        for target in targets if isinstance(targets, list) else ():
            if isinstance(target, str) and len(target) == 66:
                yield bytes.fromhex(target[2:]), entry
