"""Grants: a mediator's or arbitrator's access to one dispute, for a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.access.capabilities import mint_capability, token_print
from service.access.errors import CapabilityUnknown, ExpiryRefused
from service.access.holders import Holders
from service.access.ports import Grant, GrantId, GrantRole, GrantStore, Tenant

DAY_MS = 86_400_000
DEFAULT_DAYS = 30
LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Case:
    """The dispute a grant is for, as found in the log: whose, which, and about which trade."""

    tenant: Tenant
    dispute: str
    trade: str


class Grants:
    """Life cycle of grants. Safe to call from several threads."""

    def __init__(
        self,
        store: GrantStore,
        holders: Holders,
        pepper: bytes,
        *,
        clock_ms: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._holders = holders
        self._pepper = pepper
        self._clock_ms = clock_ms
        self._random = random

    def create(
        self,
        case: Case,
        role: GrantRole,
        *,
        label: str = "",
        restricted: bool = False,
        expires_at: int | None = None,
    ) -> tuple[Grant, str]:
        """Make a grant. The second value is its token: shown once, stored nowhere.

        `restricted` opens restricted content (reviews) too. ExpiryRefused beyond 90 days.
        """
        now = self._clock_ms()
        ends = now + DEFAULT_DAYS * DAY_MS if expires_at is None else expires_at
        if not now < ends <= now + LONGEST_DAYS * DAY_MS:
            raise ExpiryRefused(f"a grant ends in the future, within {LONGEST_DAYS} days")
        token = mint_capability("grant", self._random)
        grant = Grant(
            id=GrantId("grant_" + self._random(8).hex()),
            tenant=case.tenant,
            trade=case.trade,
            dispute=case.dispute,
            role=role,
            restricted=restricted,
            label=label,
            token_print=token_print(self._pepper, token),
            created_at=now,
            expires_at=ends,
        )
        self._store.add_grant(grant)
        return grant, token

    def list(self, tenant: Tenant, dispute: str, after: int, limit: int) -> Sequence[Grant]:
        """A page of a dispute's grants, oldest first; never their tokens."""
        return self._store.grants(tenant, dispute, after, limit)

    def revoke(self, tenant: Tenant, dispute: str, grant: GrantId) -> Grant:
        """End a grant: at once here, within 5 s in other processes. CapabilityUnknown when there is none."""
        found = self._store.revoke_grant(tenant, dispute, grant, self._clock_ms())
        if found is None:
            raise CapabilityUnknown("no grant has this id")
        self._holders.forget()
        return found
