"""The slip printed at a counter: what the receipt says, and its paper codes, on 80 mm paper."""

from __future__ import annotations

from typing import Any

from service.core import disclosure
from service.core import paper as paper_receipt
from service.core.checkpoint import parse_signed
from service.core.entry import parse as parse_entry
from service.core.hexs import to_hex
from service.core.merkle import leaf_hash
from service.core.paper import Paper
from service.core.receipt import Receipt
from service.core.times import parse_time
from service.disputes.certificate import qr
from service.disputes.certificate.glyphs import legible
from service.disputes.certificate.typesetting import draw, typeset
from service.disputes.certificate.words import in_capitals, moment, money, rate, say, texts, value_word
from service.profiles.giftcard.catalogue import TITLES

_TEMPLATE = "slip.typ"


def render_slip(receipt: Receipt, platform: str = "", test: bool = False) -> bytes:
    """A PDF 80 mm wide and as long as it has to be. Same receipt, same bytes.

    Errors: PaperTooLarge; FormatError for a receipt whose parts do not parse.
    """
    data, created = _slip(receipt, platform, test)
    return typeset(_TEMPLATE, data, created)


def preview_slip(receipt: Receipt, platform: str = "", ppi: float = 150) -> bytes:
    """The slip as a PNG image."""
    data, created = _slip(receipt, platform, False)
    return draw(_TEMPLATE, data, created, ppi)[0]


def qr_svg(paper: Paper) -> tuple[str, ...]:
    """Each code as an SVG document."""
    return tuple(qr.svg_of(code) for code in paper.codes)


def qr_png(paper: Paper, scale: int = 8) -> tuple[bytes, ...]:
    """Each code as a PNG image, `scale` pixels a module."""
    return tuple(qr.png_of(code, scale) for code in paper.codes)


def _slip(receipt: Receipt, platform: str, test: bool) -> tuple[dict[str, Any], int]:
    entry = parse_entry(receipt.entry)
    statement = entry.statement
    opened = [disclosure.parse(each) for each in receipt.disclosures]
    claims = {each.name: each.value for each in opened}
    signed = parse_signed(receipt.checkpoint)
    paper = paper_receipt.encode(receipt)
    title = TITLES[statement.type].title if statement.type in TITLES else (statement.type, "")
    data = {
        "t": texts()["labels"],
        "platform": legible(platform),
        "test": test,
        "title": [legible(title[0]), legible(title[1])],
        "trade": legible(statement.trade),
        "event": legible(statement.event),
        "amounts": _amounts(claims),
        "occurred": moment(parse_time(statement.occurred)),
        "received": moment(parse_time(entry.received)),
        "promise": moment(signed.anchor_by * 1000),
        "origin": legible(receipt.log.origin),
        "index": receipt.index,
        "leaf": to_hex(leaf_hash(receipt.entry)),
        "codes": [
            {"svg": qr.svg_of(code), "label": say("code", n=number, m=len(paper.codes))}
            for number, code in enumerate(paper.codes, 1)
        ],
        "dropped": legible("、".join(paper.dropped)),
    }
    return data, signed.signed_at


def _amounts(claims: dict[str, Any]) -> list[list[str]]:
    """[label, figure, capitals] of the amounts that this entry states."""
    offer = claims["offer"] if isinstance(claims.get("offer"), dict) else {}
    found: list[list[str]] = []

    def add(label: str, amount: object, currency: object) -> None:
        if type(amount) is int and isinstance(currency, str):
            found.append([label, legible(money(amount, currency)), in_capitals(amount, currency)])

    add("净额 Net", offer.get("net"), offer.get("currency"))
    headline = offer.get("headline_rate_bp")
    if type(headline) is int:
        found.append(["折扣 Rate", f"{headline / 1000:g} 折（{rate(headline)}）", ""])
    add("金额 Amount", claims.get("amount"), claims.get("currency"))
    legs = claims.get("legs")
    for leg in legs if isinstance(legs, list) else ():
        if isinstance(leg, dict):
            channel = value_word(str(leg.get("channel", ""))).split()
            add(legible(channel[0]) if channel else "", leg.get("amount"), leg.get("currency", "CNY"))
    return found
