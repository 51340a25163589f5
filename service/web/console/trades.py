"""One trade: what was promised, accepted and paid, findings, every entry; holds; everything to download."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from service.api.problems import Refusal, not_found
from service.api.routers import disputes, evidence, holds, receipts
from service.disputes.errors import EvidenceTooLarge
from service.disputes.findings import Judged, judge
from service.web.console.desk import answer, ask, refused
from service.web.console.fields import given, moment
from service.web.console.showing import done, show
from service.web.console.visits import Visit, visit_of
from service.web.trade_parts import trade_shown

_EVIDENCE = {"json": evidence.get_json, "zip": evidence.get_zip, "pdf": evidence.get_pdf}


def place_of(trade: str) -> str:
    """The address of a trade's page."""
    return f"/console/trades/{quote(trade, safe='')}"


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


async def get_trade(request: Request, trade: str) -> Response:
    """One trade."""
    return await _trade(visit_of(request), trade)


async def post_trade(request: Request, trade: str) -> Response:
    """Place a hold, or release one."""
    visit = visit_of(request)
    form = visit.form
    if form.does == "hold":
        body = given(ground=form.get("ground") or "", until=moment(form.get("until")), id=form.get("key"))
        refusal = await refused(ask(visit, holds.place_hold, trade, body=body))
    elif form.does == "release":
        refusal = await refused(ask(visit, holds.release_hold, trade, form.get("hold") or ""))
    else:
        raise Refusal("invalid-request", "there is no such form")
    return done(place_of(trade), form.does) if refusal is None else await _trade(visit, trade, refusal)


async def _trade(visit: Visit, trade: str, refusal: Refusal | None = None) -> Response:
    placed = (await ask(visit, holds.list_holds, trade))["holds"]
    judged = await judged_trade(visit, trade)
    language = visit.language
    values: dict[str, Any] = {
        "trade": trade,
        "place": place_of(trade),
        "shown": None if judged is None else trade_shown(judged.view, judged.findings, judged.now, language),
        "holds": placed,
        "disputes": (await ask(visit, disputes.list_disputes, query={"trade": trade}))["disputes"],
        "key": f"hold:{visit.room.random(12).hex()}",
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
