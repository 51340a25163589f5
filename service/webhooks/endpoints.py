"""What a platform does with its endpoints: make, change, rotate, test, look at deliveries, send again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from service.access.ports import Tenant
from service.core.times import format_time
from service.webhooks.addresses import parse_url
from service.webhooks.errors import WebhookRefused, WebhookUnknown
from service.webhooks.ports import TEST_TYPE, Changes, Delivery, Endpoint, EventType, Message, WebhookStore
from service.webhooks.signing import SecretBox, mint_secret

ROTATION_MS = 24 * 3600 * 1000
MAX_ENDPOINTS = 16


class Endpoints:
    """A platform's endpoints. Every method raises WebhookUnknown for an id that is not the tenant's. Safe to
    call from several threads.
    """

    def __init__(
        self,
        store: WebhookStore,
        box: SecretBox,
        *,
        clock_ms: Callable[[], int],
        random: Callable[[int], bytes],
        development: bool,
    ) -> None:
        self._store = store
        self._box = box
        self._clock_ms = clock_ms
        self._random = random
        self._development = development

    def create(
        self, tenant: Tenant, url: str, events: tuple[str, ...], description: str
    ) -> tuple[Endpoint, str]:
        """Store a new endpoint; its secret is given this once. WebhookRefused names a member at fault."""
        parse_url(url, development=self._development)
        name = "wh_" + self._random(10).hex()
        secret = mint_secret(self._random)
        sealed = self._box.seal(secret, name)
        endpoint = Endpoint(name, tenant, url, _checked(events), description, sealed, self._clock_ms())
        if not self._store.add(endpoint, MAX_ENDPOINTS):
            raise WebhookRefused("", f"a platform has at most {MAX_ENDPOINTS} endpoints")
        return endpoint, secret

    def list(self, tenant: Tenant) -> Sequence[Endpoint]:
        """The tenant's endpoints, oldest first."""
        return self._store.endpoints(tenant)

    def get(self, tenant: Tenant, endpoint: str) -> Endpoint:
        """One endpoint."""
        return _found(self._store.endpoint(tenant, endpoint))

    def change(self, tenant: Tenant, endpoint: str, changes: Changes) -> Endpoint:
        """Change an endpoint. Enabling one that was disabled sends what happens from now on."""
        if changes.url is not None:
            parse_url(changes.url, development=self._development)
        if changes.events is not None:
            changes = replace(changes, events=_checked(changes.events))
        return _found(self._store.change(tenant, endpoint, changes))

    def remove(self, tenant: Tenant, endpoint: str) -> None:
        """Delete an endpoint, its secrets and its deliveries."""
        if not self._store.remove(tenant, endpoint):
            raise WebhookUnknown("no webhook has this id")

    def rotate(self, tenant: Tenant, endpoint: str) -> tuple[Endpoint, str]:
        """A new secret, given this once; for a day messages are signed with the old one, too."""
        secret = mint_secret(self._random)
        sealed, until = self._box.seal(secret, endpoint), self._clock_ms() + ROTATION_MS
        return _found(self._store.rotate(tenant, endpoint, sealed, until)), secret

    def test(self, tenant: Tenant, endpoint: str) -> str:
        """Send a message that says only that it is a test; the delivery's id."""
        found = self.get(tenant, endpoint)
        if found.disabled is not None:
            raise WebhookRefused("", "the webhook is disabled; enable it first")
        now, unique = self._clock_ms(), self._random(12).hex()
        body = {"type": TEST_TYPE, "timestamp": format_time(now), "data": {"webhook": endpoint}}
        payload = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        message = Message(f"msg_{unique}", tenant, TEST_TYPE, f"test:{unique}", payload, now)
        sent = self._store.put(message, only=endpoint)
        if not sent:
            raise WebhookUnknown("no webhook has this id")
        return sent[0]

    def deliveries(self, tenant: Tenant, endpoint: str, before: int | None, limit: int) -> Sequence[Delivery]:
        """An endpoint's deliveries, newest first."""
        self.get(tenant, endpoint)
        return self._store.deliveries(tenant, endpoint, before, limit)

    def replay(self, tenant: Tenant, endpoint: str, delivery: str) -> Delivery:
        """Send a finished delivery again: the same message under the same id."""
        if self.get(tenant, endpoint).disabled is not None:
            raise WebhookRefused("", "the webhook is disabled; enable it first")
        found = self._store.replay(tenant, endpoint, delivery, self._clock_ms())
        if found is None:
            raise WebhookUnknown("no delivery has this id")
        return found


def _found(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise WebhookUnknown("no webhook has this id")
    return endpoint


def _checked(events: tuple[str, ...]) -> tuple[str, ...]:
    known = [each.value for each in EventType]
    for number, event in enumerate(events):
        if event not in known:
            raise WebhookRefused(f"/events/{number}", "one of " + ", ".join(known))
    if not events:
        raise WebhookRefused("/events", "name at least one type")
    return tuple(event for event in known if event in events)
