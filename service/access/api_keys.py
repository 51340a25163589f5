"""API keys: minting, fingerprints and authentication.

A key reads `tally_live_` + 32 random base-62 characters (190 bits) + 6 characters of CRC-32. The checksum
lets a mistyped or invented key be refused without a look into the database, and lets secret scanners
recognise a leaked one. Stored is HMAC-SHA-256(pepper, key) alone: a copy of the database without the pepper
file opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from service.access.errors import ApiKeyUnknown, NotAuthenticated
from service.access.ports import AccessStore, ApiKey, ApiKeyId, Mode, Role

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_CHARACTERS = 32
_CHECK_CHARACTERS = 6
_SHAPE = re.compile(r"tally_(?:live|test|admin)_[0-9A-Za-z]{38}")
_CACHE_ENTRIES = 1024
_CACHE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Principal:
    """Who speaks: the platform and mode (its live or its test log), or the operator (`role` admin)."""

    key_id: ApiKeyId
    platform: str
    mode: Mode
    role: Role


def _base62(number: int, length: int) -> str:
    characters = []
    for _ in range(length):
        number, remainder = divmod(number, 62)
        characters.append(_ALPHABET[remainder])
    return "".join(reversed(characters))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), _CHECK_CHARACTERS)


def mint(kind: str, random: Callable[[int], bytes]) -> str:
    """A new token of `kind`: live, test or admin for keys. `random(n)` gives n random bytes.

    62^32 < 2^191, so 32 random bytes reduced modulo 62^32 are uniform to within 2^-65.
    """
    body = f"tally_{kind}_" + _base62(
        int.from_bytes(random(32), "big") % 62**_RANDOM_CHARACTERS, _RANDOM_CHARACTERS
    )
    return body + _checksum(body)


def fingerprint(pepper: bytes, token: str) -> bytes:
    """HMAC-SHA-256 of the key under the server's pepper (32 bytes)."""
    return hmac.digest(pepper, token.encode("utf-8", "surrogateescape"), hashlib.sha256)


def checksum_fits(token: str) -> bool:
    """Whether the last characters of an ASCII token are the checksum of the others."""
    return token[-_CHECK_CHARACTERS:] == _checksum(token[:-_CHECK_CHARACTERS])


def well_formed(token: str) -> bool:
    """Whether the key has the fixed shape and its checksum fits."""
    return _SHAPE.fullmatch(token) is not None and checksum_fits(token)


def _cache_key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


class ApiKeys:
    """Authentication and life cycle of API keys. Safe to call from several threads."""

    def __init__(
        self,
        store: AccessStore,
        pepper: bytes,
        *,
        clock_ms: Callable[[], int],
        monotonic: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._pepper = pepper
        self._clock_ms = clock_ms
        self._monotonic = monotonic
        self._random = random
        self._cache: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._lock = threading.Lock()

    def cached(self, token: str) -> Principal | None:
        """The principal, if this key was looked up within the last 5 s: no database, fit for an event loop.

        The cache is keyed by SHA-256 of the key: no plain key stays in memory, and (unlike hmac.digest)
        hashing so few bytes does not give up the interpreter lock, which costs a busy server more than the
        hash.


        Five seconds are how long a key revoked by another process may go on working in this one.
        """
        with self._lock:
            found = self._cache.get(_cache_key(token))
        if found is None or found[0] < self._monotonic():
            return None
        return found[1]

    def authenticate(self, token: str) -> Principal:
        """The principal of a valid key; NotAuthenticated otherwise. Asks the database when the cache does
        not know.

        The lookup is by HMAC, so its duration says nothing about the stored keys; the comparison of the row
        found is constant-time all the same.
        """
        if not well_formed(token):
            raise NotAuthenticated("the API key is not valid")
        found = self.cached(token)
        if found is not None:
            return found
        print_ = fingerprint(self._pepper, token)
        row = self._store.api_key_by_fingerprint(print_)
        if row is None or row.revoked_at is not None or not hmac.compare_digest(row.fingerprint, print_):
            raise NotAuthenticated("the API key is not valid")
        principal = Principal(row.id, row.platform, row.mode, row.role)
        with self._lock:
            self._cache[_cache_key(token)] = (self._monotonic() + _CACHE_SECONDS, principal)
            self._cache.move_to_end(_cache_key(token))
            while len(self._cache) > _CACHE_ENTRIES:
                self._cache.popitem(last=False)
        return principal

    def create(self, platform: str, mode: Mode, role: Role, label: str) -> tuple[ApiKey, str]:
        """Mint and store a key. The second value is the key itself: shown once, stored nowhere."""
        token = mint("admin" if role == "admin" else mode, self._random)
        key = ApiKey(
            id=ApiKeyId("key_" + self._random(8).hex()),
            platform=platform,
            mode=mode,
            role=role,
            label=label,
            fingerprint=fingerprint(self._pepper, token),
            created_at=self._clock_ms(),
        )
        self._store.add_api_key(key)
        return key, token

    def valid(self, token: str) -> bool:
        """Whether the key would authenticate now; asks the database."""
        row = self._store.api_key_by_fingerprint(fingerprint(self._pepper, token))
        return row is not None and row.revoked_at is None

    def list(self, platform: str | None = None) -> list[ApiKey]:
        """All keys, oldest first."""
        return self._store.api_keys(platform)

    def revoke(self, key_id: ApiKeyId) -> ApiKey:
        """Revoke a key: at once in this process, within 5 s in others. ApiKeyUnknown when no key has this
        id.
        """
        row = self._store.revoke_api_key(key_id, self._clock_ms())
        if row is None:
            raise ApiKeyUnknown("no API key has this id")
        with self._lock:
            self._cache.clear()
        return row
