"""Shares: the link, QR code and short code by which a user sees one trade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.access.capabilities import code_print, mint_capability, token_print
from service.access.codes import mint_code
from service.access.errors import CapabilityUnknown, ExpiryRefused
from service.access.holders import Holders
from service.access.limits import CodeBrake
from service.access.ports import Share, ShareId, ShareSession, ShareStore, Tenant

DAY_MS = 86_400_000
DEFAULT_DAYS = 1096
"""Three years, the general period of limitation (Civil Code, art. 188): as long as the user may claim."""
LONGEST_DAYS = 3660
CODE_DAYS = 90
"""How long the short code opens a share; the link and the QR code go on."""
SESSION_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class NewShare:
    """A share as given to the user, this once: its token and its code (eleven characters)."""

    share: Share
    token: str
    code: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a redeemed code gives: another token for the share's trade, until `expires_at` (ms)."""

    token: str
    trade: str
    expires_at: int


class Shares:
    """Life cycle of shares. Safe to call from several threads."""

    def __init__(
        self,
        store: ShareStore,
        holders: Holders,
        brake: CodeBrake,
        pepper: bytes,
        *,
        clock_ms: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._holders = holders
        self._brake = brake
        self._pepper = pepper
        self._clock_ms = clock_ms
        self._random = random

    def create(self, tenant: Tenant, trade: str, expires_at: int | None = None) -> NewShare:
        """Make a share of a trade, which the caller knows to exist. ExpiryRefused for a useless end."""
        now = self._clock_ms()
        ends = now + DEFAULT_DAYS * DAY_MS if expires_at is None else expires_at
        if not now < ends <= now + LONGEST_DAYS * DAY_MS:
            raise ExpiryRefused(f"a share ends in the future, within {LONGEST_DAYS} days")
        token, code = mint_capability("share", self._random), mint_code(self._random)
        share = Share(
            id=ShareId("share_" + self._random(8).hex()),
            tenant=tenant,
            trade=trade,
            token_print=token_print(self._pepper, token),
            code_print=code_print(self._pepper, code),
            created_at=now,
            expires_at=ends,
            code_until=min(ends, now + CODE_DAYS * DAY_MS),
        )
        self._store.add_share(share)
        return NewShare(share, token, code)

    def list(self, tenant: Tenant, trade: str, after: int, limit: int) -> Sequence[Share]:
        """A page of a trade's shares, oldest first; never their secrets."""
        return self._store.shares(tenant, trade, after, limit)

    def trade_of(self, tenant: Tenant, code: str) -> str | None:
        """The trade of the tenant's own share with this code (eleven characters), ended or not; None for
        another's. Opens nothing: for a platform whose user reads out the code on the slip.
        """
        share = self._store.share_by_code(code_print(self._pepper, code))
        return share.trade if share is not None and share.tenant == tenant else None

    def find(self, tenant: Tenant, code: str) -> Share:
        """A platform's own share by its code (eleven characters), ended or not. CapabilityUnknown else."""
        share = self._store.share_by_code(code_print(self._pepper, code))
        if share is None or share.tenant != tenant:
            raise CapabilityUnknown("no share has this code")
        return share

    def revoke(self, tenant: Tenant, share: ShareId) -> Share:
        """End a share, its code and its sessions: at once in this process, within 5 s in others.

        CapabilityUnknown when the tenant has no such share.
        """
        found = self._store.revoke_share(tenant, share, self._clock_ms())
        if found is None:
            raise CapabilityUnknown("no share has this id")
        self._holders.forget()
        return found

    def open(self, code: str, caller: bytes) -> Opened:
        """Redeem a code (eleven characters) for a token of an hour.

        `caller` is the hash of who asks. TooManyAttempts; CapabilityUnknown for a code that is wrong,
        revoked or past its time, without a difference between these.
        """
        take_back = self._brake.admit(caller)
        share = self._store.share_by_code(code_print(self._pepper, code))
        now = self._clock_ms()
        if share is None or share.revoked_at is not None or share.code_until <= now:
            raise CapabilityUnknown("the code opens nothing")
        take_back()
        token = mint_capability("share", self._random)
        ends = min(now + SESSION_MS, share.expires_at)
        self._store.add_session(ShareSession(token_print(self._pepper, token), share.id, ends), now)
        return Opened(token, share.trade, ends)
