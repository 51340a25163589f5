"""`/logs` and `/logs/{name}` for people: every public log, and what anybody can check of it without asking
anybody. Hashes and signatures only, as in the endpoints of the same address for programs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import orjson
from fastapi import APIRouter, Request, Response

from service.anchoring.errors import AnchoringError
from service.api import paging
from service.api.media import JSON
from service.api.problems import Refusal
from service.api.services import OpenLog, Services, services_of
from service.core.hexs import to_hex
from service.disputes.certificate.words import moment
from service.web import demo_node, explorer
from service.web.browsers import ForBrowsers
from service.web.chain_faults import KeptFaults, count_call
from service.web.explorer import Explorer
from service.web.language import language_of
from service.web.messages import verifier_messages
from service.web.rendering import page

_NODE_RETRY = "10"


def beijing(seconds: int) -> str:
    """A time of a checkpoint or block as people read it."""
    return moment(seconds * 1000)[0]


_SHOWN = {"beijing": beijing, "hex": to_hex, "span": explorer.span}


def routers(facts: Explorer, node: bool) -> Sequence[APIRouter]:
    """The pages, and what they fetch. `node`: browsers may ask the embedded chain through this service."""
    pages = APIRouter(include_in_schema=False, route_class=ForBrowsers)
    fetched = APIRouter(include_in_schema=False)
    faults = KeptFaults(facts.faults, time.monotonic)

    @pages.get("/logs")
    async def get_logs(request: Request) -> Response:
        """The list."""
        services = services_of(request)
        return page(request, "logs", await services.off_loop(lambda: _list(services, facts)), private=False)

    @pages.get("/logs/{name}")
    async def get_log(request: Request, name: str) -> Response:
        """One log."""
        services = services_of(request)
        log = services.public_log(name)
        below = paging.number(request, "before", low=1)
        values = await services.off_loop(lambda: _one(log, facts, below))
        values |= {
            "messages": verifier_messages(language_of(request)),
            "node": demo_node.PATH if node else None,
        }
        return page(request, "logs", values, private=False)

    @fetched.get("/logs/{name}/faults")
    async def get_faults(request: Request, name: str) -> Response:
        """The log's faults on chain, as the service's node tells them."""
        services = services_of(request)
        log = services.public_log(name)
        try:
            found = await services.off_loop(lambda: faults.of(log.identity.log_id))
        except AnchoringError:
            later = {"retry-after": _NODE_RETRY}
            raise Refusal("overloaded", "the chain's node does not answer", headers=later) from None
        body = orjson.dumps({"log": log.member, "faults": [fault.document() for fault in found]})
        headers = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
        return Response(body, 200, headers, JSON)

    return pages, fetched


def _list(services: Services, facts: Explorer) -> dict[str, object]:
    now = int(time.time())
    logs = [explorer.summary(log, facts.state(log.identity.log_id), now) for log in services.logs.values()]
    return {"log": None, "logs": logs, **_SHOWN}


def _one(log: OpenLog, facts: Explorer, below: int | None) -> dict[str, object]:
    now = int(time.time())
    summary = explorer.summary(log, facts.state(log.identity.log_id), now)
    lines, older = explorer.anchor_lines(log, below)
    anchored = 0 if summary.anchor is None else summary.anchor.size
    described = {"name": log.name, "log": log.member, "size": summary.size, "anchored": anchored}
    question = {"to": log.identity.registry, "data": count_call(log.identity.log_id)}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [question, "latest"]}
    return {
        "log": summary,
        "member": log.member,
        "anchors": lines,
        "older": older,
        "below": below,
        "registered": explorer.registered(facts.registered(), log),
        "promise": facts.promise,
        "blocks": facts.blocks,
        "now": now,
        "question": orjson.dumps(asked).decode(),
        "data": orjson.dumps(described).decode().replace("<", "\\u003c"),
        **_SHOWN,
    }
