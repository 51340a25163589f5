"""Webhooks: made, tested, given a new secret, and what became of each message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from service.api.problems import Refusal
from service.api.routers import webhooks
from service.web.console.desk import Handler, answer, ask, refused
from service.web.console.fields import given
from service.web.console.showing import done, show
from service.web.console.visits import Visit, visit_of
from service.webhooks.ports import EventType

PLACE = "/console/webhooks"
_PAGE = "50"


def place_of(webhook: str) -> str:
    """The address of a webhook's page."""
    return f"{PLACE}/{quote(webhook, safe='')}"


async def get_webhooks(request: Request) -> Response:
    """All webhooks."""
    return await _webhooks(visit_of(request))


async def post_webhooks(request: Request) -> Response:
    """Make a webhook; its secret is in this one answer."""
    visit = visit_of(request)
    form = visit.form
    if form.does != "create":
        raise Refusal("invalid-request", "there is no such form")
    body = given(
        url=form.get("url") or "", events=list(form.all("event")), description=form.get("description")
    )
    made, refusal = await _made(visit, webhooks.create_webhook, body=body)
    if made is None:
        return await _webhooks(visit, refusal)
    return await _webhook(visit, made["id"], secret=made["secret"])


async def _made(
    visit: Visit, handler: Handler, *path: str, body: object = None
) -> tuple[Mapping[str, Any] | None, Refusal | None]:
    made: dict[str, Any] = {}

    async def work() -> None:
        made.update(await ask(visit, handler, *path, body=body))

    refusal = await refused(work())
    return made or None, refusal


async def _webhooks(visit: Visit, refusal: Refusal | None = None) -> Response:
    listed = (await ask(visit, webhooks.list_webhooks))["webhooks"]
    values = {"webhooks": listed, "events": [each.value for each in EventType]}
    return show(visit, "webhooks", "webhooks", values, refusal=refusal)


async def get_webhook(request: Request, webhook: str) -> Response:
    """One webhook with its deliveries."""
    return await _webhook(visit_of(request), webhook)


async def post_webhook(request: Request, webhook: str) -> Response:
    """Test it, give it a new secret, stop or start it, send a message again, delete it."""
    visit = visit_of(request)
    form = visit.form
    if form.does == "rotate":
        made, refusal = await _made(visit, webhooks.rotate_webhook, webhook)
        return await _webhook(visit, webhook, refusal, secret=None if made is None else made["secret"])
    if form.does == "delete":
        await answer(visit, webhooks.delete_webhook, webhook)
        return done(PLACE, "delete_webhook")
    if form.does == "test":
        work = ask(visit, webhooks.test_webhook, webhook)
    elif form.does in ("enable", "disable"):
        work = ask(visit, webhooks.change_webhook, webhook, body={"enabled": form.does == "enable"})
    elif form.does == "replay":
        work = ask(visit, webhooks.replay_delivery, webhook, form.get("delivery") or "")
    else:
        raise Refusal("invalid-request", "there is no such form")
    refusal = await refused(work)
    if refusal is not None:
        return await _webhook(visit, webhook, refusal)
    return done(place_of(webhook), f"{form.does}_webhook")


async def _webhook(
    visit: Visit, webhook: str, refusal: Refusal | None = None, *, secret: str | None = None
) -> Response:
    found = await ask(visit, webhooks.get_webhook, webhook)
    query = {"limit": _PAGE}
    cursor = visit.request.query_params.get("cursor")
    if cursor is not None:
        query["cursor"] = cursor
    log = await ask(visit, webhooks.list_deliveries, webhook, query=query)
    values = {
        "webhook": found,
        "secret": secret,
        "deliveries": log["deliveries"],
        "next": log["next"],
        "place": place_of(webhook),
    }
    return show(visit, "webhooks", "webhook", values, refusal=refusal)
