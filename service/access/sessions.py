"""Sessions: somebody who has shown a platform's API key once goes on without it, for a while.

A session's token is 32 random bytes; stored is its HMAC alone. It ends after twelve hours, after two hours
without a request, when its holder signs out, and when its key is revoked: every request asks the database, so
at once and in every process. The key itself is kept nowhere.

With each session goes a second secret, derived from the first, which a page puts into its forms and a form
must send back: what another site makes a browser send carries the cookie at most, never that.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

from service.access.api_keys import ApiKeys, Principal, well_formed
from service.access.errors import NotAuthenticated, NotPermitted
from service.access.limits import CodeBrake
from service.access.ports import ApiKey, Session, SessionStore

LIFE_MS = 12 * 3_600_000
IDLE_MS = 2 * 3_600_000
_NOTED_EVERY_MS = 60_000
"""A request is noted when the last one noted is this old: a page that polls must not write each time."""
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
_TOKEN_LABEL = b"tallystick session\0"
_FORM_LABEL = b"tallystick session form\0"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever a session belongs to. `form` is the secret that every form must send back; `label` is what the
    key is called, `expires_at` (ms) when the session ends at the latest.
    """

    principal: Principal
    label: str
    form: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session as given to the browser, this once."""

    token: str
    expires_at: int


class Sessions:
    """Life cycle of sessions. Safe to call from several threads."""

    def __init__(
        self,
        store: SessionStore,
        keys: ApiKeys,
        brake: CodeBrake,
        pepper: bytes,
        *,
        clock_ms: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._keys = keys
        self._brake = brake
        self._pepper = pepper
        self._clock_ms = clock_ms
        self._random = random

    def sign_in(self, api_key: str, caller: bytes) -> NewSession:
        """From a platform's API key to a session. `caller` is the hash of who asks.

        NotAuthenticated for a key that is not (or no longer) valid, NotPermitted for the operator's,
        TooManyAttempts. A key whose checksum is wrong was mistyped, and counts for nothing.
        """
        if not well_formed(api_key):
            raise NotAuthenticated("the API key is not valid")
        take_back = self._brake.admit(caller)
        principal = self._keys.authenticate(api_key)
        if not self._keys.valid(api_key):
            raise NotAuthenticated("the API key is not valid")  # revoked within the last five seconds
        take_back()
        if principal.role != "platform":
            raise NotPermitted("this needs a platform's API key")
        now = self._clock_ms()
        token = urlsafe_b64encode(self._random(32)).decode("ascii").rstrip("=")
        ends = now + LIFE_MS
        self._store.add_session(Session(self._print(token), principal.key_id, now, ends, now), now)
        return NewSession(token, ends)

    def signed_in(self, token: str, *, attended: bool = True) -> SignedIn | None:
        """Who a token belongs to, or None when it is nobody's (any more). Asks the database.

        `attended` False: a page asks by itself, which says nothing of anybody still sitting there.
        """
        if _SHAPE.fullmatch(token) is None:
            return None
        found = self._store.session(self._print(token))
        now = self._clock_ms()
        if found is None or not _alive(*found, now):
            return None
        session, key = found
        if attended and now - session.seen_at >= _NOTED_EVERY_MS:
            self._store.seen(session.token_print, now)
        principal = Principal(key.id, key.platform, key.mode, key.role)
        return SignedIn(principal, key.label, self._form(token), session.expires_at)

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._store.end_session(self._print(token))

    def _print(self, token: str) -> bytes:
        return hmac.digest(self._pepper, _TOKEN_LABEL + token.encode(), hashlib.sha256)

    def _form(self, token: str) -> str:
        secret = hmac.digest(self._pepper, _FORM_LABEL + token.encode(), hashlib.sha256)
        return urlsafe_b64encode(secret).decode("ascii").rstrip("=")


def _alive(session: Session, key: ApiKey, now: int) -> bool:
    return key.revoked_at is None and now < session.expires_at and now < session.seen_at + IDLE_MS


def form_is(signed_in: SignedIn, sent: str) -> bool:
    """Whether what a form sent back is its session's secret."""
    return hmac.compare_digest(signed_in.form.encode(), sent.encode("utf-8", "surrogateescape"))
