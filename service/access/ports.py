"""What this room needs from the outside: durable stores of API keys and registered signers, of shares and
grants, and of who has read what.

Every method is synchronous and may be called from any thread. A method that writes returns only when the
write is durable; several processes may share one store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

ApiKeyId = NewType("ApiKeyId", str)
ShareId = NewType("ShareId", str)
GrantId = NewType("GrantId", str)

Mode = Literal["live", "test"]
Role = Literal["platform", "admin"]
GrantRole = Literal["mediator", "arbitrator"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key as stored: never the key itself, only its HMAC. Times are Unix milliseconds."""

    id: ApiKeyId
    platform: str
    mode: Mode
    role: Role
    label: str
    fingerprint: bytes
    created_at: int
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """A service key a platform has registered: the address may sign statements in `role`, in [valid_from,
    valid_until).

    Times are Unix milliseconds; `valid_until` None means until further notice.
    """

    platform: str
    address: str
    role: str
    valid_from: int
    valid_until: int | None
    created_at: int


class AccessStore(Protocol):
    """Durable API keys and signers."""

    def add_api_key(self, key: ApiKey) -> None:
        """Store a new API key. Its id and fingerprint must be new."""

    def api_key_by_fingerprint(self, fingerprint: bytes) -> ApiKey | None:
        """The API key with this HMAC, revoked or not."""

    def api_keys(self, platform: str | None = None) -> list[ApiKey]:
        """All API keys, oldest first; with `platform`, that platform's only."""

    def revoke_api_key(self, key_id: ApiKeyId, at: int) -> ApiKey | None:
        """Mark a key revoked at `at`, unless it was before; the row as it now stands, None when unknown."""

    def put_signer(self, signer: Signer) -> None:
        """Register a signer, or change the validity of one registered before (same platform, address and
        role).
        """

    def signers(self, platform: str) -> list[Signer]:
        """The platform's signers, oldest registration first."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose log: a platform and its live or test side."""

    platform: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class Share:
    """A user's capability to see one trade, as stored: the token and the code are HMACs. Times are Unix ms.

    The code opens the share until `code_until`, the token until `expires_at`.
    """

    id: ShareId
    tenant: Tenant
    trade: str
    token_print: bytes
    code_print: bytes
    created_at: int
    expires_at: int
    code_until: int
    revoked_at: int | None = None
    number: int = 0
    """Order of creation, given by the store."""
    last_used: int | None = None
    """The newest recorded access."""


@dataclass(frozen=True, slots=True)
class ShareSession:
    """What redeeming a code gives: another token for the same share, for an hour."""

    token_print: bytes
    share: ShareId
    expires_at: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A mediator's or arbitrator's access to one dispute, as stored. Times are Unix milliseconds."""

    id: GrantId
    tenant: Tenant
    trade: str
    dispute: str
    role: GrantRole
    restricted: bool
    label: str
    token_print: bytes
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    number: int = 0
    last_used: int | None = None


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One holder saw one kind of content within one minute; `caller` is a hash of its network."""

    tenant: Tenant
    holder: Literal["share", "grant"]
    holder_id: str
    trade: str
    dispute: str | None
    kind: str
    at: int
    caller: bytes | None
    number: int = 0

    @property
    def minute(self) -> int:
        """Minutes since 1970: a second access of the same kind within it is not recorded again."""
        return self.at // 60_000


class ShareStore(Protocol):
    """Durable shares, sessions of redeemed codes, and the count of wrong codes."""

    def add_share(self, share: Share) -> None:
        """Store a new share. Its id and both HMACs must be new."""

    def share_by_token(self, token_print: bytes) -> tuple[Share, int] | None:
        """The share with this token or session, revoked and expired ones too, and when this token ends."""

    def share_by_code(self, code_print: bytes) -> Share | None:
        """The share with this code, revoked and expired ones too."""

    def add_session(self, session: ShareSession, now: int) -> None:
        """Store a session; sessions that have ended by `now` are deleted."""

    def shares(self, tenant: Tenant, trade: str, after: int, limit: int) -> Sequence[Share]:
        """At most `limit` shares of a trade with a number above `after`, ascending, with their last use."""

    def revoke_share(self, tenant: Tenant, share: ShareId, at: int) -> Share | None:
        """Revoke a share of this tenant, unless it was before; as it now stands, None when there is none."""

    def forget_shares(self, before: int) -> int:
        """Delete shares that ended or were revoked before this time; how many."""

    def count_attempt(self, minute: int, who: Sequence[bytes], by: int) -> Sequence[int]:
        """Add `by` to the attempts of each of `who` in this minute, in one transaction; the new counts.

        Counts of minutes before the last one are deleted. `by` 0 only reads.
        """


class GrantStore(Protocol):
    """Durable grants."""

    def add_grant(self, grant: Grant) -> None:
        """Store a new grant. Its id and HMAC must be new."""

    def grant_by_token(self, token_print: bytes) -> Grant | None:
        """The grant with this token, revoked and expired ones too."""

    def grants(self, tenant: Tenant, dispute: str, after: int, limit: int) -> Sequence[Grant]:
        """At most `limit` grants of a dispute with a number above `after`, ascending, with their last use."""

    def revoke_grant(self, tenant: Tenant, dispute: str, grant: GrantId, at: int) -> Grant | None:
        """Revoke a grant of this dispute, unless it was before; as it now stands, None when there is none."""

    def forget_grants(self, before: int) -> int:
        """Delete grants that ended or were revoked before this time; how many."""


class RecordStore(Protocol):
    """Durable access records."""

    def add_records(self, records: Sequence[AccessRecord]) -> None:
        """Store records in one transaction; one of the same holder, kind and minute is left as it is."""

    def records(
        self, tenant: Tenant, trade: str | None, dispute: str | None, after: int, limit: int
    ) -> Sequence[AccessRecord]:
        """At most `limit` records of a tenant with a number above `after`, ascending."""

    def forget_records(self, before: int) -> int:
        """Delete records of accesses before this time; how many."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in with an API key, as stored: the HMAC of the session's token, and the key's id. Times
    are Unix milliseconds; `seen_at` is that of the last request, to the minute.
    """

    token_print: bytes
    key: ApiKeyId
    created_at: int
    expires_at: int
    seen_at: int


class SessionStore(Protocol):
    """Durable sessions."""

    def add_session(self, session: Session, now: int) -> None:
        """Store a new session; sessions that have ended by `now` are deleted."""

    def session(self, token_print: bytes) -> tuple[Session, ApiKey] | None:
        """The session with this token, ended ones too, and its key as it now stands."""

    def seen(self, token_print: bytes, at: int) -> None:
        """Note a request at `at`, unless a later one was noted."""

    def end_session(self, token_print: bytes) -> None:
        """Delete a session, if there is one."""


class DisputeDirectory(Protocol):
    """Which disputes there are."""

    def trade_of(self, log_id: bytes, dispute: str) -> str | None:
        """The trade that a dispute is about; None when this log has no such dispute."""
