"""Promised, accepted and paid, as the trade's own entries say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.disputes.certificate.model import Amounts
from service.profiles.giftcard.findings.model import Shown, TradeView


def amounts_of(view: TradeView, due: int | None = None) -> Amounts | None:
    """The last accepted quote's net, the acceptance's amount, and money legs that succeeded; None without a
    quote and an acceptance. `due`: what a rule computed, in minor units.
    """
    acceptance = _last(view, "acceptance")
    quote = _accepted_quote(view, acceptance)
    if acceptance is None and quote is None:
        return None
    offer = _object(quote, "offer")
    currency = (acceptance.claims if acceptance else {}).get("currency") or offer.get("currency")
    if not isinstance(currency, str):
        return None
    return Amounts(
        currency=currency,
        promised=_integer(offer.get("net")),
        accepted=_integer((acceptance.claims if acceptance else {}).get("amount")),
        due=due,
        paid=_paid(view),
    )


def _last(view: TradeView, kind: str) -> Shown | None:
    return next((each for each in reversed(view.entries) if each.type == kind), None)


def _accepted_quote(view: TradeView, acceptance: Shown | None) -> Shown | None:
    if acceptance is None:
        return _last(view, "quote")
    wanted = _object(acceptance, "quote").get("event")
    return next((each for each in view.entries if each.event == wanted), None)


def _paid(view: TradeView) -> int | None:
    """Sum of the money legs whose last state is succeeded; None when a payout's content is not shown."""
    last: dict[tuple[str, str], int] = {}
    for entry in view.entries:
        if entry.type != "payout":
            continue
        if entry.withheld and not {"payout", "state", "legs"} <= entry.claims.keys():
            return None
        succeeded = entry.claims.get("state") == "succeeded"
        for leg in _legs(entry):
            amount = _integer(leg.get("amount"))
            last[repr(entry.claims.get("payout")), repr(leg.get("leg"))] = (amount or 0) if succeeded else 0
    return sum(last.values())


def _legs(entry: Shown) -> Iterator[Mapping[str, object]]:
    legs = entry.claims.get("legs")
    for leg in legs if isinstance(legs, list) else ():
        if isinstance(leg, dict) and leg.get("kind", "money") == "money" and leg.get("channel") != "points":
            yield leg


def _object(entry: Shown | None, name: str) -> Mapping[str, object]:
    value = None if entry is None else entry.claims.get(name)
    return value if isinstance(value, dict) else {}


def _integer(value: object) -> int | None:
    return value if type(value) is int else None
