"""What one entry comes to, in some words: the amount quoted, the state of a payout, what evidence shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from service.profiles.giftcard.findings.model import Shown
from service.web.language import Language
from service.web.trade_words import objects
from service.web.wording import claim_word, forms, money, word

_TOLD: Final = ("kind", "op", "state", "mode", "outcome", "result", "position")
_SUMS: Final = ("amount", "limit", "offer")
_LONGEST: Final = 300


def gist(entry: Shown, currency: str, language: Language) -> str:
    """Some words about the entry in `currency`, unless it names its own; empty where nothing is shown."""
    writer = _GISTS.get(entry.type, _any)
    own = entry.claims.get("currency")
    parts = writer(entry.claims, own if isinstance(own, str) else currency, language)
    return ("，" if language == "zh" else ", ").join(part for part in parts if part)[:_LONGEST]


Claims = Mapping[str, Any]


def _any(claims: Claims, currency: str, language: Language) -> Iterator[str]:
    for name in _TOLD:
        if isinstance(claims.get(name), str):
            yield word(claims[name], language)
    for name in _SUMS:
        yield _sum(claims.get(name), currency, language)


def _quote(claims: Claims, currency: str, language: Language) -> Iterator[str]:
    offer = claims.get("offer")
    told = offer if isinstance(offer, dict) else {}
    yield _sum(told.get("net"), str(told.get("currency", currency)), language)
    if type(told.get("headline_rate_bp")) is int:
        yield forms(language).format_field(told["headline_rate_bp"], "rate")


def _inspection(claims: Claims, currency: str, language: Language) -> Iterator[str]:
    outcomes = [str(each["outcome"]) for each in objects(claims.get("items")) if "outcome" in each]
    yield from (word(each, language) for each in dict.fromkeys(outcomes))


def _payout(claims: Claims, currency: str, language: Language) -> Iterator[str]:
    if isinstance(claims.get("state"), str):
        yield word(claims["state"], language)
    for leg in objects(claims.get("legs")):
        if leg.get("kind", "money") == "money":
            channel = leg.get("channel")
            yield _sum(leg.get("amount"), str(leg.get("currency", currency)), language)
            yield word(channel, language) if isinstance(channel, str) else ""


def _opened(claims: Claims, currency: str, language: Language) -> Iterator[str]:
    claim = claims.get("claim")
    if isinstance(claim, dict):
        yield claim_word(str(claim.get("code", "other")), language)
        yield _sum(claim.get("amount"), str(claim.get("currency", currency)), language)


def _evidence(claims: Claims, currency: str, language: Language) -> Iterator[str]:
    yield str(claims.get("proves", ""))


def _sum(amount: object, currency: str, language: Language) -> str:
    return money(amount, currency, language) if type(amount) is int else ""


_GISTS: Final[Mapping[str, Callable[[Claims, str, Language], Iterator[str]]]] = {
    "quote": _quote,
    "quote_revision": _quote,
    "inspection": _inspection,
    "payout": _payout,
    "dispute_opened": _opened,
    "dispute_evidence": _evidence,
}
