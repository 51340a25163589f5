"""Ed25519 exactly as RFC 8032 §5.1 writes it: one encoding a point, s below the group order.

OpenSSL decodes public keys whose y is not reduced and knows no small-order check, so both are done here:
a key of small order verifies one signature for many messages, and a second spelling of a key would be a
second key id.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.core.errors import FormatError, VerificationError

FIELD: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64

_SQRT_MINUS_1: Final = pow(2, (FIELD - 1) // 4, FIELD)
_D: Final = -121665 * pow(121666, -1, FIELD) % FIELD
# y of the points of order 8, up to its sign: 2·y² = 1 - d·y⁴, as doubling them gives a point with y = 0.
_Y8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y: Final = frozenset({1, FIELD - 1, 0, _Y8, FIELD - _Y8})  # orders 1, 2, 4 and 8


class SigningKey:
    """An Ed25519 private key from its 32-byte seed; signatures are deterministic (RFC 8032 §5.1.6)."""

    __slots__ = ("_key", "public_key")

    def __init__(self, seed: bytes) -> None:
        if type(seed) is not bytes or len(seed) != KEY_SIZE:
            raise FormatError("an Ed25519 seed is 32 bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature R ‖ s over `message`."""
        return self._key.sign(message)


def check_public_key(public_key: bytes) -> bytes:
    """`public_key` itself when it is the one encoding of a curve point of large order; VerificationError."""
    if type(public_key) is not bytes or len(public_key) != KEY_SIZE:
        raise VerificationError("an Ed25519 public key is 32 bytes")
    _check_point(public_key)
    return public_key


@lru_cache(maxsize=256)  # finding out whether a point is on the curve takes longer than a signature
def _check_point(public_key: bytes) -> None:
    y = int.from_bytes(public_key, "little") & (1 << 255) - 1
    if y >= FIELD:
        raise VerificationError("an Ed25519 public key that is not canonical: y is not reduced")
    if y in _SMALL_ORDER_Y:  # with x = 0 among them, so a sign bit on x = 0 needs no check of its own
        raise VerificationError("an Ed25519 public key of small order")
    if not _is_on_curve(y):
        raise VerificationError("an Ed25519 public key that is no point of the curve")


def check_signature(signature: bytes) -> None:
    """Check R ‖ s without a key: 64 bytes, R's y and s reduced (§5.1.7); VerificationError."""
    if type(signature) is not bytes or len(signature) != SIGNATURE_SIZE:
        raise VerificationError("an Ed25519 signature is 64 bytes")
    if int.from_bytes(signature[:32], "little") & (1 << 255) - 1 >= FIELD:
        raise VerificationError("an Ed25519 signature that is not canonical: R is not reduced")
    if int.from_bytes(signature[32:], "little") >= ORDER:
        raise VerificationError("an Ed25519 signature that is not canonical: s is not reduced")


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature (§5.1.7, without the cofactor); VerificationError unless it is good."""
    check_public_key(public_key)
    check_signature(signature)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        raise VerificationError("the Ed25519 signature is not by this key over this text") from None


def _is_on_curve(y: int) -> bool:
    """Whether x² = (y² - 1) / (d·y² + 1) has a root (§5.1.3)."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, FIELD) % FIELD
    root = pow(square, (FIELD + 3) // 8, FIELD)
    return square in (root * root % FIELD, (root * _SQRT_MINUS_1) ** 2 % FIELD)
