"""What webhooks need from the outside, and the values that travel through these ports.

Times are Unix milliseconds. A message is what happened, once; a delivery is one message on its way to one
endpoint. Every write is durable when the call returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from service.access.ports import Tenant


class EventType(StrEnum):
    """What an endpoint can be told about."""

    RECEIPT_ANCHORED = "receipt.anchored"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_ANSWER_DUE = "dispute.answer_due"
    FINDING_PROVED = "finding.proved"
    ANCHOR_LATE = "anchor.late"


TEST_TYPE = "webhook.test"
TOLD_ONCE = (EventType.FINDING_PROVED, EventType.ANCHOR_LATE)
"""Messages made from how things stand: they would be made again whenever somebody looks."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a platform wants to be told. `secret` and `old_secret` are sealed; the old one signs too until
    `old_until`. `disabled`: why nothing is sent (None: it is). `failing_since`: the first failure after the
    last success.
    """

    id: str
    tenant: Tenant
    url: str
    events: tuple[str, ...]
    description: str
    secret: bytes
    created_at: int
    old_secret: bytes | None = None
    old_until: int | None = None
    disabled: str | None = None
    failing_since: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be changed of an endpoint; None leaves a member as it is. `enabled` True: what disabled it
    is over, and failures begin anew.
    """

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that happened: `payload` holds ids and hashes, never claims. `key` says what makes it one:
    the same key again is the same message.
    """

    id: str
    tenant: Tenant
    type: str
    key: str
    payload: bytes
    created_at: int


class DeliveryState(StrEnum):
    """A delivery waits for its next attempt, has arrived, or has been given up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one endpoint. `next_at`: when it is tried again, while pending; `status` and
    `failure` are of the last attempt.
    """

    id: str
    number: int
    endpoint: str
    message: str
    type: str
    state: DeliveryState
    attempts: int
    next_at: int
    status: int | None
    failure: str | None
    created_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to be attempted now, with all that it takes. `claimed`: until when no other thread or
    process attempts it.
    """

    delivery: Delivery
    endpoint: Endpoint
    payload: bytes
    claimed: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A trade to be looked at again at a time; `marked` tells one mark from a later one."""

    log_id: bytes
    trade: str
    at: int
    marked: int


class WebhookStore(Protocol):
    """Endpoints, messages and deliveries. Safe among threads and processes."""

    def add(self, endpoint: Endpoint, most: int) -> bool:
        """Store a new endpoint, unless the tenant has `most` of them."""

    def endpoints(self, tenant: Tenant) -> Sequence[Endpoint]:
        """The tenant's endpoints, oldest first."""

    def endpoint(self, tenant: Tenant, endpoint: str) -> Endpoint | None:
        """One of the tenant's endpoints."""

    def change(self, tenant: Tenant, endpoint: str, changes: Changes) -> Endpoint | None:
        """Change these members of one of the tenant's endpoints and no others; as it now stands, None when
        there is none. Disabling gives up what waits for it.
        """

    def rotate(self, tenant: Tenant, endpoint: str, secret: bytes, until: int) -> Endpoint | None:
        """Make `secret` (sealed) the endpoint's, and the one it has the old one until then (ms); as it now
        stands, None when there is none.
        """

    def remove(self, tenant: Tenant, endpoint: str) -> bool:
        """Delete an endpoint with its secrets and deliveries; False when there is none."""

    def wanted(self, tenant: Tenant) -> frozenset[str]:
        """The event types that some enabled endpoint of the tenant wants."""

    def put(self, message: Message, only: str | None = None) -> Sequence[str]:
        """Store a message with a delivery for every enabled endpoint that wants its type (`only`: for that
        endpoint alone), in one transaction; the deliveries' ids. Nothing when its key is there already, or
        nobody wants it.
        """

    def deliveries(self, tenant: Tenant, endpoint: str, before: int | None, limit: int) -> Sequence[Delivery]:
        """An endpoint's deliveries with a number below `before`, newest first."""

    def replay(self, tenant: Tenant, endpoint: str, delivery: str, now: int) -> Delivery | None:
        """Make a finished delivery pending again, from the first attempt; None when there is no such one."""

    def claim(self, now: int, until: int, limit: int, each: int, each_tenant: int) -> Sequence[Due]:
        """Take at most `limit` due deliveries, at most `each` an endpoint and `each_tenant` a tenant (those
        already taken counted), so that nobody else has them before `until`: after a crash they are attempted
        again then. Tenants take turns, whoever has waited longest first.
        """

    def delivered(self, due: Due, status: int, now: int) -> None:
        """It arrived. Nothing happens when another attempt has settled it, here and below."""

    def failed(self, due: Due, status: int | None, failure: str, now: int, next_at: int | None) -> None:
        """It did not; `next_at` None: it is given up."""

    def disable(self, endpoint: str, reason: str) -> None:
        """Send nothing more to an endpoint; what waits for it is given up."""

    def prune(self, before: int) -> None:
        """Delete messages created before this time whose deliveries are all finished; of those that could be
        made again (`TOLD_ONCE`) the key stays, so that they are not.
        """

    def watch(self, log_id: bytes, trades: Sequence[str], at: int) -> None:
        """Have these trades looked at again at a time, instead of at any time set before."""

    def watched(self, until: int, limit: int) -> Sequence[Watched]:
        """Trades to be looked at by now, longest due first."""

    def looked(self, watched: Watched, again: int | None) -> None:
        """The trade was looked at: again at a time, or no more; unless it has been marked anew since."""
