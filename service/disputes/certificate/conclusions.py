"""The first page's sentences: what was found, and what nothing here proves."""

from __future__ import annotations

from service.disputes.certificate.model import Certificate
from service.disputes.certificate.words import moment, money, say
from service.profiles.giftcard.findings.model import Kind, Truth

Sentence = tuple[str, str]


def conclusions(certificate: Certificate) -> list[Sentence]:
    """In order: completeness, integrity, anchoring, money, findings."""
    count = len(certificate.entries) + len(certificate.sealed)
    as_of = moment(certificate.as_of)[0]
    found = [say("entries", count=count, size=certificate.head.size, time=as_of)]
    if certificate.sealed:
        found.append(say("sealed_count", count=len(certificate.sealed)))
    if certificate.entries:
        found.append(say("unaltered"))
        found.append(_anchoring(certificate))
    money_sentence = _money(certificate)
    if money_sentence is not None:
        found.append(money_sentence)
    return found + _findings(certificate)


def limits() -> list[Sentence]:
    """What the certificate does not prove."""
    return [say(f"limit_{name}") for name in ("truth", "complete", "identity", "paid", "law")]


def _anchoring(certificate: Certificate) -> Sentence:
    times = [
        each.anchor.timestamp
        for each in certificate.entries
        if each.anchor is not None and each.anchor.proved and each.anchor.timestamp is not None
    ]
    count = len(certificate.entries)
    if not times:
        return say("anchored_none")
    if len(times) < count:
        return say("anchored_some", count=count, anchored=len(times), open=count - len(times))
    if min(times) == max(times):
        return say("anchored_once", count=count, time=moment(times[0] * 1000)[0])
    first, last = (moment(each * 1000)[0] for each in (min(times), max(times)))
    return say("anchored_all", count=count, first=first, last=last)


def _money(certificate: Certificate) -> Sentence | None:
    amounts = certificate.amounts
    if amounts is None or amounts.paid is None:
        return None
    reference = amounts.due if amounts.due is not None else amounts.accepted
    if reference is None or reference == amounts.paid:
        return None
    gap = amounts.paid - reference
    figures = {
        "amount": money(abs(gap), amounts.currency),
        "amount_en": f"{amounts.currency} {money(abs(gap), amounts.currency).split()[0]}",
        "direction": "少" if gap < 0 else "多",
        "direction_en": "less" if gap < 0 else "more",
    }
    return say("short" if amounts.due is not None else "short_accepted", **figures)


def _findings(certificate: Certificate) -> list[Sentence]:
    if not certificate.findings:
        return []  # nobody evaluated: no word about it
    breaches = [each for each in certificate.findings if each.kind is Kind.BREACH]
    proved = sum(each.truth is Truth.PROVED for each in breaches)
    undecided = sum(each.truth is Truth.INSUFFICIENT for each in breaches)
    found = [say("breaches", count=proved) if proved else say("no_breaches")]
    return [*found, say("undecided", count=undecided)] if undecided else found
