"""`/`: who this is for and where to go; and the small files that browsers and robots ask for by name."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.web import static
from service.web.rendering import page

_DAY = {"cache-control": "public, max-age=86400"}
_ROBOTS = """\
User-agent: *
Disallow: /t/
Disallow: /case/
Disallow: /console
Disallow: /counter
Disallow: /v1/
Disallow: /node
"""
_BY_NAME = {
    "/favicon.ico": ("favicon.ico", "image/x-icon"),
    "/apple-touch-icon.png": ("touch-icon.png", "image/png"),
}


def router() -> APIRouter:
    """The start page, icons, and what robots may look at: nothing that a link to one trade opens."""
    made = APIRouter(include_in_schema=False)

    @made.api_route("/", methods=["GET", "HEAD"])
    async def get_home(request: Request) -> Response:
        """The start page."""
        return page(request, "home", private=False)

    @made.get("/robots.txt")
    async def get_robots() -> Response:
        """For robots."""
        return Response(_ROBOTS, 200, _DAY, "text/plain; charset=utf-8")

    @made.get("/favicon.ico")
    @made.get("/apple-touch-icon.png")
    async def get_icon(request: Request) -> Response:
        """An icon, by the name that browsers try."""
        name, media_type = _BY_NAME[request.url.path]
        return Response(static.files()[name][0], 200, _DAY, media_type)

    return made
