"""Promised, accepted, due and paid, as the finding rules compute them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from service.disputes.certificate.model import Amounts
from service.profiles.giftcard.findings.case import Case, known
from service.profiles.giftcard.findings.corrections import worlds
from service.profiles.giftcard.findings.model import Shown, TradeView
from service.profiles.giftcard.findings.terms_due import due
from service.profiles.giftcard.findings.terms_payment import paid
from service.profiles.giftcard.findings.terms_promise import acceptance, quote_at_issue

T = TypeVar("T")


def amounts_of(view: TradeView, now: int) -> Amounts | None:
    """The amounts of the trade at `now` (ms); None where it has neither quote nor acceptance to show.

    A correction that is still open may go either way: what depends on it is not stated.
    """
    cases = worlds(view, now)
    quote, accepted = _agreed(quote_at_issue, cases), _agreed(acceptance, cases)
    offer = quote.claims.get("offer") if quote is not None else None
    told = offer if isinstance(offer, dict) else {}
    currency = (accepted.claims.get("currency") if accepted is not None else None) or told.get("currency")
    if not isinstance(currency, str):
        return None
    return Amounts(
        currency=currency,
        promised=_integer(told.get("net")),
        accepted=_claim(accepted, "amount"),
        due=_agreed(due, cases) if accepted is not None else None,
        paid=_agreed(paid, cases) if accepted is not None else None,
        headline=_integer(told.get("headline_rate_bp")),
    )


def _agreed(function: Callable[[Case], T], cases: tuple[Case, ...]) -> T | None:
    """The term's value if it is known and the same however open corrections turn out."""
    values = [known(function, case)[0] for case in cases]
    return values[0] if all(each == values[0] for each in values) else None


def _claim(entry: Shown | None, name: str) -> int | None:
    return None if entry is None else _integer(entry.claims.get(name))


def _integer(value: object) -> int | None:
    return value if type(value) is int else None
