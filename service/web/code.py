"""`/t`: the short code on a slip, typed in by whoever cannot scan. A code that opens nothing is told from one
that cannot be a code, and from nothing else.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from service.access.codes import parse_code
from service.access.errors import CapabilityUnknown, TooManyAttempts
from service.access.links import SHARE_PATH
from service.api.bodies import bounded_body
from service.api.discretion import counted
from service.api.media import media_type
from service.api.services import Services, services_of
from service.web.rendering import page

PATH = "/t"
_FORM = "application/x-www-form-urlencoded"
_MOST_BYTES = 1024


def router() -> APIRouter:
    """The form, and where it leads."""
    made = APIRouter(include_in_schema=False)

    @made.get(PATH)
    async def get_form(request: Request) -> Response:
        """The form."""
        return _form(request)

    @made.post(PATH)
    async def open_code(request: Request) -> Response:
        """To the trade for an hour, as `POST /v1/shares/open` opens it; else the form with what to do."""
        services = services_of(request)
        media_type(request, _FORM)
        typed = await _typed(request, services)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            # Another site's page must not spend its visitors' tries.
            return _form(request, "elsewhere", status=403)
        code = parse_code(typed)
        if code is None:
            return _form(request, "mistyped", typed, status=422)
        room = services.access
        caller = counted(request, room)
        try:
            opened = await services.off_loop(lambda: room.shares.open(code, caller))
        except CapabilityUnknown:
            return _form(request, "nothing", typed, status=404)
        except TooManyAttempts as error:
            seconds = max(1, round(error.retry_after))
            answer = _form(request, "busy", typed, status=429, seconds=seconds)
            answer.headers["retry-after"] = str(seconds)
            return answer
        headers = {
            "location": SHARE_PATH + opened.token,
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
        }
        return Response(status_code=303, headers=headers)

    return made


async def _typed(request: Request, services: Services) -> str:
    async with bounded_body(request, services.budget, _MOST_BYTES) as body:
        fields = parse_qs(bytes(body).decode("utf-8", "replace"))
    return fields.get("code", [""])[0].strip()


def _form(
    request: Request, problem: str | None = None, typed: str = "", *, status: int = 200, seconds: int = 0
) -> Response:
    values = {"problem": problem, "typed": typed, "seconds": seconds}
    return page(request, "code", values, status=status)
