"""SM3 (GB/T 32905-2016), beside SHA-256 wherever a Chinese court may ask for it."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash


def sm3(data: bytes) -> bytes:
    """The SM3 digest, 32 bytes."""
    hashed = Hash(SM3())
    hashed.update(data)
    return hashed.finalize()
