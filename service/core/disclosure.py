"""Salted disclosures: one committed claim each (RFC 9901 §4.2), with RFC 8785 inside instead of free-form
JSON.

A disclosure is `base64url(JCS([salt, name, value]))` without padding; its digest is
`base64url(SHA-256(ASCII(disclosure)))`. A holder shows some claims and withholds others; erasing the
disclosure leaves a digest that cannot be guessed back, because the salt carries 128 random bits.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from service.core.canonical import canonicalize
from service.core.canonical import parse as parse_json
from service.core.errors import CanonicalizationError, FormatError

SALT_BYTES = 16
MAX_DISCLOSURE_BYTES = 65536 + 256
"""Decoded size: a whole event of 64 KiB in one claim still fits beside its salt."""

_BASE64 = b"+/"
_BASE64URL = b"-_"
_TO_URL = bytes.maketrans(_BASE64, _BASE64URL)
_FROM_URL = bytes.maketrans(_BASE64URL, _BASE64)

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")
_SALT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
# Printable ASCII without space, quote and backslash: such a name needs no escape in JSON and can be spliced.
_NAME = re.compile(r"[!#-\[\]-~]{1,128}")
_RESERVED = frozenset({"_sd", "_sd_alg", "..."})


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One opened disclosure: the salt's text, the claim's name, and its value (a canonical JSON value)."""

    salt: str
    name: str
    value: object


def encode_base64url(data: bytes) -> str:
    """RFC 4648 §5 without padding."""
    return b2a_base64(data, newline=False).rstrip(b"=\n").translate(_TO_URL).decode()


def decode_base64url(text: str, pointer: str = "") -> bytes:
    """Undo `encode_base64url`; FormatError for padding, other alphabets, and non-zero trailing bits."""
    if _ALPHABET.fullmatch(text) is None:
        raise FormatError("not base64url without padding", pointer)
    try:
        data = a2b_base64(text.encode().translate(_FROM_URL) + b"=" * (-len(text) % 4))
    except Base64Error as error:
        raise FormatError("not base64url without padding", pointer) from error
    if encode_base64url(data) != text:
        raise FormatError("base64url with non-zero trailing bits", pointer)
    return data


def new_salt(random16: bytes) -> str:
    """The salt's text for 16 random bytes: 22 characters of base64url."""
    if len(random16) != SALT_BYTES:
        raise FormatError(f"a salt is made from {SALT_BYTES} random bytes, not {len(random16)}")
    return encode_base64url(random16)


def check_salt(salt: object, pointer: str = "") -> str:
    """Return the salt if it is canonical base64url of 16 bytes (RFC 9901 §9.3 asks for 128 random bits)."""
    if type(salt) is not str or _SALT.fullmatch(salt) is None:
        raise FormatError("a salt is 16 random bytes in 22 characters of base64url", pointer)
    return salt


@lru_cache(maxsize=4096)
def check_name(name: str, pointer: str = "") -> str:
    """Return the claim name if it is 1-128 printable ASCII characters, not reserved by RFC 9901 §4.2.1."""
    if _NAME.fullmatch(name) is None:
        raise FormatError('a claim name is 1-128 printable ASCII characters without space, " and \\', pointer)
    if name in _RESERVED:
        raise FormatError(f"the claim name {name} is reserved", pointer)
    return name


def is_digest(text: object) -> bool:
    """Whether the text is a disclosure digest: canonical base64url of 32 bytes (43 characters)."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def make(salt: str, name: str, value: object) -> str:
    """The disclosure of one claim. Errors: FormatError (salt, name), CanonicalizationError (value)."""
    check_salt(salt)
    check_name(name)
    plain = b'["%b","%b",%b]' % (salt.encode(), name.encode(), canonicalize(value))
    return b2a_base64(plain, newline=False).rstrip(b"=").translate(_TO_URL).decode()


def digest(disclosure: str) -> str:
    """The digest committed in the statement's `_sd`: 43 characters (RFC 9901 §4.2.3). Does not parse."""
    return b2a_base64(sha256(disclosure.encode()).digest(), newline=False)[:43].translate(_TO_URL).decode()


def parse(disclosure: str, pointer: str = "") -> Disclosed:
    """Open one disclosure, refusing whatever `make` would not write in exactly these characters.

    Errors: FormatError, CanonicalizationError (both carry the given pointer).
    """
    if type(disclosure) is not str:
        raise FormatError("a disclosure must be a string", pointer)
    try:
        members = parse_json(decode_base64url(disclosure, pointer), max_bytes=MAX_DISCLOSURE_BYTES)
    except CanonicalizationError as error:
        raise FormatError(f"the disclosure is not canonical JSON: {error}", pointer) from error
    if not isinstance(members, list) or len(members) != 3:
        raise FormatError("a disclosure holds exactly salt, name and value", pointer)
    salt, name, value = members
    check_salt(salt, pointer)
    if not isinstance(name, str):
        raise FormatError("a claim name must be a string", pointer)
    check_name(name)
    if make(salt, name, value) != disclosure:
        raise FormatError("the disclosure is not canonical JSON (RFC 8785)", pointer)
    return Disclosed(salt, name, value)
