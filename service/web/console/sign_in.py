"""Signing in with an API key, and out. The key is looked at once and kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.access.errors import NotAuthenticated, NotPermitted, TooManyAttempts
from service.api.bodies import DOCUMENT_BYTES, bounded_body
from service.api.discretion import counted
from service.api.services import services_of
from service.web.console.guard import (
    HOME,
    SIGN_IN,
    check_origin,
    discreet,
    give_cookie,
    session_token,
)
from service.web.console.room import ConsoleRoom
from service.web.console.visits import parse_form, visit_of
from service.web.rendering import page

_PLACE = re.compile(r"/console(?:/[A-Za-z0-9._:~-]+){0,6}")
_STATUS = {"wrong": 401, "operator": 403, "many": 429}


def _place(wanted: str | None) -> str:
    """Where to go on: a page of the console, whatever the address says."""
    fits = wanted is not None and _PLACE.fullmatch(wanted) and "/." not in wanted and wanted != SIGN_IN
    return wanted if fits and wanted is not None else HOME


def entrance(room: ConsoleRoom) -> APIRouter:
    """`/console/sign-in`: the one page of the console for everybody."""
    router = APIRouter(include_in_schema=False)

    def form(request: Request, problem: str | None = None, **more: object) -> Response:
        values = {
            "place": _place(str(more.get("place") or request.query_params.get("next"))),
            "problem": problem,
            "seconds": more.get("seconds"),
            "embedded": room.embedded,
        }
        return discreet(page(request, "console_sign_in", values, status=_STATUS.get(problem or "", 200)))

    @router.get(SIGN_IN)
    async def get_sign_in(request: Request) -> Response:
        """The form."""
        return form(request)

    @router.post(SIGN_IN)
    async def post_sign_in(request: Request) -> Response:
        """From a key to a session, or the form again with what is wrong."""
        check_origin(request)
        services = services_of(request)
        async with bounded_body(request, services.budget, DOCUMENT_BYTES) as body:
            fields = parse_form(body)
        caller = counted(request, services.access)
        key, place = fields.get("key") or "", _place(fields.get("next"))
        headers: Mapping[str, str] = {}
        try:
            session = await services.off_loop(lambda: room.sessions.sign_in(key, caller))
        except NotAuthenticated:
            answer = form(request, "wrong", place=place)
        except NotPermitted:
            answer = form(request, "operator", place=place)
        except TooManyAttempts as error:
            seconds = max(1, round(error.retry_after))
            headers = {"retry-after": str(seconds)}
            answer = form(request, "many", place=place, seconds=seconds)
        else:
            answer = discreet(RedirectResponse(place, 303))
            give_cookie(request, answer, session)
        answer.headers.update(headers)
        return answer

    return router


async def post_sign_out(request: Request) -> Response:
    """End the session, here and everywhere."""
    visit = visit_of(request)
    token = session_token(request)
    await visit.services.off_loop(lambda: visit.room.sessions.sign_out(token))
    answer = RedirectResponse(f"{SIGN_IN}?out=1", 303)
    give_cookie(request, answer, None)
    return answer
