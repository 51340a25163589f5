"""Rows of webhooks as queries and as the values that leave this room."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Row, Select, Table, and_, select

from service.access.ports import Mode, Tenant
from service.store.webhook_tables import (
    WebhookDeliveryRow,
    WebhookEndpointRow,
    WebhookMessageRow,
    WebhookWatchRow,
)
from service.webhooks.ports import Delivery, DeliveryState, Endpoint


def _table(row: type[object]) -> Table:
    return cast(Table, row.__dict__["__table__"])


ENDPOINTS, MESSAGES = _table(WebhookEndpointRow), _table(WebhookMessageRow)
DELIVERIES, WATCHES = _table(WebhookDeliveryRow), _table(WebhookWatchRow)
PENDING = DELIVERIES.c.state == DeliveryState.PENDING.value
_JOINED = DELIVERIES.join(MESSAGES, MESSAGES.c.number == DELIVERIES.c.message).join(
    ENDPOINTS, ENDPOINTS.c.number == DELIVERIES.c.endpoint
)
SEPARATOR = " "


def of_tenant(tenant: Tenant) -> Any:
    """That an endpoint is this tenant's."""
    return and_(ENDPOINTS.c.platform == tenant.platform, ENDPOINTS.c.mode == tenant.mode)


def endpoint_of(row: Row[Any]) -> Endpoint:
    """An endpoint's row as the value that leaves this room."""
    return Endpoint(
        id=row.id,
        tenant=Tenant(row.platform, cast(Mode, row.mode)),
        url=row.url,
        events=tuple(row.events.split(SEPARATOR)),
        description=row.description,
        secret=row.secret,
        created_at=row.created_at,
        old_secret=row.old_secret,
        old_until=row.old_until,
        disabled=row.disabled,
        failing_since=row.failing_since,
    )


def delivery_query(*more: Any) -> Select[Any]:
    """Deliveries with the ids that they are shown with, and `more` columns."""
    shown = (DELIVERIES, ENDPOINTS.c.id.label("endpoint_id"), MESSAGES.c.id.label("message_id"))
    return select(*shown, MESSAGES.c.type, *more).select_from(_JOINED)


def delivery_of(row: Row[Any]) -> Delivery:
    """A row of such a query as the value that leaves this room."""
    return Delivery(
        id=row.id,
        number=row.number,
        endpoint=row.endpoint_id,
        message=row.message_id,
        type=row.type,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        status=row.status,
        failure=row.failure,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
