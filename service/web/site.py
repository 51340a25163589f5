"""Pages without an account: the checker, its files, and the list of logs that this service vouches for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from fastapi import APIRouter, Request, Response

from service.web import case, code, counter, demo_node, home, logs, static, trade
from service.web.explorer import Explorer
from service.web.headers import policy
from service.web.language import language_of
from service.web.messages import verifier_messages
from service.web.offline import NODES
from service.web.rendering import page

CONNECT = f"'self' {NODES}"


@dataclass(frozen=True, slots=True)
class Site:
    """What pages need beyond the API's services. `trust()`: the trust file's bytes; `node`: the address of
    the embedded chain, which browsers then may ask through this service; `explorer`: of the public logs.
    """

    trust: Callable[[], bytes]
    node: str | None
    explorer: Explorer


def routers(site: Site) -> Sequence[APIRouter]:
    """The routers of all pages."""
    chain = () if site.node is None else (demo_node.router(site.node),)
    public = logs.routers(site.explorer, site.node is not None)
    return (
        static.router,
        home.router(),
        counter.router(),
        _checker(site),
        *public,
        *case.routers(_offered(site)),
        *_shared(site),
        *chain,
    )


def _shared(site: Site) -> Sequence[APIRouter]:
    """A user's own trade: by its link, or by the code on the slip."""
    return (*trade.routers(_offered(site)), code.router())


def _offered(site: Site) -> str:
    """What the verifier may use of this site, for a script element."""
    node = None if site.node is None else demo_node.PATH
    offered = {"trust": "/trust.json", "node": node, "scanner": static.address("scanner.js")}
    return orjson.dumps(offered).decode().replace("<", "\\u003c")


def _checker(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/verify")
    async def get_verify(request: Request) -> Response:
        """The checker."""
        values = {
            "messages": verifier_messages(language_of(request)),
            "site": _offered(site),
            "offline": False,
        }
        return page(request, "verify", values, private=False, csp=policy(connect_src=CONNECT))

    @router.get("/trust.json")
    async def get_trust() -> Response:
        """The logs, keys and contracts that this service says are its platforms'."""
        headers = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
        return Response(site.trust(), 200, headers, "application/json")

    return router
