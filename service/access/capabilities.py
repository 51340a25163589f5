"""Capability tokens: whoever holds one may see one trade (a share) or one dispute (a grant), until it ends.

They are made like API keys (190 random bits and a checksum, so that an invented one never reaches the
database) and stored like them: HMAC-SHA-256 under the pepper alone. Short codes and client addresses are
hashed under the same pepper, each with a label of its own, so that no two kinds of hash can meet.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Literal

from service.access.api_keys import checksum_fits, fingerprint, mint

Kind = Literal["share", "grant"]

_SHAPE = re.compile(r"tally_(share|grant)_[0-9A-Za-z]{38}")
_CODE_LABEL = b"tallystick share code\0"
_CALLER_LABEL = b"tallystick caller\0"


def mint_capability(kind: Kind, random: Callable[[int], bytes]) -> str:
    """A new token, `tally_share_…` or `tally_grant_…`."""
    return mint(kind, random)


def kind_of(token: str) -> Kind | None:
    """Which kind of capability a token is by its shape and checksum; None when it is neither."""
    match = _SHAPE.fullmatch(token)
    if match is None or not checksum_fits(token):
        return None
    return "share" if match[1] == "share" else "grant"


def token_print(pepper: bytes, token: str) -> bytes:
    """What is stored of a token."""
    return fingerprint(pepper, token)


def code_print(pepper: bytes, code: str) -> bytes:
    """What is stored of a short code (the eleven characters of `parse_code`)."""
    return hmac.digest(pepper, _CODE_LABEL + code.encode("ascii"), hashlib.sha256)


def caller_print(pepper: bytes, caller: str) -> bytes:
    """What is stored of a client's address or network: 16 bytes, the same for the same caller."""
    return hmac.digest(pepper, _CALLER_LABEL + caller.encode("utf-8"), hashlib.sha256)[:16]
