"""The entries of a trade in words: what, when, and how well it is evidenced by now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.core.hexs import to_hex
from service.core.times import format_time
from service.profiles.giftcard.findings.model import Sealed, Shown, TradeView
from service.web.texts import Texts
from service.web.trade_facts import currency_of, erasures
from service.web.trade_words import forms, listing, minute, obj, objects, sentences, word

_APART_MS: Final = 120_000
"""How far the platform's time may be from the log's without being told beside it."""
_MOST_CARDS: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the timeline. `sight`: full, withheld, erased or sealed; `state`: anchored, proving, signed
    or late, None for a sealed entry; `at` (RFC 3339) and `time` are when the log received it.
    """

    seq: int
    index: int
    leaf: str
    type: str
    sight: str
    title: str
    detail: str
    notes: tuple[str, ...]
    at: str | None
    time: str | None
    state: str | None
    state_text: str | None


def timeline(
    view: TradeView, hints: Mapping[int, Mapping[str, object]], t: Texts, now: int
) -> tuple[Entry, ...]:
    """All entries by seq, those that the reader may not know of included by their place."""
    erased = frozenset(leaf for leaf, _ in erasures(view))
    items = [_entry(each, hints.get(each.index, {}), erased, view, t, now) for each in view.entries]
    items += [_sealed(each, t) for each in view.sealed]
    return tuple(sorted(items, key=lambda each: each.seq))


def card_words(quote: Shown | None, t: Texts) -> str:
    """The cards of a quote with their face values; empty where it shows none."""
    if quote is None:
        return ""
    return _cards(quote.claims, t, obj(quote.claims.get("offer")).get("currency"))


def _entry(
    entry: Shown,
    hints: Mapping[str, object],
    erased: frozenset[bytes],
    view: TradeView,
    t: Texts,
    now: int,
) -> Entry:
    state, state_text = _state(entry, hints, t, now)
    gone = entry.leaf in erased
    told = any(name not in ("capture", "actor", "audience") for name in entry.claims)
    sight = "full" if told else "erased" if gone else "withheld" if entry.withheld else "full"
    notes = [t(sight)] if sight != "full" else [t("erased_part")] if gone else []
    if abs(entry.occurred - entry.received) > _APART_MS:
        notes.append(t("happened", time=minute(entry.occurred)))
    known = f"type_{entry.type}"
    return Entry(
        seq=entry.seq,
        index=entry.index,
        leaf=to_hex(entry.leaf),
        type=entry.type,
        sight=sight,
        title=t(known if known in t.all else "type_other"),
        detail=_WORDS.get(entry.type, _nothing)(entry.claims, t, currency_of(view, entry)),
        notes=tuple(notes),
        at=format_time(entry.received),
        time=minute(entry.received),
        state=state,
        state_text=state_text,
    )


def _sealed(entry: Sealed, t: Texts) -> Entry:
    return Entry(
        seq=entry.seq,
        index=entry.index,
        leaf=to_hex(entry.leaf),
        type="",
        sight="sealed",
        title=t("sealed"),
        detail="",
        notes=(t("sealed_hint"),),
        at=None,
        time=None,
        state=None,
        state_text=None,
    )


def _state(entry: Shown, hints: Mapping[str, object], t: Texts, now: int) -> tuple[str, str]:
    anchor = entry.anchor
    if anchor is not None and anchor.proved and anchor.timestamp is not None:
        time = minute(anchor.timestamp * 1000)
        return "anchored", t("state_anchored", block=anchor.block_number, time=time)
    if anchor is not None:
        block = hints.get("block")
        text = t("state_proving_bare") if block is None else t("state_proving", block=block)
        return "proving", text
    by = entry.promise.anchor_by * 1000
    late = now > by
    return ("late" if late else "signed"), t("state_late" if late else "state_signed", time=minute(by))


def _nothing(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    return ""


def _quote(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    net = obj(claims.get("offer")).get("net")
    cards = _cards(claims, t, currency)
    if type(net) is not int or not cards:
        return ""
    return t("what_quote", cards=cards, amount=forms(t, currency).money(net))


def _cards(claims: Mapping[str, Any], t: Texts, currency: object) -> str:
    items = [each for each in objects(claims.get("items")) if type(each.get("face")) is int]
    money = forms(t, currency).money
    words = [t("card", brand=each.get("brand", ""), face=money(each["face"])) for each in items]
    if len(words) > _MOST_CARDS:
        return t("cards", first=words[0], count=len(words))
    return listing(t.language, words)


def _revision(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    net = obj(claims.get("offer")).get("net")
    if type(net) is not int:
        return ""
    return t(
        "what_revision",
        amount=forms(t, currency).money(net),
        cause=word(t, "cause", claims.get("cause")),
    )


def _acceptance(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    amount = claims.get("amount")
    if type(amount) is not int:
        return ""
    consent = t.all.get(f"consent_{obj(claims.get('consent')).get('method')}") or t("consent_none")
    return t("what_acceptance", amount=forms(t, currency).money(amount), consent=consent)


def _handover(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    return word(t, "handed", claims.get("mode"))


def _inspection(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    told = []
    for each in objects(claims.get("items"))[:_MOST_CARDS]:
        sentence = t("inspected", line=each.get("line", "?"), outcome=word(t, "outcome", each.get("outcome")))
        found = each.get("balance_found")
        if each.get("outcome") != "pass" and type(found) is int:
            sentence = sentences(t, sentence, t("what_short", amount=forms(t, currency).money(found)))
        told.append(sentence)
    return sentences(t, *told)


def _payout(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    money, points = 0, 0
    for leg in objects(claims.get("legs")):
        amount = leg.get("amount")
        if type(amount) is not int:
            return ""
        kind = leg.get("kind", "points" if leg.get("channel") == "points" else "money")
        money += amount if kind == "money" else 0
        points += amount if kind == "points" else 0
    state = word(t, "payout", claims.get("state"))
    told = t("what_payout", state=state, amount=forms(t, currency).money(money))
    return sentences(t, told, t("what_points", units=points) if points else "")


def _ack(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    amount = claims.get("amount")
    if type(amount) is not int:
        return ""
    result = word(t, "ack", claims.get("result"))
    return t("what_ack", result=result, amount=forms(t, currency).money(amount))


def _amount(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    amount = claims.get("amount", claims.get("limit"))
    return t("what_amount", amount=forms(t, currency).money(amount)) if type(amount) is int else ""


def _cancelled(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    return t("what_by", by=word(t, "by", claims["by"])) if "by" in claims else ""


def _opened(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    claim = obj(claims.get("claim"))
    if "code" not in claim:
        return ""
    told, amount = word(t, "claim", claim["code"]), claim.get("amount")
    if type(amount) is not int:
        return t("what_claim", claim=told)
    money = forms(t, claim.get("currency", currency)).money(amount)
    return t("what_claim_amount", claim=told, amount=money)


def _answered(claims: Mapping[str, Any], t: Texts, currency: str) -> str:
    keys = {"acknowledgement": "step_acknowledge", "info_request": "step_request_info"}
    key, position = keys.get(str(claims.get("kind"))), claims.get("position")
    if key is not None:
        return t(key)
    told = t("step_answer", position=word(t, "position", position)) if position else ""
    offer = claims.get("offer")
    paid = t("step_offer", amount=forms(t, currency).money(offer)) if type(offer) is int else ""
    return sentences(t, told, paid)


_WORDS: Final = {
    "quote": _quote,
    "quote_revision": _revision,
    "acceptance": _acceptance,
    "handover": _handover,
    "inspection": _inspection,
    "escrow": _amount,
    "coverage": _amount,
    "payout": _payout,
    "payout_ack": _ack,
    "refund": _amount,
    "cancellation": _cancelled,
    "dispute_opened": _opened,
    "dispute_answer": _answered,
}
