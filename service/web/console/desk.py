"""Asking the API in this process: its own handlers, as the platform that has signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response

from service.api.auth import SIGNED_IN
from service.api.media import JSON
from service.api.problems import Refusal, from_error
from service.core.errors import TallyError
from service.web.console.visits import Visit

Handler = Callable[..., Awaitable[Response]]
_TOLD = frozenset({400, 403, 409, 410, 413, 415, 422, 429, 503})
"""Refusals that are shown in the page where they arose; others become a page of their own."""


def _request(visit: Visit, query: Mapping[str, str] | None, body: bytes | None, key: str | None) -> Request:
    headers = [(b"host", visit.request.headers.get("host", "").encode("latin-1"))]
    if body is not None:
        headers += [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    if key is not None:
        headers.append((b"idempotency-key", key.encode("ascii", "replace")))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": urlencode(query or {}).encode("ascii"),
        "headers": headers,
        "app": visit.request.app,
        "client": visit.request.scope.get("client"),
        SIGNED_IN: visit.signed_in.principal,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    return Request(scope, receive)


async def answer(
    visit: Visit,
    handler: Handler,
    *path: str,
    query: Mapping[str, str] | None = None,
    body: object = None,
    key: str | None = None,
) -> Response:
    """A handler's response. `path`: its path parameters; `body`: a JSON document; `key`: an idempotency key.
    Raises what the handler raises.
    """
    content = None if body is None else orjson.dumps(body)
    return await handler(_request(visit, query, content, key), *path)


async def ask(
    visit: Visit,
    handler: Handler,
    *path: str,
    query: Mapping[str, str] | None = None,
    body: object = None,
    key: str | None = None,
) -> Any:
    """A handler's JSON answer."""
    response = await answer(visit, handler, *path, query=query, body=body, key=key)
    content = bytes(response.body)
    return orjson.loads(content) if content else None


async def refused(work: Awaitable[object], *, looked_for: bool = False) -> Refusal | None:
    """Why something asked for was not done, in a way that the page itself can tell; None when it was.

    `looked_for`: people may well ask for what is not there, and the page says so.
    """
    try:
        await work
    except (TallyError, Refusal) as error:
        refusal = from_error(error)
        if refusal.kind.status not in _TOLD and not (looked_for and refusal.kind.status == 404):
            raise
        return refusal
    return None
