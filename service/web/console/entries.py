"""Finding entries, and one entry with its receipt, how long it is kept, and how it is erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response

from service.api.problems import Refusal, not_found
from service.api.routers import entries, lookup
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.disputes.case_entries import trade_entries
from service.disputes.holds import claims_of
from service.disputes.obstacles import Ground, completed, erasable_of, obstacles
from service.log.ports import StoredEntry
from service.profiles.giftcard.catalogue import member_entry
from service.profiles.giftcard.retention import Retention
from service.profiles.giftcard.types import CLAIMS, EVENT_TYPES
from service.web.console.desk import ask, refused
from service.web.console.fields import given, moment
from service.web.console.showing import done, show
from service.web.console.trades import judged_trade
from service.web.console.trades import place_of as trade_place
from service.web.console.visits import Visit, visit_of
from service.web.language import Language
from service.web.trade_parts import timeline

_FIELDS = ("trade", "event", "fingerprint", "payee", "type", "share")
_PAGE = "25"


@dataclass(frozen=True, slots=True)
class Kept:
    """One claim: what it is called, until when law keeps it, and when it goes by itself (ms; None: never)."""

    name: str
    label: str
    least: int
    most: int | None
    erasable: bool


def question(given_params: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, as the API's search takes it."""
    asked = {name: given_params[name].strip() for name in _FIELDS if given_params.get(name, "").strip()}
    if "fingerprint" in asked and ":" not in asked["fingerprint"]:
        asked["fingerprint"] = f"{given_params.get('scope', 'platform')}:{asked['fingerprint']}"
    for name in ("from", "to"):
        text = moment(given_params.get(name, "").strip() or None)
        if text is not None:
            asked[name] = text
    return asked


async def get_search(request: Request) -> Response:
    """Entries by whatever is known of them, the newest first."""
    visit = visit_of(request)
    asked = question(request.query_params)
    query = {**asked, "limit": _PAGE}
    cursor = request.query_params.get("cursor")
    if cursor:
        query["cursor"] = cursor
    found: dict[str, Any] = {}

    async def work() -> None:
        found.update(await ask(visit, lookup.find_entries, query=query))

    refusal = await refused(work())
    kept = {name: value for name, value in request.query_params.items() if name not in ("cursor", "lang")}
    values = {
        "asked": asked,
        "given": request.query_params,
        "found": [_listed(each) for each in found.get("entries", ())],
        "size": found.get("size", 0),
        "behind": found.get("indexed", 0) < found.get("size", 0),
        "next": urlencode({**kept, "cursor": found["next"]}) if found.get("next") else None,
        "types": EVENT_TYPES,
    }
    return show(visit, "search", "search", values, refusal=refusal)


def _listed(place: Mapping[str, Any]) -> Mapping[str, Any]:
    entry = orjson.loads(place["entry"])
    said = entry["statement"]
    return {
        "leaf": place["leaf"],
        "index": place["index"],
        "event": said["event"],
        "trade": said["trade"],
        "type": said["type"],
        "received": entry["received"],
        "erased": place["disclosures"] is None,
    }


def entry_place(leaf: str) -> str:
    """The address of an entry's page."""
    return f"/console/entries/{leaf}"


async def get_entry(request: Request, leaf: str) -> Response:
    """One entry."""
    return await _entry(visit_of(request), leaf)


async def post_entry(request: Request, leaf: str) -> Response:
    """Erase claims of the entry; without the tick that says it is meant, nothing happens."""
    visit = visit_of(request)
    form = visit.form
    await _stored(visit, leaf)
    if form.does != "erase":
        raise Refusal("invalid-request", "there is no such form")
    if form.get("meant") is None:
        return await _entry(visit, leaf, _unconfirmed())
    body = given(
        claims=list(form.all("claim")) or None,
        ground=form.get("ground"),
        requested_by=form.get("requested_by"),
        authority=form.get("authority"),
    )
    refusal = await refused(ask(visit, entries.erase_content, leaf, body=body))
    return done(entry_place(leaf), "erase") if refusal is None else await _entry(visit, leaf, refusal)


def _unconfirmed() -> Refusal:
    detail = "tick the box: what is erased cannot be brought back"
    return Refusal(
        "invalid-parameter", detail, errors=[{"pointer": "/meant", "detail": detail, "code": "required"}]
    )


async def _stored(visit: Visit, leaf: str) -> StoredEntry:
    try:
        wanted = from_hex(leaf, 32)
    except FormatError:
        raise not_found() from None
    log = visit.log
    found = await visit.services.off_loop(lambda: log.reader.entry_by_leaf(wanted))
    if found is None:
        raise not_found()
    return found


async def _entry(visit: Visit, leaf: str, refusal: Refusal | None = None) -> Response:
    stored = await _stored(visit, leaf)
    judged = await judged_trade(visit, stored.trade)
    items = () if judged is None else timeline(judged.view, visit.language)
    log, now = visit.log, visit.room.clock_ms()
    trade = await visit.services.off_loop(lambda: trade_entries(log, stored.trade))
    retention = visit.room.retention(visit.tenant.platform)
    values = {
        "item": next((each for each in items if each.leaf == leaf), None),
        "entry": _listed(_place(stored)),
        "place": entry_place(leaf),
        "trade_place": trade_place(stored.trade),
        "kept": list(_kept(trade, stored, retention, now, visit.language)),
        "now": now,
    }
    return show(visit, "search", "entry", values, refusal=refusal)


def _place(stored: StoredEntry) -> Mapping[str, Any]:
    return {
        "leaf": "0x" + stored.leaf.hex(),
        "index": stored.index,
        "entry": stored.entry,
        "disclosures": stored.disclosures,
    }


def _kept(
    trade: list[StoredEntry], entry: StoredEntry, retention: Retention, now: int, language: Language
) -> Iterator[Kept]:
    since = completed(trade)
    going = erasable_of(entry)
    for name in claims_of(entry):
        period = retention.period(entry.type, name)
        erasable = name in going and not obstacles(trade, entry, [name], Ground.REQUEST, retention, now)
        most = None if period.most is None or name not in going else since + 1000 * period.most
        yield Kept(name, label_of(entry.type, name, language), since + 1000 * period.least, most, erasable)


def label_of(event_type: str, claim: str, language: Language) -> str:
    """What a claim is called; a platform's own is called what it calls it."""
    struct = CLAIMS.get(event_type)
    if struct is None:
        return claim
    try:
        return str(getattr(member_entry(struct, claim).title, language))
    except KeyError:
        return claim
