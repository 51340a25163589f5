"""`/case/{grant}` for browsers: one dispute as its arbitrator or mediator sees it, and what there is to take
away. It shows what the API shows the grant's holder, from the same use-cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from service.access.errors import CapabilityUnknown
from service.access.readers import Reader
from service.api import auth, cases
from service.api.problems import not_found
from service.api.routers.attachments import handed_out
from service.api.routers.disputes import log_of
from service.api.services import Services, services_of
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.disputes.errors import CaseUnknown
from service.disputes.findings import judge
from service.log.errors import EventErased
from service.web.browsers import ForBrowsers
from service.web.case_view import case_view
from service.web.evidence_files import evidence_files
from service.web.language import Language, language_of
from service.web.messages import verifier_messages
from service.web.rendering import missing, page
from service.web.texts import Texts
from service.web.trade_parts import trade_shown
from service.web.wording import moment_of

PATH = "/case/{token}"
Values = Mapping[str, Any]


def routers(site: str) -> tuple[APIRouter, ...]:
    """The page and its files. `site`: what the verifier is offered (trust list, node), as JSON for a script
    element.
    """
    return (_page(site), evidence_files(PATH, _holder), _files())


async def _holder(request: Request, services: Services, grant: str) -> Reader:
    reader = await auth.path_reader(request, services, grant)
    if reader.holder != "grant":
        raise CapabilityUnknown("the token opens nothing here")
    return reader


def _page(site: str) -> APIRouter:
    router = APIRouter(include_in_schema=False, route_class=ForBrowsers)

    @router.get(PATH)
    async def get_case(request: Request, token: str) -> Response:
        """The dispute. What the grant does not open looks like a page that was never there."""
        services, language = services_of(request), language_of(request)
        try:
            reader = await _holder(request, services, token)
            values = await services.off_loop(lambda: _values(services, reader, language))
        except (CapabilityUnknown, CaseUnknown):
            return missing(request)
        except EventErased:
            return page(request, "case_gone", status=410)
        given = {"base": f"/case/{token}", "messages": verifier_messages(language), "site": site}
        return page(request, "case", {**values, **given})

    return router


def _values(services: Services, reader: Reader, language: Language) -> Values:
    """Everything the template shows. Blocking."""
    log, room = log_of(services, reader), services.disputes
    case = room.steps.load(log, reader, str(reader.dispute))
    judged = judge(services.evidence.desk, log, case.case.trade, reader)
    if judged is None:
        raise CaseUnknown("no such trade")
    files = room.files.visible(log, reader, case)
    document = cases.document(reader, case, files, judged.now)
    return {
        "case": case_view(document, judged.view, judged.now, Texts("case", language)),
        "trade": trade_shown(judged.view, judged.findings, judged.now, language),
        "platform": log.platform,
        "origin": log.identity.origin,
        "test": log.mode == "test",
        "now": moment_of(judged.now),
        "reader": reader,
        "until": moment_of(reader.expires_at or judged.now),
    }


def _files() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(PATH + "/files/{digest}")
    async def get_file(request: Request, token: str, digest: str) -> Response:
        """A file of the dispute, to be saved."""
        services = services_of(request)
        reader = await _holder(request, services, token)
        try:
            wanted = from_hex(digest)
        except FormatError:
            raise not_found() from None
        log, room = log_of(services, reader), services.disputes

        def work() -> Response:
            case = room.steps.load(log, reader, str(reader.dispute))
            return handed_out(*room.files.read(log, reader, case, wanted))

        return await services.off_loop(work)

    return router
