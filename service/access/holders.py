"""From a capability token to its reader: shares, sessions of redeemed codes, and grants."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from service.access.capabilities import kind_of, token_print
from service.access.errors import CapabilityUnknown
from service.access.ports import Grant, GrantStore, Share, ShareStore
from service.access.readers import Reader

_CACHE_ENTRIES = 4096
_CACHE_SECONDS = 5.0


def share_reader(share: Share, ends: int) -> Reader:
    """The holder of a share, by a token that ends at `ends` (ms): its one trade."""
    tenant = share.tenant
    return Reader("share", share.id, tenant.platform, tenant.mode, trade=share.trade, expires_at=ends)


def grant_reader(grant: Grant) -> Reader:
    """The holder of a grant: the trade of its one dispute."""
    return Reader(
        "grant",
        grant.id,
        grant.tenant.platform,
        grant.tenant.mode,
        trade=grant.trade,
        dispute=grant.dispute,
        restricted=grant.restricted,
        role=grant.role,
        expires_at=grant.expires_at,
    )


class Holders:
    """Who holds a token. Safe to call from several threads.

    A token once looked up is known for five seconds (its own end permitting) without the database; that is
    how long a share or grant revoked by another process may go on working in this one.
    """

    def __init__(
        self,
        shares: ShareStore,
        grants: GrantStore,
        pepper: bytes,
        *,
        clock_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._shares = shares
        self._grants = grants
        self._pepper = pepper
        self._clock_ms = clock_ms
        self._monotonic = monotonic
        self._cache: OrderedDict[bytes, tuple[float, Reader]] = OrderedDict()
        self._lock = threading.Lock()
        self._revocations = 0

    def cached(self, token: str) -> Reader | None:
        """The reader, if the token was looked up within the last five seconds and has not ended."""
        with self._lock:
            found = self._cache.get(_cache_key(token))
        if found is None or found[0] < self._monotonic() or self._ended(found[1]):
            return None
        return found[1]

    def reader(self, token: str) -> Reader:
        """The reader of a token; CapabilityUnknown for any that opens nothing, whatever the reason."""
        kind = kind_of(token)
        if kind is None:
            raise CapabilityUnknown("the token opens nothing")
        known = self.cached(token)
        if known is not None:
            return known
        known_until, before = self._monotonic() + _CACHE_SECONDS, self._revocations
        found = self._share(token) if kind == "share" else self._grant(token)
        if found is None or self._ended(found):
            raise CapabilityUnknown("the token opens nothing")
        with self._lock:
            # What was read before a revocation must not be remembered after it.
            if before == self._revocations:
                self._cache[_cache_key(token)] = (known_until, found)
                self._cache.move_to_end(_cache_key(token))
                while len(self._cache) > _CACHE_ENTRIES:
                    self._cache.popitem(last=False)
        return found

    def forget(self) -> None:
        """Empty the cache: something was revoked."""
        with self._lock:
            self._revocations += 1
            self._cache.clear()

    def _ended(self, reader: Reader) -> bool:
        return reader.expires_at is not None and reader.expires_at <= self._clock_ms()

    def _share(self, token: str) -> Reader | None:
        found = self._shares.share_by_token(token_print(self._pepper, token))
        if found is None or found[0].revoked_at is not None:
            return None
        return share_reader(*found)

    def _grant(self, token: str) -> Reader | None:
        grant = self._grants.grant_by_token(token_print(self._pepper, token))
        return None if grant is None or grant.revoked_at is not None else grant_reader(grant)


def _cache_key(token: str) -> bytes:
    """No plain token stays in memory."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
