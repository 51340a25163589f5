"""A trade's evidence under the link that opens its page: what the page verifies, and what is taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request, Response

from service.access.readers import Reader
from service.api.media import JSON
from service.api.problems import not_found
from service.api.routers.evidence import PDF, ZIP, take_evidence
from service.api.services import Services, services_of
from service.disputes.evidence_room import EvidenceRoom, Wanted
from service.disputes.verify_text import file_name

Holder = Callable[[Request, Services, str], Awaitable[Reader]]
"""Who reads with a token of the page; CapabilityUnknown where it opens nothing here."""

_FILES: Final = {
    "json": (EvidenceRoom.json, JSON),
    "zip": (EvidenceRoom.bundle, ZIP),
    "pdf": (EvidenceRoom.certificate, PDF),
}


def evidence_files(path: str, holder: Holder) -> APIRouter:
    """`<path>/evidence.json`, `.zip` and `.pdf`; `path` has the parameter `token`. Plain links, for browsers
    that save nothing that a script made.
    """
    router = APIRouter(include_in_schema=False)

    @router.get(path + "/evidence.{kind}")
    async def get_evidence(request: Request, token: str, kind: str) -> Response:
        """`evidence.json`, which the page verifies; the bundle; or the certificate."""
        services = services_of(request)
        reader = await holder(request, services, token)
        if kind not in _FILES:
            raise not_found()
        take, media = _FILES[kind]
        wanted = Wanted(services.log_of(reader).name, str(reader.trade), reader)
        body = await take_evidence(request, reader, take, wanted)
        if body is None:
            raise not_found()
        headers = {"cache-control": "no-store"}
        if media != JSON:
            name = file_name(str(reader.trade)).removesuffix("zip") + kind
            shown = "inline" if media == PDF else "attachment"  # paper is looked at where it can be
            headers["content-disposition"] = f'{shown}; filename="{name}"'
        return Response(body, 200, headers, media)

    return router
