"""Who may enter, and which requests are theirs: the session's cookie, and against forged requests three bars
of which each alone would do.

The cookie is `SameSite=Strict`: no request that another site starts carries it. A POST must come with this
site's own `Origin`. And it must bring the session's form secret, in a field or a header, which no other site
can read. A GET changes nothing.

Pages here send `Referrer-Policy: same-origin`: under `no-referrer` browsers say `Origin: null` even to the
site itself (Fetch, section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from service.access.errors import NotAuthenticated
from service.access.sessions import NewSession, form_is
from service.api.bodies import EVENT_BYTES, bounded_body
from service.api.problems import Refusal
from service.api.services import Services, services_of
from service.web.console.room import ConsoleRoom
from service.web.console.visits import EMPTY, FORM, Form, Visit, parse_form
from service.web.rendering import wants_html

HOME = "/console"
SIGN_IN = "/console/sign-in"
FIGURES = "/console/figures"
TOKEN_HEADER = "x-tally-form"  # noqa: S105 (the name of a header)
_NAME, _SECURE_NAME = "tally_console", "__Host-tally_console"


def _secure(services: Services) -> bool:
    return services.access.links.origin.startswith("https:")


def session_token(request: Request) -> str:
    """What the session's cookie holds; empty without one."""
    name = _SECURE_NAME if _secure(services_of(request)) else _NAME
    return request.cookies.get(name, "")


def give_cookie(request: Request, response: Response, session: NewSession | None) -> None:
    """Set the session's cookie, or take it away (None)."""
    secure = _secure(services_of(request))
    response.set_cookie(
        _SECURE_NAME if secure else _NAME,
        "" if session is None else session.token,
        max_age=0 if session is None else None,
        path="/" if secure else HOME,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def check_origin(request: Request) -> None:
    """403 unless the request was made by a page of this very site."""
    links = services_of(request).access.links
    own = {links.origin}
    if not links.origin.startswith("https:"):
        own.add(f"http://{request.headers.get('host', '')}")  # another name of the same machine
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    if request.headers.get("origin") not in own or fetched != "same-origin":
        raise Refusal("not-permitted", "the request was not made by a page of this site")


def discreet(response: Response) -> Response:
    """Nothing of the console is kept on the way, indexed, or told to other sites."""
    response.headers["cache-control"] = "no-store"
    response.headers["referrer-policy"] = "same-origin"
    response.headers["x-robots-tag"] = "noindex, nofollow"
    return response


def _to_sign_in(request: Request) -> Response:
    """A browser is led to the sign-in and back; a script is told."""
    if not wants_html(request):
        raise NotAuthenticated("sign in first")
    place = f"{SIGN_IN}?next={quote(request.url.path, safe='/')}" if request.method == "GET" else SIGN_IN
    return discreet(RedirectResponse(place, 303))


async def _form(request: Request, services: Services) -> Form:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != FORM:
        return EMPTY
    async with bounded_body(request, services.budget, EVENT_BYTES) as body:
        return parse_form(body)


async def enter(request: Request, room: ConsoleRoom) -> Visit | Response:
    """The visit, or where to sign in. 403 for a forged POST."""
    services = services_of(request)
    if request.method != "GET":
        check_origin(request)
    token, attended = session_token(request), request.url.path != FIGURES
    signed_in = await services.off_loop(lambda: room.sessions.signed_in(token, attended=attended))
    if signed_in is None:
        return _to_sign_in(request)
    if request.method == "GET":
        return Visit(request, room, signed_in)
    form = await _form(request, services)
    if not form_is(signed_in, request.headers.get(TOKEN_HEADER) or form.get("form") or ""):
        raise Refusal("not-permitted", "the form is not of this session; load the page again")
    return Visit(request, room, signed_in, form)


def guarded(room: ConsoleRoom) -> type[APIRoute]:
    """The class of all routes but the sign-in's: nobody gets to a handler except through `enter`."""

    class Guarded(APIRoute):
        """A route for those who have signed in."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """The handler behind the guard."""
            handler = super().get_route_handler()

            async def handle(request: Request) -> Response:
                entered = await enter(request, room)
                if isinstance(entered, Response):
                    return entered
                request.state.visit = entered
                return discreet(await handler(request))

            return handle

    return Guarded
