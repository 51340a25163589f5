"""What is due to every answer that a share or grant has a part in: nothing stored on the way, nothing
passed on in a referrer, nothing indexed, and a record of the access.
"""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.links import GRANT_PATH, SHARE_PATH
from service.access.readers import Reader
from service.access.room import AccessRoom
from service.api.auth import READER

HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}
_LONGEST_KIND = 64


def client_of(scope: Scope) -> tuple[str | None, str | None]:
    """The peer's address and what `X-Forwarded-For` says, for `AccessRoom.counted` and `recorded`."""
    client = scope.get("client")
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    joined = b",".join(forwarded).decode("latin-1") if forwarded else None
    return (None if client is None else client[0]), joined


def counted(request: Request, room: AccessRoom) -> bytes:
    """The hash under which the client's wrong codes are counted."""
    return room.counted(*client_of(request.scope))


class Discretion:
    """Wraps the application. An answer is recorded when it is given, before its first byte is sent."""

    def __init__(self, app: ASGIApp, room: AccessRoom) -> None:
        self._app = app
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        in_path = scope["path"].startswith((SHARE_PATH, GRANT_PATH))

        async def discreet(message: Message) -> None:
            if message["type"] == "http.response.start" and (in_path or READER in scope):
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers[name] = value
                reader = scope.get(READER)
                if reader is not None and message["status"] < 300 and scope["method"] != "HEAD":
                    self._record(reader, scope)
            await send(message)

        await self._app(scope, receive, discreet)

    def _record(self, reader: Reader, scope: Scope) -> None:
        template = getattr(scope.get("route"), "path", "other")
        kind = f"{scope['method']} {template}"[:_LONGEST_KIND]
        self._room.records.record(reader, kind, self._room.recorded(*client_of(scope)))
