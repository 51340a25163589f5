"""Pages of the console: a template, the visitor's language, and who has signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi.responses import HTMLResponse, RedirectResponse

from service.api.problems import Refusal
from service.core.errors import FormatError
from service.core.times import parse_time
from service.web.console.guard import HOME
from service.web.console.visits import Visit
from service.web.language import Language
from service.web.rendering import page
from service.web.texts import Texts, catalogue
from service.web.wording import Moment, claim_word, moment_of, money, size_text, span, title_of, word

TABS = {
    "overview": HOME,
    "disputes": "/console/disputes",
    "search": "/console/search",
    "shares": "/console/shares",
    "keys": "/console/keys",
    "signers": "/console/signers",
    "webhooks": "/console/webhooks",
    "access": "/console/access",
    "limits": "/console/limits",
}


class ConsoleTexts(Texts):
    """What the whole console says, and what one part of it says."""

    def __init__(self, part: str, language: Language) -> None:
        self.language = language
        self.all = {**catalogue("console", language), **catalogue(f"console_{part}", language)}

    def maybe(self, key: str) -> str | None:
        """The sentence of a key that may have none, such as a code of the API's."""
        return self.all.get(key)


def moment_at(text: str | None) -> Moment | None:
    """A time of the API (UTC) as people read it."""
    try:
        return None if text is None else moment_of(parse_time(text))
    except FormatError:
        return None


def _words(language: Language) -> Mapping[str, Any]:
    """What templates call to put codes and figures into words."""
    return {
        "at": moment_at,
        "ms": moment_of,
        "size_text": size_text,
        "span": lambda ms: span(ms, language),
        "yuan": lambda minor, currency="CNY": money(minor, currency, language),
        "title": lambda event_type: title_of(event_type, language),
        "word": lambda code: word(code, language),
        "claim_word": lambda code: claim_word(code, language),
    }


def show(
    visit: Visit,
    part: str,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    tab: str | None = None,
    refusal: Refusal | None = None,
) -> HTMLResponse:
    """The page `templates/console/<name>.html` with the texts of `part`. `refusal`: what was asked for here
    and not done; its status is the page's, and what was typed stays in the form.
    """
    language = visit.language
    texts = ConsoleTexts(part, language)
    given = {
        "page": "console",
        "tab": tab or part,
        "tabs": TABS,
        "who": visit.signed_in,
        "refusal": refusal,
        "typed": visit.form,
        "done": texts.maybe(f"done_{visit.request.query_params.get('done', '')}"),
        "origin": visit.origin,
        **_words(language),
        **(values or {}),
    }
    status = 200 if refusal is None else refusal.kind.status
    response = page(visit.request, f"console/{name}", given, status=status, texts=texts)
    if refusal is not None and "retry-after" in refusal.headers:
        response.headers["retry-after"] = refusal.headers["retry-after"]
    return response


def done(place: str, what: str) -> RedirectResponse:
    """To a page that says that something was done: reloading it does nothing twice."""
    joint = "&" if "?" in place else "?"
    return RedirectResponse(f"{place}{joint}done={what}", 303)


def script_data(value: object) -> str:
    """JSON that is safe inside a script element."""
    return orjson.dumps(value).decode().replace("<", "\\u003c")
