"""`/v1/keys`: the operator creates, lists and revokes API keys. A key itself is shown once, at its
creation.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.access.ports import ApiKey, ApiKeyId
from service.api import auth
from service.api.components import listing, record
from service.api.documentation import content, operation, query, reference
from service.api.documents import document
from service.api.media import JSON
from service.api.problems import Refusal
from service.api.services import Services, services_of
from service.core.times import format_time

router = APIRouter(tags=["keys"])
_HEADERS = {"cache-control": "no-store"}


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """What the operator posts to create a key."""

    platform: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    mode: Literal["live", "test"] = "live"
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "platform": key.platform,
        "mode": key.mode,
        "role": key.role,
        "label": key.label,
        "created": format_time(key.created_at),
        "revoked": None if key.revoked_at is None else format_time(key.revoked_at),
    }


def _check_platform(services: Services, wanted: NewKey) -> None:
    name = wanted.platform if wanted.mode == "live" else f"{wanted.platform}-test"
    log = services.logs.get(name)
    if log is None or log.platform != wanted.platform or log.mode != wanted.mode:
        detail = f"there is no {wanted.mode} log of this platform here"
        raise Refusal(
            "invalid-parameter",
            detail,
            errors=[{"pointer": "/platform", "detail": detail, "code": "platform"}],
        )


_NEW = {
    "requestBody": {
        "required": True,
        **content(
            JSON,
            record(
                {"platform": {"type": "string"}},
                optional={"mode": {"enum": ["live", "test"], "default": "live"}, "label": {"type": "string"}},
            ),
        ),
    }
}


@router.post(
    "/v1/keys",
    **operation(
        "Create an API key (operator)",
        {201: ("The key, shown this once", content(JSON, reference("NewApiKey")))},
        refusals=("invalid-json", "invalid-parameter", "unsupported-media-type", "body-too-large"),
        extra=_NEW,
    ),
)
async def create_key(request: Request) -> Response:
    """Mint a key for a platform's live or test log. Only its HMAC is stored."""
    services = services_of(request)
    await auth.admin(request, services)
    wanted = await document(request, services, NewKey)
    _check_platform(services, wanted)
    key, token = await services.off_loop(
        lambda: services.api_keys.create(wanted.platform, wanted.mode, "platform", wanted.label)
    )
    return Response(orjson.dumps({**_shown(key), "api_key": token}), 201, _HEADERS, JSON)


@router.get(
    "/v1/keys",
    **operation(
        "List API keys (operator)",
        {
            200: (
                "All keys, revoked ones included",
                content(JSON, record({"keys": listing(reference("ApiKey"))})),
            )
        },
        extra={"parameters": [query("platform", {"type": "string"}, "only this platform's")]},
    ),
)
async def list_keys(request: Request) -> Response:
    """All API keys, oldest first, without the keys themselves."""
    services = services_of(request)
    await auth.admin(request, services)
    platform = request.query_params.get("platform")
    keys = await services.off_loop(lambda: services.api_keys.list(platform))
    return Response(orjson.dumps({"keys": [_shown(key) for key in keys]}), 200, _HEADERS, JSON)


@router.delete(
    "/v1/keys/{key_id}",
    **operation(
        "Revoke an API key (operator)",
        {200: ("The key, revoked", content(JSON, reference("ApiKey")))},
        refusals=("not-found",),
    ),
)
async def revoke_key(request: Request, key_id: str) -> Response:
    """Revoke a key: at once here, within five seconds in other processes. Repeating changes nothing."""
    services = services_of(request)
    await auth.admin(request, services)
    key = await services.off_loop(lambda: services.api_keys.revoke(ApiKeyId(key_id)))
    return Response(orjson.dumps(_shown(key)), 200, _HEADERS, JSON)
