"""`GET /v1/entries`: a platform finds its entries by whatever is known of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import orjson
from fastapi import APIRouter, Request, Response

from service.access.codes import parse_code
from service.access.ports import Tenant
from service.access.readers import Reader
from service.api import auth, paging
from service.api.components import listing, nullable, record
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import Refusal
from service.api.services import OpenLog, Services, services_of
from service.api.sights import shown
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.core.times import parse_time
from service.lookup.ports import Facet
from service.lookup.search import Found, Question
from service.profiles.giftcard.types import OWN_TYPE_PATTERN, claims_struct

router = APIRouter(tags=["lookup"])

T = TypeVar("T")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_HASH = re.compile(r"0x[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"(platform|operator):(0x[0-9a-f]{64})")
_CONDITIONS: Mapping[str, tuple[Mapping[str, object], str]] = {
    "trade": ({"type": "string"}, "of this trade"),
    "event": ({"type": "string"}, "of this event id"),
    "leaf": ({"type": "string", "pattern": _HASH.pattern}, "with this leaf hash"),
    "type": ({"type": "string"}, f"of this type: one of /v1/schemas, or {OWN_TYPE_PATTERN}"),
    "fingerprint": (
        {"type": "string", "pattern": _FINGERPRINT.pattern},
        "naming this card: the fingerprint's scope, a colon, its value",
    ),
    "payee": ({"type": "string", "pattern": _HASH.pattern}, "naming this payee's commitment"),
    "share": ({"type": "string"}, "of the trade of your share with this short code"),
    "from": ({"type": "string", "format": "date-time"}, "received at this time or later"),
    "to": ({"type": "string", "format": "date-time"}, "received before this time"),
}
_PAGING: Mapping[str, tuple[Mapping[str, object], str]] = {
    "order": ({"enum": ["newest", "oldest"], "default": "newest"}, "which entries come first"),
    "cursor": ({"type": "string"}, "`next` of the page before"),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": paging.MAX_PAGE, "default": 100},
        "entries a page",
    ),
}
_KNOWN = {**_CONDITIONS, **_PAGING}


def _refused(name: str, detail: str, code: str) -> Refusal:
    return Refusal("invalid-parameter", detail, errors=[{"parameter": name, "detail": detail, "code": code}])


def _check_names(request: Request) -> None:
    """A misspelt condition must not widen the answer to the whole log."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in _KNOWN:
            raise _refused(name, "no such parameter; these are known: " + ", ".join(_KNOWN), "unknown")
        if names.count(name) > 1:
            raise _refused(name, "given more than once", "repeated")


def _read(request: Request, name: str, reading: Callable[[str], T | None], detail: str) -> T | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    value = reading(text)
    if value is None:
        raise _refused(name, detail, "format")
    return value


def _id(text: str) -> str | None:
    return text if _ID.fullmatch(text) else None


def _hash(text: str) -> bytes | None:
    return from_hex(text) if _HASH.fullmatch(text) else None


def _type(text: str) -> str | None:
    return text if claims_struct(text) is not None else None


def _time(text: str) -> int | None:
    try:
        return parse_time(text)
    except FormatError:
        return None


def _question(request: Request, services: Services, log: OpenLog) -> Question:
    key, log_id = services.lookup.key, log.identity.log_id

    def card(text: str) -> Facet | None:
        match = _FINGERPRINT.fullmatch(text)
        return None if match is None else key.fingerprint(log_id, match[1], match[2])

    def payee(text: str) -> Facet | None:
        return key.payee(log_id, text) if _HASH.fullmatch(text) else None

    facets = (
        _read(request, "fingerprint", card, "give scope:0x and 64 lower-case hex digits"),
        _read(request, "payee", payee, "a commitment is 0x and 64 lower-case hex digits"),
    )
    times = "a time is written 2026-01-31T08:00:00.000Z"
    return Question(
        trade=_read(request, "trade", _id, "not an id"),
        event=_read(request, "event", _id, "not an id"),
        leaf=_read(request, "leaf", _hash, "a leaf is 0x and 64 lower-case hex digits"),
        type=_read(request, "type", _type, "there is no such type"),
        facets=tuple(facet for facet in facets if facet is not None),
        since=_read(request, "from", _time, times),
        before=_read(request, "to", _time, times),
    )


def _order(text: str) -> str | None:
    return text if text in ("newest", "oldest") else None


def _page(log: OpenLog, reader: Reader, found: Found) -> bytes:
    return orjson.dumps(
        {
            "log": log.member,
            "size": found.size,
            "indexed": found.indexed,
            "entries": [shown(reader, entry) for entry in found.entries],
            "next": None if found.following is None else paging.cursor(found.following),
        }
    )


_COUNT = {"type": "integer", "minimum": 0}
_ANSWER = record(
    {
        "log": reference("Log"),
        "size": _COUNT,
        "indexed": {**_COUNT, "description": "entries whose types, cards and payees can be found so far"},
        "entries": listing(
            record({"index": _COUNT, "leaf": {"type": "string"}, "entry": {"type": "string"}})
        ),
        "next": nullable({"type": "string"}),
    },
    description="Entries as in a timeline; a page may be short and have a `next` all the same",
)


@router.get(
    "/v1/entries",
    **operation(
        "Find entries",
        {200: ("Entries that meet every condition", content(JSON, _ANSWER))},
        refusals=("invalid-parameter",),
        extra={"parameters": [query(name, *rest) for name, rest in _KNOWN.items()]},
    ),
)
async def find_entries(request: Request) -> Response:
    """Entries of the platform's log by any combination of conditions; without any, the whole log."""
    services = services_of(request)
    principal = await auth.platform(request, services)
    reader = Reader("platform", principal.key_id, principal.platform, principal.mode)
    log = services.log_of(reader)
    _check_names(request)
    newest = _read(request, "order", _order, "order is newest or oldest") != "oldest"
    position, limit = paging.page(request)
    start = position if "cursor" in request.query_params else None
    question = _question(request, services, log)
    code = _read(request, "share", parse_code, "not a short code: a character may be wrong or missing")

    def answer() -> bytes:
        asked = question if code is None else _of_share(services, reader, question, code)
        found = services.lookup.find(log, asked, start, limit, newest=newest)
        return _page(log, reader, found)

    return Response(await services.off_loop(answer), 200, {"cache-control": "no-store"}, JSON)


def _of_share(services: Services, reader: Reader, question: Question, code: str) -> Question:
    """The question, for the share's trade alone; nothing is found for a code that is not the platform's."""
    trade = services.access.shares.trade_of(Tenant(reader.platform, reader.mode), code)
    if trade is None or question.trade not in (None, trade):
        return replace(question, nothing=True)
    return replace(question, trade=trade)
