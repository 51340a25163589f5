"""From a template and values to a page: escaped, in the visitor's language, under the strict policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from service.web import static
from service.web.headers import page_headers, policy
from service.web.language import COOKIE, LANGUAGES, Language, language_of
from service.web.texts import FOLDER, Texts
from service.web.trade_words import unbroken

SIZES = ("normal", "large")
SIZE_COOKIE = "tally_size"
_YEAR = 365 * 86400
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _told(value: object) -> object:
    """What a template prints. Characters that turn the direction of writing, with which somebody's words
    could show 048 where 840 is recorded, are named instead of obeyed (Unicode TR36 on bidirectional text).
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _TURNING.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)


environment = Environment(
    loader=FileSystemLoader(FOLDER.parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_told,
)
environment.globals["asset"] = static.address
environment.filters["unbroken"] = unbroken


def page(
    request: Request,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    private: bool = True,
    csp: str | None = None,
    texts: Texts | None = None,
) -> HTMLResponse:
    """The page `templates/<name>.html` with the catalogue `locales/<name>.<language>.json`, or with `texts`.

    Templates have `t` (a sentence by key), `lang`, `other` (the other language), `again` (the query of this
    page in the other language) and `size` (of text) beside `values`.
    """
    language = language_of(request)
    other = next(each for each in LANGUAGES if each != language)
    size = _size(request)
    told = Texts(name, language) if texts is None else texts
    given = {"t": told, "lang": language, "other": other, "page": name, "size": size}
    given["again"] = _again(request, other)
    given |= values or {}
    body = environment.get_template(f"{name}.html").render(given)
    response = HTMLResponse(body, status, dict(page_headers(csp or policy(), private=private)))
    if request.query_params.get("lang") == language:
        response.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax")
    if request.query_params.get("size") == size:
        response.set_cookie(SIZE_COOKIE, size, max_age=_YEAR, samesite="lax")  # pages' own modules set it too
    return response


def _again(request: Request, other: Language) -> str:
    """What was asked for, in the other language; what was just done is not told again."""
    asked = [pair for pair in request.query_params.multi_items() if pair[0] not in ("lang", "size", "done")]
    return urlencode([*asked, ("lang", other)])


def _size(request: Request) -> str:
    """The size of text that the visitor chose: `?size=`, then the cookie that a choice leaves."""
    for chosen in (request.query_params.get("size"), request.cookies.get(SIZE_COOKIE)):
        if chosen in SIZES:
            return chosen
    return SIZES[0]


def wants_html(request: Request) -> bool:
    """Whether a browser asks: JSON is for whoever does not say text/html."""
    return asks_for_html(request.headers.get("accept", ""))


def asks_for_html(accept: str) -> bool:
    """Whether an Accept header names HTML."""
    return "text/html" in accept


def missing(request: Request) -> HTMLResponse:
    """Nothing is here, or nothing any more: the two are not told apart."""
    return page(request, "missing", status=404)
