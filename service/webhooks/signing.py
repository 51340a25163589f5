"""Signatures after the Standard Webhooks specification, version 1 (standardwebhooks.com), symmetric scheme.

`webhook-signature` holds, separated by spaces, `v1,` and the base64 of HMAC-SHA256 over
`{webhook-id}.{webhook-timestamp}.{body}` for each secret that is in force.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_PREFIX = "whsec_"  # noqa: S105 - what all secrets begin with
_SECRET_BYTES = 32
_NONCE_BYTES = 12


def mint_secret(random: Callable[[int], bytes]) -> str:
    """A new secret as its owner is shown it, once."""
    return SECRET_PREFIX + base64.b64encode(random(_SECRET_BYTES)).decode()


def sign(secrets: Sequence[str], message: str, timestamp: int, body: bytes) -> str:
    """The header's value; `timestamp` in seconds."""
    signed = f"{message}.{timestamp}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix(SECRET_PREFIX)) for secret in secrets]
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode() for key in keys)


class SecretBox:
    """Secrets at rest: AES-256-GCM under a key of the data folder, bound to the endpoint's id. A copy of the
    database alone signs nothing.
    """

    def __init__(self, key: bytes, random: Callable[[int], bytes]) -> None:
        self._cipher = AESGCM(key)
        self._random = random

    def seal(self, secret: str, endpoint: str) -> bytes:
        """What is stored."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), endpoint.encode())

    def open(self, sealed: bytes, endpoint: str) -> str:
        """The secret. Raises cryptography's InvalidTag when it was sealed under another key or for another
        endpoint.
        """
        nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._cipher.decrypt(nonce, box, endpoint.encode()).decode()
