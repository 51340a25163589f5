"""Refusals for people: a page that says what to do next. Programs keep getting problem+json."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from service.api.problems import Refusal
from service.web.rendering import missing, page, wants_html

_KINDS = {410: "gone", 429: "many", 500: "ours", 503: "busy"}
_DUE = ("retry-after", "allow", "www-authenticate")


def error_page(request: Request, refusal: Refusal) -> HTMLResponse | None:
    """The page of a refusal, or None where a program asks: by its Accept header, or by an address that is
    for programs whatever their HTTP library says it accepts (Java's asks for text/html by default).
    """
    if _for_programs(request.url.path) or not wants_html(request):
        return None
    if refusal.kind.status == 404:
        return missing(request)
    kind = _KINDS.get(refusal.kind.status, "refused")
    seconds = refusal.headers.get("retry-after", "")
    values = {"kind": kind, "seconds": int(seconds) if seconds.isdecimal() else None}
    response = page(request, "problem", values, status=refusal.kind.status)
    for name in _DUE:
        if name in refusal.headers:
            response.headers[name] = refusal.headers[name]
    return response


def _for_programs(path: str) -> bool:
    if path.startswith("/logs/"):
        return path.count("/") > 2  # /logs/{name} is a page, what lies below it is not
    return path.startswith("/v1/")
