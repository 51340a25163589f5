"""`/case/{grant}` for browsers: one dispute as its arbitrator or mediator sees it, and what there is to take
away. It shows what the API shows the grant's holder, from the same use-cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from service.access.errors import CapabilityUnknown
from service.access.readers import Reader
from service.api import auth, cases
from service.api.media import JSON
from service.api.problems import not_found
from service.api.routers.attachments import handed_out
from service.api.routers.disputes import log_of
from service.api.routers.evidence import PDF, ZIP
from service.api.services import Services, services_of
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.disputes.errors import CaseUnknown
from service.disputes.evidence_room import EvidenceRoom, Wanted
from service.disputes.findings import judge
from service.disputes.verify_text import file_name
from service.log.errors import EventErased
from service.web.browsers import ForBrowsers
from service.web.case_view import case_view
from service.web.language import Language, language_of
from service.web.messages import verifier_messages
from service.web.rendering import missing, page
from service.web.texts import Texts
from service.web.trade_parts import trade_shown
from service.web.wording import moment_of

PATH = "/case/{grant}"
Values = Mapping[str, Any]


def routers(site: str) -> tuple[APIRouter, ...]:
    """The page and its files. `site`: what the verifier is offered (trust list, node), as JSON for a script
    element.
    """
    return (_page(site), _files())


async def _holder(request: Request, services: Services, grant: str) -> Reader:
    reader = await auth.path_reader(request, services, grant)
    if reader.holder != "grant":
        raise CapabilityUnknown("the token opens nothing here")
    return reader


def _page(site: str) -> APIRouter:
    router = APIRouter(include_in_schema=False, route_class=ForBrowsers)

    @router.get(PATH)
    async def get_case(request: Request, grant: str) -> Response:
        """The dispute. What the grant does not open looks like a page that was never there."""
        services, language = services_of(request), language_of(request)
        try:
            reader = await _holder(request, services, grant)
            values = await services.off_loop(lambda: _values(services, reader, language))
        except (CapabilityUnknown, CaseUnknown):
            return missing(request)
        except EventErased:
            return page(request, "case_gone", status=410)
        given = {"base": f"/case/{grant}", "messages": verifier_messages(language), "site": site}
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

    @router.get(f"{PATH}/evidence.json")
    async def get_evidence(request: Request, grant: str) -> Response:
        """`evidence.json`, which the page verifies."""
        return await _taken(request, grant, EvidenceRoom.json, JSON)

    @router.get(f"{PATH}/evidence.zip")
    async def get_bundle(request: Request, grant: str) -> Response:
        """The bundle, to be saved."""
        answer = await _taken(request, grant, EvidenceRoom.bundle, ZIP)
        reader: Reader = request.scope[auth.READER]
        answer.headers["content-disposition"] = f'attachment; filename="{file_name(str(reader.trade))}"'
        return answer

    @router.get(f"{PATH}/evidence.pdf")
    async def get_certificate(request: Request, grant: str) -> Response:
        """The certificate."""
        return await _taken(request, grant, EvidenceRoom.certificate, PDF)

    @router.get(PATH + "/files/{digest}")
    async def get_file(request: Request, grant: str, digest: str) -> Response:
        """A file of the dispute, to be saved."""
        services = services_of(request)
        reader = await _holder(request, services, grant)
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


async def _taken(
    request: Request, grant: str, take: Callable[[EvidenceRoom, Wanted], bytes | None], media: str
) -> Response:
    services = services_of(request)
    reader = await _holder(request, services, grant)
    wanted = Wanted(services.log_of(reader).name, str(reader.trade), reader)
    body = await services.off_loop(lambda: take(services.evidence, wanted))
    if body is None:
        raise not_found()
    return Response(body, 200, {"cache-control": "no-store"}, media)
