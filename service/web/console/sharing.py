"""Shares of a trade: what its user is given, once; what was given before; taking it back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from service.api.problems import Refusal
from service.api.routers import shares
from service.web.console.desk import ask, refused
from service.web.console.fields import given, moment
from service.web.console.showing import done, show
from service.web.console.visits import Visit, visit_of

PLACE = "/console/shares"
_MOST = "100"


async def get_shares(request: Request) -> Response:
    """The shares of the trade that was named, by its id or by a short code."""
    visit = visit_of(request)
    code = request.query_params.get("code", "").strip()
    trade = request.query_params.get("trade", "").strip() or None
    if not code:
        return await _shares(visit, trade)
    found: dict[str, Any] = {}

    async def work() -> None:
        found.update(await ask(visit, shares.find_share, body={"code": code}))

    refusal = await refused(work(), looked_for=True)
    return await _shares(visit, found.get("trade"), refusal, code_share=found.get("id"))


async def post_shares(request: Request) -> Response:
    """Make a share, or revoke one."""
    visit = visit_of(request)
    form = visit.form
    trade = form.get("trade")
    if form.does == "revoke":
        refusal = await refused(ask(visit, shares.revoke_share, form.get("share") or ""))
        if refusal is None:
            return done(f"{PLACE}?trade={quote(trade or '', safe='')}", "revoke_share")
        return await _shares(visit, trade, refusal)
    if form.does != "share":
        raise Refusal("invalid-request", "there is no such form")
    made: dict[str, Any] = {}

    async def work() -> None:
        body = given(trade=trade or "", expires=moment(form.get("expires")))
        made.update(await ask(visit, shares.create_share, body=body))

    refusal = await refused(work())
    return await _shares(visit, trade, refusal, made=made or None)


async def _shares(
    visit: Visit,
    trade: str | None,
    refusal: Refusal | None = None,
    *,
    made: Mapping[str, Any] | None = None,
    code_share: str | None = None,
) -> Response:
    listed: list[Mapping[str, Any]] = []

    async def look(wanted: str) -> None:
        query = {"trade": wanted, "limit": _MOST}
        listed.extend((await ask(visit, shares.list_shares, query=query))["shares"])

    if trade is not None and refusal is None:
        refusal = await refused(look(trade), looked_for=True)
    values = {
        "trade": trade,
        "shares": None if trade is None or refusal is not None else listed,
        "made": made,
        "qr": None if made is None else "data:image/svg+xml;base64," + _base64(str(made["qr"])),
        "code_share": code_share,
    }
    return show(visit, "shares", "shares", values, refusal=refusal)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
