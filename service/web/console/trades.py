"""One trade: what was promised, accepted and paid, findings, every entry; holds; a dispute to be opened;
everything to download.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from service.access.readers import Reader, Sight
from service.api.problems import Refusal, not_found
from service.api.routers import disputes, evidence, holds, receipts
from service.core.hexs import to_hex
from service.disputes.errors import EvidenceTooLarge
from service.disputes.findings import Judged, judge
from service.disputes.requests import CLAIM_CODES
from service.profiles.giftcard.findings.model import Shown
from service.web.console.desk import answer, ask, refused
from service.web.console.fields import given, minor, moment
from service.web.console.showing import done, show
from service.web.console.visits import Visit, visit_of
from service.web.trade_facts import currency_of
from service.web.trade_parts import TimelineItem, trade_shown

_EVIDENCE = {"json": evidence.get_json, "zip": evidence.get_zip, "pdf": evidence.get_pdf}


def place_of(trade: str) -> str:
    """The address of a trade's page."""
    return f"/console/trades/{quote(trade, safe='')}"


def dispute_place(dispute: str) -> str:
    """The address of a dispute's page."""
    return f"/console/disputes/{quote(dispute, safe='')}"


async def judged_trade(visit: Visit, trade: str) -> Judged | None:
    """The trade and what the rules say of it; None when it is too long for that. 404 when there is none."""
    room, reader = visit.services.evidence, visit.reader
    log = room.logs[visit.log.name]
    try:
        found = await visit.services.off_loop(lambda: judge(room.desk, log, trade, reader))
    except EvidenceTooLarge:
        return None
    if found is None:
        raise not_found()
    return found


def known_to_user(visit: Visit, judged: Judged) -> frozenset[str]:
    """Leaves of entries that the user may know of: to name a review in a dispute would tip him off."""
    user = Reader("share", "", visit.tenant.platform, visit.tenant.mode)

    def sealed(entry: Shown) -> bool:
        audience = entry.claims.get("audience")
        return user.sight(entry.type, str(audience) if audience else None) is Sight.SEALED

    return frozenset(to_hex(each.leaf) for each in judged.view.entries if not sealed(each))


async def get_trade(request: Request, trade: str) -> Response:
    """One trade."""
    return await _trade(visit_of(request), trade)


async def post_trade(request: Request, trade: str) -> Response:
    """Place a hold, or release one; open a dispute."""
    visit = visit_of(request)
    form = visit.form
    if form.does == "hold":
        body = given(ground=form.get("ground") or "", until=moment(form.get("until")), id=form.get("key"))
        refusal = await refused(ask(visit, holds.place_hold, trade, body=body))
    elif form.does == "open":
        return await _open(visit, trade)
    elif form.does == "release":
        refusal = await refused(ask(visit, holds.release_hold, trade, form.get("hold") or ""))
    else:
        raise Refusal("invalid-request", "there is no such form")
    return done(place_of(trade), form.does) if refusal is None else await _trade(visit, trade, refusal)


async def _open(visit: Visit, trade: str) -> Response:
    """A dispute in the platform's own name, or in its user's; then to its page."""
    form = visit.form
    currency = form.get("currency") or "CNY"
    amount = minor(form.get("amount"), currency)
    claim = given(
        code=form.get("code") or "",
        text=form.get("text") or "",
        amount=amount,
        currency=None if amount is None else currency,
    )
    body = given(
        trade=trade,
        by=form.get("by") or "",
        claim=claim,
        contested=[{"event": event} for event in form.all("contested")],
        remedy=form.get("remedy"),
        forum=form.get("forum"),
    )
    made: dict[str, Any] = {}

    async def work() -> None:
        made.update(await ask(visit, disputes.open_dispute, body=body, key=form.get("key")))

    refusal = await refused(work())
    if refusal is not None:
        return await _trade(visit, trade, refusal)
    return done(dispute_place(made["dispute"]), "open")


def _contestable(visit: Visit, judged: Judged | None, items: tuple[TimelineItem, ...]) -> list[TimelineItem]:
    known = frozenset() if judged is None else known_to_user(visit, judged)
    return [each for each in items if each.leaf in known]


async def _trade(visit: Visit, trade: str, refusal: Refusal | None = None) -> Response:
    placed = (await ask(visit, holds.list_holds, trade))["holds"]
    judged = await judged_trade(visit, trade)
    language = visit.language
    shown = None if judged is None else trade_shown(judged.view, judged.findings, judged.now, language)
    values: dict[str, Any] = {
        "trade": trade,
        "place": place_of(trade),
        "shown": shown,
        "contestable": [] if shown is None else _contestable(visit, judged, shown.timeline),
        "currency": "CNY" if judged is None else currency_of(judged.view),
        "codes": CLAIM_CODES,
        "holds": placed,
        "disputes": (await ask(visit, disputes.list_disputes, query={"trade": trade}))["disputes"],
        "key": visit.room.random(12).hex(),
        "now": visit.room.clock_ms(),
    }
    return show(visit, "search", "trade", values, refusal=refusal)


async def get_evidence(request: Request, trade: str, kind: str) -> Response:
    """Evidence, bundle or certificate, to be saved."""
    handler = _EVIDENCE.get(kind)
    if handler is None:
        raise not_found()
    response = await answer(visit_of(request), handler, trade)
    response.headers.setdefault(
        "content-disposition", f'attachment; filename="{_safe(trade)}.evidence.{kind}"'
    )
    return response


async def get_receipt(request: Request, leaf: str) -> Response:
    """The receipt of an entry, to be saved."""
    response = await answer(visit_of(request), receipts.get_receipt, leaf)
    response.headers["content-disposition"] = f'attachment; filename="{_safe(leaf[:18])}.receipt.json"'
    return response


def _safe(name: str) -> str:
    return "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in name)
