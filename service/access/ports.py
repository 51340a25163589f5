"""What this room needs from the outside: one durable store of API keys and registered signers.

Every method is synchronous and may be called from any thread. A method that writes returns only when the
write is durable; several processes may share one store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType, Protocol

ApiKeyId = NewType("ApiKeyId", str)

Mode = Literal["live", "test"]
Role = Literal["platform", "admin"]


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
