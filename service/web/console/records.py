"""Who has seen what by a share or a grant; and the limits that hold for everybody."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request, Response

from service.access import grants, limits, shares
from service.api import bodies
from service.api.routers import access
from service.disputes import attachments, steps
from service.web.console.desk import ask
from service.web.console.showing import show
from service.web.console.visits import visit_of
from service.web.wording import span
from service.webhooks import endpoints

_PAGE = "100"
_DAY = 86_400_000


async def get_access(request: Request) -> Response:
    """Accesses, of all trades or of one."""
    visit = visit_of(request)
    trade = request.query_params.get("trade", "").strip()
    query = {"limit": _PAGE, **({"trade": trade} if trade else {})}
    cursor = request.query_params.get("cursor")
    if cursor:
        query["cursor"] = cursor
    found = await ask(visit, access.list_accesses, query=query)
    onwards = {**({"trade": trade} if trade else {}), "cursor": found["next"] or ""}
    values = {
        "accesses": found["accesses"],
        "trade": trade,
        "next": urlencode(onwards) if found["next"] else None,
    }
    return show(visit, "access", "access", values)


async def get_limits(request: Request) -> Response:
    """What the service takes and how long things last."""
    visit = visit_of(request)
    megabyte, language = 1024 * 1024, visit.language

    def days(number: int) -> str:
        return span(number * _DAY, language)

    values = {
        "rows": {
            "event": f"{bodies.EVENT_BYTES // 1024} KiB",
            "batch": f"{bodies.BATCH_BYTES // megabyte} MiB",
            "anchor": span(1000 * visit.room.promise, language),
            "file": f"{attachments.MAX_BYTES // megabyte} MiB",
            "files": f"{attachments.QUOTA.files} · {attachments.QUOTA.bytes // megabyte} MiB",
            "steps": str(steps.MAX_STEPS),
            "share": days(shares.DEFAULT_DAYS),
            "code": days(shares.CODE_DAYS),
            "wrong": str(limits.WRONG_A_MINUTE),
            "grant": days(grants.DEFAULT_DAYS),
            "grant_most": days(grants.LONGEST_DAYS),
            "webhooks": str(endpoints.MAX_ENDPOINTS),
        }
    }
    return show(visit, "limits", "limits", values)
