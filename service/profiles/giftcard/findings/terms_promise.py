"""What was promised: the acceptance that binds (A), its quote (Q), the accepted lines, their base.

Where the rules are silent:

- A claim that a revision never posted is taken from the quote it revises, except the price, the cards and the
  end of validity: an engineer who posts only what changed must not lose the conditions of the first quote.
- Whether an acceptance binds must be known: while it may be invalid, nothing is built on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from service.core.hexs import to_hex
from service.core.times import parse_time
from service.profiles.giftcard.common import Lines, Ref
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, known, once, term
from service.profiles.giftcard.findings.kleene import Kleene, all_of, any_of, negate
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_time import after, at, interval
from service.profiles.giftcard.quote import Offer, QuoteItem, Terms

T = TypeVar("T")

QUOTES = ("quote", "quote_revision")


@term
def acceptance(case: Case) -> Shown | None:
    """A: the last acceptance that is not proved invalid; None when there is none.

    Raises Insufficient while it is open whether the last candidate is invalid.
    """
    for entry in reversed(case.all("acceptance")):
        verdict = invalid(case, entry)
        if verdict is None:
            raise Insufficient(*doubts(case, entry))
        if not verdict:
            return entry
    return None


@term
def quote(case: Case) -> Shown | None:
    """Q: the quote or revision that A refers to; None without A."""
    accepted = acceptance(case)
    return None if accepted is None else referred_quote(case, accepted, "quote")


@term
def quote_at_issue(case: Case) -> Shown | None:
    """Q; while nothing binding is accepted, the last quote or revision recorded."""
    entry = quote(case)
    return entry or next(reversed(case.all(*QUOTES)), None)


@term
def offer(case: Case) -> Offer:
    """The price of Q. Raises Insufficient without Q."""
    return case.need(_known_quote(case), "offer", Offer)


@term
def likely_currency(case: Case) -> str | None:
    """The currency of a figure that names none: the quote's at issue, the first one's where that is open;
    None where no quote shows one.
    """
    at_issue, _ = known(quote_at_issue, case)
    for entry in (at_issue, *case.some(*QUOTES)):
        price = entry.claims.get("offer") if entry else None
        currency = price.get("currency") if isinstance(price, dict) else None
        if isinstance(currency, str):
            return currency
    return None


@term
def accepted_items(case: Case) -> tuple[QuoteItem, ...]:
    """The cards of Q that A accepts, in Q's order (A without items: all of them)."""
    items = case.need(_known_quote(case), "items", list[QuoteItem])
    once((item.line for item in items), Missing("items", _known_quote(case)))
    accepted = acceptance(case)
    assert accepted is not None  # or there would be no quote
    lines = case.want(accepted, "items", Lines)
    return tuple(item for item in items if lines is None or item.line in lines)


def base(case: Case, price: Offer, item: QuoteItem, entry: Shown) -> int:
    """The amount in minor units that the rate is taken of, for one card of the quote `entry`."""
    if price.rate_base == "face" or (
        # Nobody said which of the two, and it makes no difference.
        price.rate_base != "balance" and item.balance in (item.face,)
    ):
        return item.face
    if price.rate_base != "balance":
        raise Insufficient(Missing("offer.rate_base", entry))
    if not isinstance(item.balance, int):
        raise Insufficient(Missing("items.balance", entry))
    return item.balance


def quoted(case: Case, entry: Shown, name: str, form: type[T]) -> tuple[T, Shown] | None:
    """A claim of a quote, with the entry that has it; of a revision that never posted it, the claim of what
    it revises. None when no one posted it.
    """
    for each in _lineage(case, entry):
        if (value := case.want(each, name, form)) is not None:
            return value, each
    return None


def referred_quote(case: Case, entry: Shown, name: str) -> Shown:
    """The quote that the entry's reference `name` points to. Raises Insufficient when it is not there."""
    ref = case.need(entry, name, Ref)
    found = case.event(ref.event)
    if found is None or found.type not in QUOTES:
        raise Insufficient(Missing(name, entry))
    if isinstance(ref.digest, str) and ref.digest != to_hex(found.digest):
        raise Insufficient(Missing(name, entry))
    return found


def invalid(case: Case, entry: Shown) -> Kleene:
    """Whether an acceptance is invalid: nothing later ratified it, and it came after its quote had run out
    or had been revised (for another reason than the inspection).
    """
    return all_of((negate(ratified(case, entry)), any_of(_overdue(case, entry))))


def ratified(case: Case, entry: Shown) -> Kleene:
    """Whether a handover or a payout came later than this acceptance. One that arrived earlier, and may have
    happened later all the same, leaves it open.
    """
    if any(each.seq > entry.seq for each in case.some("handover", "payout")):
        return True
    if case.holes:
        return None
    accepted_from = interval(case, entry).lo
    later = any(interval(case, each).hi > accepted_from for each in case.some("handover", "payout"))
    return None if later else False


def _overdue(case: Case, entry: Shown) -> Iterator[Kleene]:
    try:
        quote_entry = referred_quote(case, entry, "quote")
    except Insufficient:
        yield None
        return
    moment = interval(case, entry)
    try:
        terms = case.want(quote_entry, "terms", Terms)
        if terms is not None and isinstance(terms.valid_until, str):
            yield after(moment, at(parse_time(terms.valid_until)))
    except Insufficient:
        yield None
    for revision in case.some("quote_revision"):
        if revision.seq < entry.seq:  # recorded before; but an acceptance may have waited in a queue
            known_first = True if interval(case, revision).hi <= moment.lo else None
            yield all_of((_replaces(case, revision, quote_entry), known_first))
    if case.holes:
        yield None


def _replaces(case: Case, revision: Shown, quote_entry: Shown) -> Kleene:
    """Whether the revision takes the place of that quote for another cause than the inspection."""
    try:
        revised = case.need(revision, "revises", Ref)
        if revised.event != quote_entry.event:
            return False
        return case.need(revision, "cause", str) != "inspection"
    except Insufficient:
        return None


def doubts(case: Case, entry: Shown) -> Iterator[Missing]:
    """What would tell whether the acceptance is invalid."""
    try:
        quote_entry = referred_quote(case, entry, "quote")
        case.want(quote_entry, "terms", Terms)
        for revision in case.some("quote_revision"):
            case.need(revision, "revises", Ref)
            case.need(revision, "cause", str)
    except Insufficient as lack:
        yield from lack.missing
    else:
        yield Missing("time", entry)


def _known_quote(case: Case) -> Shown:
    entry = quote(case)
    if entry is None:
        raise Insufficient(Missing("acceptance"))
    return entry


def _lineage(case: Case, entry: Shown) -> Iterator[Shown]:
    """The quote, then what it revises, and so on."""
    seen: set[str] = set()
    while entry.event not in seen:
        seen.add(entry.event)
        yield entry
        if entry.type != "quote_revision":
            return
        entry = referred_quote(case, entry, "revises")
