"""What a user may sign in a trade as it stands: the newest quote, while nobody has accepted it, and payments
that were reported as made. Pure; the page offers exactly what the service takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from service.core.errors import FormatError
from service.core.times import parse_time
from service.profiles.giftcard.findings.model import Shown

CHANNELS: Final = ("alipay", "wechat", "bank", "ecny", "cash")
_QUOTES: Final = ("quote", "quote_revision")
_TOO_LATE: Final = ("cancellation", "payout")
"""What ends a quote: nobody is asked for consent to a price that was paid already."""
_TAKEN_BACK: Final = ("failed", "cancelled", "reversed")


@dataclass(frozen=True, slots=True)
class Signable:
    """One entry that can be consented to. `amount` in minor units of `currency`; of a quote also the
    channels that the money may go by and the end of its validity (Unix s, 0: none was named).
    """

    type: Literal["acceptance", "payout_ack"]
    entry: Shown
    amount: int
    currency: str
    channels: tuple[str, ...] = ()
    valid_until: int = 0


def signable(entries: Sequence[Shown], now: int) -> tuple[Signable, ...]:
    """What can be signed at `now` (ms), in order of the entries. What an entry does not show, or what was
    corrected, is not signed; of a payment already confirmed in full nothing is left to say.
    """
    ordered = sorted(entries, key=lambda each: each.seq)
    corrected = {_event(each, "target") for each in ordered if each.type == "correction"}
    standing = [each for each in ordered if each.event not in corrected]
    return (*_quote(standing, now), *_payouts(standing))


def _quote(entries: Sequence[Shown], now: int) -> Iterator[Signable]:
    newest = next((each for each in reversed(entries) if each.type in _QUOTES), None)
    if newest is None:
        return
    for each in entries:
        # An acceptance that does not show its quote may be one of this quote.
        accepted = each.type == "acceptance" and _event(each, "quote") in (None, newest.event)
        if each.seq > newest.seq and (accepted or each.type in _TOO_LATE):
            return
    offer, terms = _object(newest.claims.get("offer")), _object(newest.claims.get("terms"))
    amount, currency, until = offer.get("net"), offer.get("currency"), _seconds(terms.get("valid_until"))
    if type(amount) is not int or not isinstance(currency, str) or (until and now >= until * 1000):
        return
    named = tuple(each for each in CHANNELS if each in _listed(terms.get("settlement")))
    yield Signable("acceptance", newest, amount, currency, named or CHANNELS, until)


def _payouts(entries: Sequence[Shown]) -> Iterator[Signable]:
    for each in entries:
        if each.type != "payout" or each.claims.get("state") != "succeeded":
            continue
        legs = [leg for leg in map(_object, _listed(each.claims.get("legs"))) if _is_money(leg)]
        currencies = {leg.get("currency", _currency(entries)) for leg in legs}
        if len(currencies) != 1 or not all(type(leg.get("amount")) is int for leg in legs):
            continue
        currency = currencies.pop()
        if isinstance(currency, str) and not _taken_back(entries, each) and not _confirmed(entries, each):
            yield Signable("payout_ack", each, sum(leg["amount"] for leg in legs), currency)


def _taken_back(entries: Sequence[Shown], payout: Shown) -> bool:
    return any(
        each.type == "payout"
        and each.seq > payout.seq
        and each.claims.get("payout") == payout.claims.get("payout")
        and each.claims.get("state") in _TAKEN_BACK
        for each in entries
    )


def _confirmed(entries: Sequence[Shown], payout: Shown) -> bool:
    said = [each for each in entries if each.type == "payout_ack" and _event(each, "payout") == payout.event]
    return bool(said) and said[-1].claims.get("result") == "received"


def _is_money(leg: dict[str, Any]) -> bool:
    kind: object = leg.get("kind", "points" if leg.get("channel") == "points" else "money")
    return kind == "money"


def _currency(entries: Sequence[Shown]) -> object:
    """The currency of what was accepted, else of the first price that was quoted."""
    for each in entries:
        if each.type == "acceptance" and "currency" in each.claims:
            return each.claims["currency"]
    return next(
        (_object(each.claims.get("offer")).get("currency") for each in entries if each.type in _QUOTES), None
    )


def _event(entry: Shown, name: str) -> object:
    return _object(entry.claims.get(name)).get("event")


def _seconds(time: object) -> int:
    try:
        return parse_time(time) // 1000 if isinstance(time, str) else 0
    except FormatError:
        return 0


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
