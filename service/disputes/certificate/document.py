"""A certificate as the JSON that the template sets: every figure and time already written out.

All text that comes from outside passes through `legible`; the template inserts values as strings, never as
markup, so a claim that looks like typst code is printed as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.core.evidence import AttachmentNote
from service.core.hexs import to_hex
from service.disputes.certificate.conclusions import conclusions, limits
from service.disputes.certificate.entry_sheets import entry_sheet, timeline_row
from service.disputes.certificate.glyphs import legible
from service.disputes.certificate.model import Amounts, Certificate
from service.disputes.certificate.qr import svg_of
from service.disputes.certificate.words import in_capitals, moment, plain_money, rate, say, texts, value_word
from service.profiles.giftcard.findings.model import Finding, Kind, Truth

Json = dict[str, Any]


def document(certificate: Certificate) -> Json:
    """Everything the template needs."""
    about = certificate.about
    catalogue = texts()
    return {
        "t": catalogue["labels"],
        "supports": catalogue["supports"],
        "steps": [*catalogue["steps"], *_checker(about.checker)],
        "procedure": catalogue["procedure"],
        "number": legible(about.number),
        "issued": moment(about.issued),
        "test": about.test,
        "trade": legible(certificate.trade),
        "platform": legible(about.platform),
        "origin": legible(certificate.origin),
        "operator": legible(about.operator) if about.operator else None,
        "count": len(certificate.entries) + len(certificate.sealed),
        "url": legible(about.url) if about.url else None,
        "url_qr": svg_of(about.url.encode()) if about.url else None,
        "conclusions": [_printed(each) for each in conclusions(certificate)],
        "limits": [_printed(each) for each in limits()],
        "amounts": _amounts(certificate.amounts),
        "findings": _findings(certificate.findings),
        "timeline": _timeline(certificate),
        "entries": [entry_sheet(each) for each in certificate.entries],
        "chain": _chain(certificate),
        "keys": _keys(certificate),
        "paper": _paper(certificate),
        "depositor_keys": sorted({pair[1] for each in certificate.entries for pair in each.signatures}),
        "taken": moment(certificate.taken),
        "attachments": [_attachment(each) for each in certificate.attachments],
    }


def _checker(digest: bytes | None) -> list[list[str]]:
    """The step for those who install nothing, with the digest of the page that they open."""
    return [] if digest is None else [list(say("checker", digest=to_hex(digest)))]


def _printed(pair: tuple[str, str]) -> list[str]:
    return [legible(pair[0]), legible(pair[1])]


def _amounts(amounts: Amounts | None) -> list[Json]:
    """Rows of label, figure, capitals; the last is the difference."""
    if amounts is None:
        return []
    labels = texts()["labels"]
    named = [("promised", amounts.promised), ("accepted", amounts.accepted)]
    if amounts.due is not None:
        named.append(("due", amounts.due))
    named.append(("paid", amounts.paid))
    reference = amounts.due if amounts.due is not None else amounts.accepted
    if reference is not None and amounts.paid is not None:
        label = "difference" if amounts.due is not None else "difference_accepted"
        named.append((label, amounts.paid - reference))
    return [
        {
            "label": labels[label],
            "figure": None if value is None else f"{plain_money(value, amounts.currency)}",
            "currency": "元 CNY" if amounts.currency == "CNY" else legible(amounts.currency),
            "capitals": "" if value is None else in_capitals(value, amounts.currency),
            "headline": _headline(amounts) if label == "promised" else None,
            "total": label.startswith("difference"),
        }
        for label, value in named
    ]


def _headline(amounts: Amounts) -> list[str] | None:
    if amounts.headline is None:
        return None
    return list(say("headline", zhe=f"{amounts.headline / 1000:g}", rate=rate(amounts.headline)))


def _attachment(note: AttachmentNote) -> Json:
    return {
        "digest": to_hex(note.digest),
        "label": legible(note.label or ""),
        "media_type": legible(note.media_type),
        "bytes": f"{note.size:,}",
        "entries": [each + 1 for each in note.entries],
    }


def _findings(findings: Sequence[Finding]) -> Json:
    def of(truth: Truth) -> list[Finding]:
        found = [each for each in findings if each.truth is truth]
        return sorted(found, key=lambda each: (each.kind is not Kind.BREACH, -each.severity))

    return {
        "proved": [_finding(each) for each in of(Truth.PROVED)],
        "insufficient": [_finding(each) for each in of(Truth.INSUFFICIENT)],
        "not_proved": [_finding(each) for each in of(Truth.NOT_PROVED)],
    }


def _finding(finding: Finding) -> Json:
    against = value_word(finding.against).split()[0] if finding.against != "unknown" else ""
    return {
        "code": finding.code,
        "breach": finding.kind is Kind.BREACH,
        "against": against,
        "against_en": finding.against if against else "",
        "zh": legible(finding.zh),
        "en": legible(finding.en),
        "cured": finding.cured,
        "references": [legible(each.event) for each in finding.references],
        "missing": [legible(each) for each in finding.missing],
        "version": finding.version,
    }


def _timeline(certificate: Certificate) -> list[Json]:
    """Entries and sealed entries in one order."""
    rows = [(each.seq, timeline_row(each)) for each in certificate.entries]
    rows += [
        (each.seq, {"seq": each.seq, "sealed": True, "index": each.index, "leaf": to_hex(each.leaf)})
        for each in certificate.sealed
    ]
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _chain(certificate: Certificate) -> list[Json]:
    about = certificate.about
    rows: list[tuple[str, str | None, bool]] = [
        ("chain_name", about.chain_name, False),
        ("chain_id", str(certificate.chain_id), False),
        ("registry", certificate.registry, True),
        ("code_hash", to_hex(about.code_hash) if about.code_hash else None, True),
        ("log_origin", certificate.origin, False),
        ("log_id", to_hex(certificate.log_id), True),
        ("opener", about.opener, True),
        ("log_size", f"{certificate.head.size}", False),
        ("log_root", to_hex(certificate.head.root), True),
        ("head_last", to_hex(certificate.head.leaf), True),
        ("head_signature", to_hex(certificate.head.signature), True),
    ]
    labels = texts()["labels"]
    return [
        {"label": labels[name], "value": None if value is None else legible(value), "mono": mono}
        for name, value, mono in rows
    ]


def _keys(certificate: Certificate) -> list[Json]:
    powers: Mapping[str, list[str]] = texts()["powers"]
    about = certificate.about

    def row(kind: str, lines: list[str], **figures: str) -> Json:
        holder_zh, holder_en, power_zh, power_en = (each.format(**figures) for each in powers[kind])
        return {"holder": [holder_zh, holder_en], "lines": lines, "power": [power_zh, power_en]}

    rows = [row("checkpoint", [each.address, legible(each.ed25519)]) for each in about.keys]
    if about.opener:
        rows.append(row("opener", [about.opener]))
    signers = {pair for each in certificate.entries for pair in each.signatures}
    signers |= {(key.role, key.address) for key in certificate.service_keys}
    for role, address in sorted(signers):
        rows.append(row("service", [address], zh=legible(value_word(role).split()[0]), en=legible(role)))
    consents = {
        consent["address"]
        for each in certificate.entries
        if isinstance(consent := each.claims.get("consent"), dict) and isinstance(consent.get("address"), str)
    }
    rows += [row("consent", [legible(address)]) for address in sorted(consents)]
    rows.append(row("gas", []))
    return rows


def _paper(certificate: Certificate) -> Json | None:
    event = certificate.paper_event
    if event is None:
        return None
    if certificate.paper is None:
        return {"about": _printed(say("paper_too_large", event=event)), "codes": [], "dropped": None}
    codes = certificate.paper.codes
    names = "、".join(certificate.paper.dropped)
    return {
        "about": _printed(say("paper_of", event=event)),
        "codes": [
            {"svg": svg_of(code), "label": say("code", n=number, m=len(codes))}
            for number, code in enumerate(codes, 1)
        ],
        "dropped": _printed(say("paper_dropped", names=names)) if names else None,
    }
