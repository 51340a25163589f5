"""One trade as its user reads it: figures, one headline, findings in words, what can be done next. Pure: the
same file, findings and time give the same page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.disputes.certificate.model import Amounts
from service.disputes.signable import Signable, signable
from service.profiles.giftcard.findings.model import Finding, Kind, Shown, TradeView, Truth
from service.web.finding_words import finding_sentence
from service.web.texts import Texts
from service.web.trade_disputes import Claim, DisputeView, claims, dispute_view
from service.web.trade_timeline import Entry, card_words, timeline
from service.web.trade_words import Written, forms, minute, unbroken

_QUOTES: Final = ("quote", "quote_revision")
_MISSING: Final = ("payout_missing", "payout_short")


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is made from. `hints`: what is known of an entry's anchor beyond the proof, by index;
    `disputes`: as the API answers; `now` (ms).
    """

    platform: str
    view: TradeView
    findings: Sequence[Finding]
    amounts: Amounts | None
    hints: Mapping[int, Mapping[str, object]]
    disputes: Sequence[Mapping[str, Any]]
    now: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three amounts: its label and value in words; `none`: there is no amount."""

    name: str
    label: str
    value: str
    none: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One finding in words. `links`: (fragment, label) of the entries that it rests on."""

    code: str
    truth: str
    kind: str
    sentence: str
    amount: str | None
    cured: bool
    against: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """Something to sign: the entry, and the figures in words. `lower`: by how much a quote is below what was
    accepted before.
    """

    signable: Signable
    amount: str
    until: str | None
    lower: str | None


@dataclass(frozen=True, slots=True)
class TradePage:
    """Everything that the template prints; `look` is good, bad or plain. `awaits`: a quote can be accepted,
    and nothing better was accepted before; `told_paid`: there is a payment, of which the platform tells.
    """

    trade: str
    platform: str
    as_of: str
    cards: str
    look: str
    headline: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    proved: tuple[Result, ...]
    insufficient: tuple[Result, ...]
    not_proved: tuple[Result, ...]
    entries: tuple[Entry, ...]
    disputes: tuple[DisputeView, ...]
    claims: tuple[Claim, ...]
    offered: tuple[Offered, ...]
    awaits: bool
    told_paid: bool


def trade_page(told: Told, t: Texts) -> TradePage:
    """The page in the language of `t`."""
    entries = told.view.entries
    written = forms(t, told.amounts.currency if told.amounts else None)
    disputes = tuple(dispute_view(each, t, told.now) for each in told.disputes)
    look, headline = _headline(told, t, written)
    accepted = None if told.amounts is None else told.amounts.accepted
    offered = tuple(_offered(each, accepted, t) for each in signable(entries, told.now))
    results = [_result(each, told.view, t) for each in told.findings]
    proved = sorted(
        (n for n, each in enumerate(told.findings) if each.truth is Truth.PROVED),
        key=lambda n: (
            told.findings[n].kind is Kind.NOTE,
            told.findings[n].cured,
            -told.findings[n].severity,
        ),
    )
    return TradePage(
        trade=told.view.trade,
        platform=told.platform,
        as_of=minute(told.now),
        cards=card_words(next((each for each in entries if each.type in _QUOTES), None), t),
        look=look,
        headline=unbroken(headline),
        sentences=tuple(map(unbroken, _sentences(told, t, written))),
        figures=_figures(told, t, written),
        proved=tuple(results[n] for n in proved),
        insufficient=tuple(each for each in results if each.truth == Truth.INSUFFICIENT.value),
        not_proved=tuple(each for each in results if each.truth == Truth.NOT_PROVED.value),
        entries=timeline(told.view, told.hints, t, told.now),
        disputes=disputes,
        claims=claims(told.view, told.findings, told.disputes, t),
        offered=offered,
        awaits=any(each.signable.type == "acceptance" and not each.lower for each in offered),
        told_paid=bool(told.amounts and told.amounts.paid),
    )


def _headline(told: Told, t: Texts, written: Written) -> tuple[str, str]:
    breaches = [
        each
        for each in told.findings
        if each.truth is Truth.PROVED
        and each.kind is Kind.BREACH
        and each.against == "platform"
        and not each.cured
    ]
    for code, key in zip(_MISSING, ("head_missing", "head_short"), strict=True):
        found = next((each for each in breaches if each.code == code and each.amount), None)
        if found is not None and found.amount is not None:
            return "bad", t(key, amount=forms(t, found.currency).money(found.amount))
    if breaches:
        return "bad", t("head_breach", count=len(breaches))
    if _cancelled(told.view):
        return "plain", t("head_cancelled")
    amounts = told.amounts
    if amounts is not None and amounts.due and amounts.paid is not None:
        gap = amounts.due - amounts.paid
        return (
            ("plain", t("head_waiting", amount=written.money(gap))) if gap > 0 else ("good", t("head_paid"))
        )
    if amounts is not None and amounts.accepted is None and amounts.promised is not None:
        key = "head_expired" if _expired(told) else "head_quoted"
        return "plain", t(key, amount=written.money(amounts.promised))
    return "plain", t("head_open")


def _sentences(told: Told, t: Texts, written: Written) -> list[str]:
    """What the figures come to, in at most two sentences."""
    amounts, found = told.amounts, []
    known = {each.code: each for each in told.findings if each.figures and each.code in _MISSING}
    chosen = next((known[code] for code in _MISSING if code in known), None)
    if chosen is not None and chosen.truth is not Truth.INSUFFICIENT:
        found.append(finding_sentence(chosen, told.view, t))
    elif amounts is not None and amounts.due is not None and amounts.paid is not None:
        gap = amounts.paid - amounts.due
        key = "diff_paid" if gap == 0 else "diff_more" if gap > 0 else "diff_waiting"
        figures = {"due": amounts.due, "paid": amounts.paid} | ({"gap": abs(gap)} if gap else {})
        found.append(t(key, **{name: written.money(each) for name, each in figures.items()}))
    elif amounts is not None and amounts.accepted is None:
        found.append(t("diff_cancelled") if _cancelled(told.view) else _validity(told, t))
    else:
        found.append(t("diff_unknown"))
    first = _first_offer(told.view.entries)
    if amounts is not None and amounts.accepted is not None and first not in (None, amounts.accepted):
        gap = amounts.accepted - (first or 0)
        if _whole(told.view.entries):
            found.append(t("diff_lower" if gap < 0 else "diff_higher", gap=written.money(abs(gap))))
    return found


def _cancelled(view: TradeView) -> bool:
    return any(each.type == "cancellation" for each in view.entries)


def _validity(told: Told, t: Texts) -> str:
    offers = [each for each in signable(told.view.entries, told.now) if each.type == "acceptance"]
    if offers:
        until = offers[0].valid_until
        return t("diff_quoted", time=minute(until * 1000)) if until else t("diff_quoted_open")
    expired = _expired(told)
    return t("diff_expired", time=minute(expired)) if expired else t("diff_quoted_open")


def _expired(told: Told) -> int:
    """When the last quote ended (ms); 0 while it stands, or where it says nothing of an end."""
    quote = next((each for each in reversed(told.view.entries) if each.type in _QUOTES), None)
    until = 0 if quote is None else next((each.valid_until for each in signable((quote,), 0)), 0)
    return until * 1000 if until and told.now >= until * 1000 else 0


def _figures(told: Told, t: Texts, written: Written) -> tuple[Figure, ...]:
    amounts, entries = told.amounts, told.view.entries
    first = _first_offer(entries)
    promised = None if amounts is None else amounts.promised
    quoted = promised if first is None else first
    label = "figure_first" if first is not None and promised not in (None, first) else "figure_quoted"
    accepted = None if amounts is None else amounts.accepted
    paid = None if amounts is None else amounts.paid
    hidden = accepted is not None and paid is None  # something arrived or not: the shown entries do not tell
    rows = (
        ("quoted", label, quoted),
        ("accepted", "figure_accepted", accepted),
        ("paid", "figure_paid", paid),
    )
    answered = any(each.type == "acceptance" for each in entries)
    over = _cancelled(told.view) or (not answered and bool(_expired(told)))
    nothing = "never_{}" if over else "none_{}"

    def text(name: str, value: int | None) -> str:
        if value is not None:
            return written.money(value)
        return t("unknown" if name == "paid" and hidden else nothing.format(name))

    return tuple(Figure(name, t(key), text(name, value), none=value is None) for name, key, value in rows)


def _first_offer(entries: Sequence[Shown]) -> int | None:
    first = next((each for each in entries if each.type == "quote"), None)
    offer = None if first is None else first.claims.get("offer")
    net = offer.get("net") if isinstance(offer, dict) else None
    return net if type(net) is int else None


def _whole(entries: Sequence[Shown]) -> bool:
    """Whether the quote was accepted as a whole, so that both amounts are for the same cards."""
    accepted = [each for each in entries if each.type == "acceptance"]
    return bool(accepted) and all(not each.withheld and "items" not in each.claims for each in accepted)


def _result(finding: Finding, view: TradeView, t: Texts) -> Result:
    seqs = {each.leaf: each.seq for each in view.entries}
    places = sorted({seqs[each.leaf] for each in finding.references if each.leaf in seqs})
    amount = None
    if finding.amount:
        amount = forms(t, finding.currency).money(finding.amount)
    return Result(
        code=finding.code,
        truth=finding.truth.value,
        kind=finding.kind.value,
        sentence=unbroken(finding_sentence(finding, view, t)),
        amount=amount,
        cured=finding.cured,
        against=finding.against,
        links=tuple((f"e{seq}", t("see_entry", number=seq + 1)) for seq in places),
    )


def _offered(each: Signable, accepted: int | None, t: Texts) -> Offered:
    until = minute(each.valid_until * 1000) if each.valid_until else None
    money = forms(t, each.currency).money
    lower = None
    if each.type == "acceptance" and accepted is not None and accepted > each.amount:
        lower = money(accepted - each.amount)
    return Offered(each, unbroken(money(each.amount)), until, lower)
