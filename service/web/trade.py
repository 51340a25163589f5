"""`/t/{share}` for browsers: the trade as its user sees it, and what there is to take away. It shows what the
API shows the share's holder, from the same use-cases.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from service.access.errors import CapabilityUnknown
from service.access.readers import Reader
from service.access.shares import SESSION_MS
from service.api import auth, cases, paging
from service.api.routers.disputes import log_of
from service.api.services import Services, services_of
from service.core.hexs import to_hex
from service.disputes.case_ports import CaseFilter
from service.disputes.certificate.amounts import amounts_of
from service.disputes.errors import CaseUnknown
from service.disputes.findings import judge
from service.disputes.ports import CaseLog
from service.disputes.verify_text import file_name
from service.log.errors import EventErased
from service.web.browsers import ForBrowsers
from service.web.evidence_files import evidence_files
from service.web.language import Language, language_of
from service.web.messages import verifier_messages
from service.web.rendering import missing, page
from service.web.texts import Texts
from service.web.trade_view import Told, TradePage, trade_page
from service.web.trade_words import minute

PATH = "/t/{token}"
_MOST_DISPUTES = 20
Values = Mapping[str, Any]


def routers(site: str) -> tuple[APIRouter, ...]:
    """The page and its files. `site`: what the verifier is offered (trust list, node), as JSON for a script
    element.
    """
    return (_page(site), evidence_files(PATH, _holder))


async def _holder(request: Request, services: Services, share: str) -> Reader:
    reader = await auth.path_reader(request, services, share)
    if reader.holder != "share" or reader.trade is None:
        raise CapabilityUnknown("the token opens nothing here")
    return reader


def _page(site: str) -> APIRouter:
    router = APIRouter(include_in_schema=False, route_class=ForBrowsers)

    @router.get(PATH)
    async def get_trade(request: Request, token: str) -> Response:
        """The trade. What the share does not open looks like a page that was never there."""
        services, language = services_of(request), language_of(request)
        try:
            reader = await _holder(request, services, token)
            values = await services.off_loop(lambda: _values(services, reader, token, language))
        except (CapabilityUnknown, CaseUnknown):
            return missing(request)
        given = {"messages": verifier_messages(language), "verify_t": Texts("verify", language), "site": site}
        return page(request, "trade", {**values, **given})

    return router


def _values(services: Services, reader: Reader, share: str, language: Language) -> Values:
    """Everything the template shows. Blocking."""
    from service.access.links import qr_svg

    log, trade = log_of(services, reader), str(reader.trade)
    judged = judge(services.evidence.desk, log, trade, reader)
    if judged is None:
        raise CaseUnknown("no such trade")
    told = Told(
        platform=log.platform,
        view=judged.view,
        findings=judged.findings,
        amounts=amounts_of(judged.view, judged.now),
        hints={each.index: each.hints for each in judged.file.receipts},
        disputes=_disputes(services, log, reader, judged.now),
        now=judged.now,
    )
    shown = trade_page(told, Texts("trade", language))
    link = services.access.links.share(share)
    expires = reader.expires_at
    return {
        "shown": shown,
        "base": f"/t/{share}",
        "test": log.mode == "test",
        "code_address": link.rpartition("/t/")[0].partition("://")[2] + "/t",
        "qr": "data:image/svg+xml;base64," + base64.b64encode(qr_svg(link).encode()).decode(),
        "expires": None if expires is None else minute(expires),
        "session": expires is not None and expires - judged.now <= SESSION_MS,
        "facts": _facts(log, shown, judged.file.count),
    }


def _disputes(services: Services, log: CaseLog, reader: Reader, now: int) -> Sequence[Mapping[str, Any]]:
    """The trade's disputes as the API shows them to this reader, the newest first."""
    room = services.disputes
    wanted = CaseFilter(trade=reader.trade)
    found = room.steps.seen(log, reader, room.index.page(log.identity.log_id, wanted, 0, _MOST_DISPUTES))
    documents = []
    for each in reversed(found):
        try:
            case = room.steps.load(log, reader, each.dispute)
        except (CaseUnknown, EventErased):
            continue  # of one that was erased nothing is left to tell
        documents.append(cases.document(reader, case, room.files.visible(log, reader, case), now))
    return documents


def _facts(log: CaseLog, shown: TradePage, count: int) -> str:
    """What the page's module works with, as JSON for a script element."""
    identity = log.identity
    facts = {
        "trade": shown.trade,
        "file": file_name(shown.trade),
        "platform": log.platform,
        "log": {
            "origin": identity.origin,
            "id": to_hex(identity.log_id),
            "chain_id": identity.chain_id,
            "registry": identity.registry,
        },
        "next": paging.cursor(count),
        "waiting": [
            {"seq": each.seq, "index": each.index, "leaf": each.leaf}
            for each in shown.entries
            if each.state in ("signed", "late", "proving") and each.leaf
        ],
        "claims": {
            each.code: {
                "label": each.label,
                "amount_text": each.amount_text,
                "body": {
                    "claim": {"code": each.code, "text": each.text}
                    | ({} if each.amount is None else {"amount": each.amount, "currency": each.currency}),
                    "contested": [{"event": event} for event in each.contested],
                    "remedy": each.remedy,
                },
            }
            for each in shown.claims
        },
        "offered": [
            {
                "type": each.signable.type,
                "event": each.signable.entry.event,
                "digest": to_hex(each.signable.entry.digest),
                "amount": each.signable.amount,
                "currency": each.signable.currency,
                "valid_until": each.signable.valid_until,
                "amount_text": each.amount,
                "lower": each.lower,
            }
            for each in shown.offered
        ],
    }
    return orjson.dumps(facts).decode().replace("<", "\\u003c")
