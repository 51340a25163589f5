"""Pages at addresses where the API answers, too: for whoever asks for HTML, and only for them."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from service.web.rendering import asks_for_html


class ForBrowsers(APIRoute):
    """A route that is not there for clients without `text/html` in their Accept header: they reach the
    route of the same address behind it.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As the route would, if a browser asks."""
        accept = next((value for name, value in scope.get("headers", ()) if name == b"accept"), b"")
        return super().matches(scope) if asks_for_html(accept.decode("latin-1")) else (Match.NONE, {})
