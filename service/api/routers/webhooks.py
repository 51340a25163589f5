"""`/v1/webhooks`: where a platform wants to be told what happens, and what became of each message."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from service.access.ports import Tenant
from service.api import auth, paging
from service.api.components import listing, nullable, record
from service.api.documentation import content, operation, query
from service.api.documents import document
from service.api.media import JSON
from service.api.services import Services, services_of
from service.core.times import format_time
from service.webhooks.ports import Changes, Delivery, DeliveryState, Endpoint, EventType

router = APIRouter(tags=["webhooks"])
_HEADERS = {"cache-control": "no-store"}

_Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
_Events = Annotated[list[str], msgspec.Meta(min_length=1, max_length=16)]
_Description = Annotated[str, msgspec.Meta(max_length=200)]


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """What a platform posts to create an endpoint."""

    url: _Url
    events: _Events
    description: _Description = ""


class WebhookChanges(msgspec.Struct, forbid_unknown_fields=True):
    """What a platform changes; absent members stay."""

    url: _Url | msgspec.UnsetType = msgspec.UNSET
    events: _Events | msgspec.UnsetType = msgspec.UNSET
    description: _Description | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET


def _time(time: int | None) -> str | None:
    return None if time is None else format_time(time)


def _shown(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "description": endpoint.description,
        "created": format_time(endpoint.created_at),
        "enabled": endpoint.disabled is None,
        "disabled_reason": endpoint.disabled,
        "failing_since": _time(endpoint.failing_since),
        "old_secret_until": _time(endpoint.old_until),
    }


def _delivery(delivery: Delivery) -> dict[str, object]:
    pending = delivery.state is DeliveryState.PENDING
    return {
        "id": delivery.id,
        "message": delivery.message,
        "type": delivery.type,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt": format_time(delivery.next_at) if pending else None,
        "status": delivery.status,
        "failure": delivery.failure,
        "created": format_time(delivery.created_at),
        "finished": _time(delivery.finished_at),
    }


_TEXT = {"type": "string"}
_MAYBE = nullable(_TEXT)
_EVENT = {"enum": [each.value for each in EventType]}
_WEBHOOK_MEMBERS: dict[str, Any] = {
    "id": _TEXT,
    "url": {"type": "string", "format": "uri"},
    "events": listing(_EVENT),
    "description": _TEXT,
    "created": _TEXT,
    "enabled": {"type": "boolean"},
    "disabled_reason": _MAYBE,
    "failing_since": _MAYBE,
    "old_secret_until": _MAYBE,
}
_SECRET = {"type": "string", "pattern": "^whsec_", "description": "shown this once"}
_WEBHOOK = record(_WEBHOOK_MEMBERS)
_WITH_SECRET = record({**_WEBHOOK_MEMBERS, "secret": _SECRET})
_DELIVERY = record(
    {
        "id": _TEXT,
        "message": {**_TEXT, "description": "the webhook-id header"},
        "type": _TEXT,
        "state": {"enum": ["pending", "delivered", "failed"]},
        "attempts": {"type": "integer"},
        "next_attempt": _MAYBE,
        "status": nullable({"type": "integer"}),
        "failure": _MAYBE,
        "created": _TEXT,
        "finished": _MAYBE,
    }
)
_MEMBERS = {"url": _TEXT, "events": listing(_EVENT)}
_BODY = {"required": True, **content(JSON, record(_MEMBERS, optional={"description": _TEXT}))}
_CHANGES = {**_MEMBERS, "description": _TEXT, "enabled": {"type": "boolean"}}
_CHANGES_BODY = {"required": True, **content(JSON, record({}, optional=_CHANGES))}
_BODY_REFUSALS = ("invalid-json", "invalid-parameter", "unsupported-media-type", "body-too-large")


async def _tenant(request: Request, services: Services) -> Tenant:
    principal = await auth.platform(request, services)
    services.log_of(principal)
    return Tenant(principal.platform, principal.mode)


def _answer(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, _HEADERS, JSON)


@router.post(
    "/v1/webhooks",
    **operation(
        "Create a webhook",
        {201: ("The webhook, with its secret", content(JSON, _WITH_SECRET))},
        refusals=_BODY_REFUSALS,
        extra={"requestBody": _BODY},
    ),
)
async def create_webhook(request: Request) -> Response:
    """Messages follow the Standard Webhooks specification; the secret signs them. `https` URLs on public
    addresses only, port 443 or above 1023. Redirects are not followed.
    """
    services = services_of(request)
    tenant = await _tenant(request, services)
    wanted = await document(request, services, NewWebhook)
    endpoint, secret = await services.off_loop(
        lambda: services.webhooks.create(tenant, wanted.url, tuple(wanted.events), wanted.description)
    )
    return _answer({**_shown(endpoint), "secret": secret}, 201)


@router.get(
    "/v1/webhooks",
    **operation("List webhooks", {200: ("All", content(JSON, record({"webhooks": listing(_WEBHOOK)})))}),
)
async def list_webhooks(request: Request) -> Response:
    """The platform's webhooks, oldest first, without their secrets."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    found = await services.off_loop(lambda: services.webhooks.list(tenant))
    return _answer({"webhooks": [_shown(each) for each in found]})


@router.get(
    "/v1/webhooks/{webhook}",
    **operation("A webhook", {200: ("The webhook", content(JSON, _WEBHOOK))}, refusals=("not-found",)),
)
async def get_webhook(request: Request, webhook: str) -> Response:
    """One webhook, without its secret."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    return _answer(_shown(await services.off_loop(lambda: services.webhooks.get(tenant, webhook))))


@router.patch(
    "/v1/webhooks/{webhook}",
    **operation(
        "Change a webhook",
        {200: ("The webhook as it now stands", content(JSON, _WEBHOOK))},
        refusals=(*_BODY_REFUSALS, "not-found"),
        extra={"requestBody": _CHANGES_BODY},
    ),
)
async def change_webhook(request: Request, webhook: str) -> Response:
    """Change members. Disabling gives up what waits; enabling again sends what happens from then on."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    wanted = await document(request, services, WebhookChanges)
    changes = Changes(
        url=None if wanted.url is msgspec.UNSET else wanted.url,
        events=None if wanted.events is msgspec.UNSET else tuple(wanted.events),
        description=None if wanted.description is msgspec.UNSET else wanted.description,
        enabled=None if wanted.enabled is msgspec.UNSET else wanted.enabled,
    )
    found = await services.off_loop(lambda: services.webhooks.change(tenant, webhook, changes))
    return _answer(_shown(found))


@router.delete(
    "/v1/webhooks/{webhook}",
    **operation("Delete a webhook", {204: ("Deleted, with its deliveries", {})}, refusals=("not-found",)),
)
async def delete_webhook(request: Request, webhook: str) -> Response:
    """Nothing more is sent, and its secrets are forgotten."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    await services.off_loop(lambda: services.webhooks.remove(tenant, webhook))
    return Response(None, 204, _HEADERS)


@router.post(
    "/v1/webhooks/{webhook}/rotate",
    **operation(
        "Give a webhook a new secret",
        {200: ("The webhook, with its new secret", content(JSON, _WITH_SECRET))},
        refusals=("not-found",),
    ),
)
async def rotate_webhook(request: Request, webhook: str) -> Response:
    """For 24 hours messages carry the signatures of both secrets."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    endpoint, secret = await services.off_loop(lambda: services.webhooks.rotate(tenant, webhook))
    return _answer({**_shown(endpoint), "secret": secret})


@router.post(
    "/v1/webhooks/{webhook}/test",
    **operation(
        "Send a test message",
        {202: ("The delivery's id", content(JSON, record({"delivery": _TEXT})))},
        refusals=("not-found", "invalid-parameter"),
    ),
)
async def test_webhook(request: Request, webhook: str) -> Response:
    """A message of type `webhook.test`."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    delivery = await services.off_loop(lambda: services.webhooks.test(tenant, webhook))
    return _answer({"delivery": delivery}, 202)


@router.get(
    "/v1/webhooks/{webhook}/deliveries",
    **operation(
        "What became of each message",
        {200: ("Newest first", content(JSON, record({"deliveries": listing(_DELIVERY), "next": _MAYBE})))},
        refusals=("not-found", "invalid-parameter"),
        extra={
            "parameters": [
                query("cursor", {"type": "string"}, "`next` of the page before"),
                query("limit", {"type": "integer", "minimum": 1, "maximum": paging.MAX_PAGE}, "a page"),
            ]
        },
    ),
)
async def list_deliveries(request: Request, webhook: str) -> Response:
    """Deliveries of one webhook. What an endpoint answered beyond its status is not kept."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    position, limit = paging.page(request)
    before = position or None
    found = await services.off_loop(lambda: services.webhooks.deliveries(tenant, webhook, before, limit + 1))
    following = paging.cursor(found[limit - 1].number) if len(found) > limit else None
    return _answer({"deliveries": [_delivery(each) for each in found[:limit]], "next": following})


@router.post(
    "/v1/webhooks/{webhook}/deliveries/{delivery}/replay",
    **operation(
        "Send a message again",
        {202: ("The delivery, pending again", content(JSON, _DELIVERY))},
        refusals=("not-found", "invalid-parameter"),
    ),
)
async def replay_delivery(request: Request, webhook: str, delivery: str) -> Response:
    """The same message under the same `webhook-id`. One that is pending already stays as it is."""
    services = services_of(request)
    tenant = await _tenant(request, services)
    found = await services.off_loop(lambda: services.webhooks.replay(tenant, webhook, delivery))
    return _answer(_delivery(found), 202)
