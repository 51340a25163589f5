"""`/v1/disputes/{dispute}/attachments`: files of a dispute. Content of strangers: it is only ever handed out
to be saved, never to be shown by a browser on this service's origin.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response

from service.access.readers import Reader
from service.api import auth, cases
from service.api.bodies import announced_size, bounded_body
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import Refusal, not_found
from service.api.routers.disputes import log_of
from service.api.services import Services, services_of
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.disputes.attachments import MAX_BYTES
from service.disputes.loading import LoadedCase
from service.disputes.ports import Attachment, CaseLog

router = APIRouter(tags=["disputes"])

_ANY: Final = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}", re.ASCII)
# Types that no browser runs anything from. Whatever else was declared goes out as bytes.
_INERT = re.compile(
    r"image/(?:png|jpeg|gif|webp|avif|heic)|audio/[a-z0-9.-]+|video/[a-z0-9.-]+|application/pdf"
)
# The server itself says `X-Content-Type-Options: nosniff` on every answer.
_SAVED_ONLY: Final = {
    "cache-control": "no-store",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
}
_LABEL = query("label", {"type": "string", "maxLength": 256}, "what the file is")


async def _case(request: Request, services: Services, dispute: str) -> tuple[CaseLog, Reader, LoadedCase]:
    reader = await auth.reader(request, services)
    log = log_of(services, reader)
    case = await services.off_loop(lambda: services.disputes.steps.load(log, reader, dispute))
    return log, reader, case


def _posting(summary: str) -> dict[str, Any]:
    answer = content(JSON, reference("DisputeAttachment"))
    return operation(
        summary,
        {200: ("The dispute has it already", answer), 201: ("Kept", answer)},
        refusals=(
            *("not-found", "invalid-parameter", "attachments-full", "event-erased", "body-too-large"),
            *("too-many-requests", "unsupported-media-type"),
        ),
        extra={
            "parameters": [_LABEL],
            "requestBody": {"required": True, **content("*/*", {"type": "string", "format": "binary"})},
        },
    )


@router.post("/v1/disputes/{dispute}/attachments", **_posting("Hand in a file"))
async def post_attachment(request: Request, dispute: str) -> Response:
    """Keep the body, of any type and at most 10 MiB, until a step refers to it by its SHA-256. Each
    side of a dispute hands in 50 files and 30 MiB at most.
    """
    return await _hand_in(request, dispute, None)


@router.put("/v1/disputes/{dispute}/attachments/{digest}", **_posting("Hand in a file of this digest"))
async def put_attachment(request: Request, dispute: str, digest: str) -> Response:
    """The same, refused unless the body's SHA-256 is the digest in the path."""
    return await _hand_in(request, dispute, digest)


async def _hand_in(request: Request, dispute: str, digest: str | None) -> Response:
    services = services_of(request)
    log, reader, case = await _case(request, services, dispute)
    expected = None if digest is None else _digest(digest)
    media_type, label = _media_type(request), _label(request)
    files = services.disputes.files
    size = announced_size(request, MAX_BYTES)
    await services.off_loop(lambda: files.check_room(log, reader, case, size or 0))
    state = request.app.state
    with state.holder_upload_admission.admit(reader.id), state.upload_admission.admit(reader.platform):
        async with bounded_body(request, services.budget, MAX_BYTES) as body:
            kept, new = await services.off_loop(
                lambda: files.hand_in(log, reader, case, body, media_type, label, expected)
            )
    headers = {
        "cache-control": "no-store",
        "location": f"/v1/disputes/{dispute}/attachments/0x{kept.digest.hex()}",
    }
    return Response(orjson.dumps(cases.listed_file(kept)), 201 if new else 200, headers, JSON)


@router.get(
    "/v1/disputes/{dispute}/attachments/{digest}",
    **operation(
        "A file of a dispute",
        {
            200: (
                "The bytes as handed in, to be saved",
                content("*/*", {"type": "string", "format": "binary"}),
            )
        },
        refusals=("not-found", "event-erased"),
    ),
)
async def get_attachment(request: Request, dispute: str, digest: str) -> Response:
    """One file, for whoever may see an entry that refers to it, and for the side that handed it in."""
    services = services_of(request)
    log, reader, case = await _case(request, services, dispute)
    wanted = _digest(digest)
    files = services.disputes.files
    attachment, body = await services.off_loop(lambda: files.read(log, reader, case, wanted))
    return handed_out(attachment, body)


def handed_out(attachment: Attachment, body: bytes) -> Response:
    """The answer with a file in it: to be saved, never to be shown or run on this origin."""
    headers = {**_SAVED_ONLY, "content-disposition": _disposition(attachment)}
    return Response(body, 200, headers, _served_type(attachment.media_type))


def _served_type(declared: str) -> str:
    return declared if _INERT.fullmatch(declared) else _ANY


def _disposition(attachment: Attachment) -> str:
    """RFC 6266: saved under its label, or the beginning of its digest. Nothing in the name leads to another
    folder or hides the file, for whoever believes it.
    """
    name = re.sub(r'[/\\:*?"<>|]', "_", attachment.label or attachment.digest.hex()[:16])
    name = re.sub(r"^[. ]+|[. ]+$", "_", name)
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _digest(text: str) -> bytes:
    try:
        return from_hex(text)
    except FormatError:
        raise not_found() from None


def _media_type(request: Request) -> str:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refusal("unsupported-media-type", "compressed bodies are not accepted")
    declared = request.headers.get("content-type", _ANY).partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(declared):
        raise Refusal("unsupported-media-type", "the Content-Type is not a media type")
    return declared


def _label(request: Request) -> str | None:
    label = request.query_params.get("label")
    if label is not None and (not 1 <= len(label) <= 256 or not label.isprintable()):
        detail = "label is 1 to 256 printable characters"
        raise Refusal(
            "invalid-parameter", detail, errors=[{"parameter": "label", "detail": detail, "code": "label"}]
        )
    return label
