"""Names that nobody outside can foretell: event ids of steps that the service records, and marks of requests.

The event id of a step is made from its trade and from how many steps the trade had before, so two steps that
are taken at once collide in the log, where ids are unique: one is appended, the other is looked at again.
A platform that could compute these ids would post them first and so keep its user from being heard; hence
the secret.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode

from service.core.hexs import to_hex
from service.disputes.ports import Random

_COME_BETWEEN = 16


class Naming:
    """Derives names under a secret of 32 bytes that all processes of the service share."""

    def __init__(self, secret: bytes, random: Random) -> None:
        self._secret = secret
        self._random = random

    def event(self, log_id: bytes, trade: str, steps: int) -> str:
        """The event id of the step that follows `steps` others in the trade."""
        return "dispute:" + _base32(self._keyed(b"event", log_id, trade.encode(), str(steps).encode()))

    def is_step(self, log_id: bytes, trade: str, event: str, before: int) -> bool:
        """Whether this is the id that `event` gave a step, `before` being how many steps the trade had when
        it arrived; some of these may have come between the look at the trade and the step.
        """
        return any(
            hmac.compare_digest(self.event(log_id, trade, steps), event)
            for steps in range(before, max(-1, before - _COME_BETWEEN), -1)
        )

    def consent(self, log_id: bytes, trade: str, signature: str) -> str:
        """The event id of a consent with this signature: the same signature, the same event."""
        return "consent:" + _base32(self._keyed(b"consent", log_id, trade.encode(), signature.encode()))

    def dispute(self) -> str:
        """A new dispute's id."""
        return "d-" + _base32(self._random(16))

    def mark(self, log_id: bytes, trade: str, role: str, key: str) -> str:
        """What stands in a step's entry for the idempotency key it was asked for with."""
        return to_hex(self._keyed(b"request", log_id, trade.encode(), role.encode(), key.encode()))

    def _keyed(self, *parts: bytes) -> bytes:
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._secret, message, hashlib.sha256)


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()
