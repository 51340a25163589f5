"""C2SP signed notes: a text, a blank line, and lines `— <name> <base64(key id ‖ signature)>`.

Strict both ways: what would not be written back byte for byte is refused. FormatError when a note or key
is not in the format, VerificationError when a signature does not hold.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from service.core import ed25519
from service.core.errors import FormatError, VerificationError

ED25519: Final = 0x01
ECDSA: Final = 0x02
COSIGNATURE: Final = 0x04
EIP712: Final = 0xFF

MAX_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 16
KEY_ID_SIZE: Final = 4

_SIGNATURE_PREFIX = "— "  # U+2014 em dash
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name. `public_key` is 32 bytes (Ed25519, cosignature) or a DER SPKI (ECDSA)."""

    name: str
    key_id: bytes
    algorithm: int
    public_key: bytes

    def format(self) -> str:
        """The vkey text `<name>+<key id in hex>+<base64(algorithm ‖ public key)>`."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes((self.algorithm,)) + self.public_key)}"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line: who claims to have signed (name, 4-byte key id) and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note: its text, final newline included, and its signature lines in order."""

    body: str
    signatures: tuple[SignatureLine, ...]


class Signer(Protocol):
    """Whoever signs notes: a name, a 4-byte key id, and what follows the key id in the signature line."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...


class Ed25519Signer:
    """Signs notes with an Ed25519 key (type 0x01) given by its 32-byte seed."""

    __slots__ = ("_key", "vkey")

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = ed25519.SigningKey(seed)
        self.vkey = ed25519_vkey(name, self._key.public_key)

    @property
    def name(self) -> str:
        """The key's name."""
        return self.vkey.name

    @property
    def key_id(self) -> bytes:
        """The key's id, 4 bytes."""
        return self.vkey.key_id

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over `message`."""
        return self._key.sign(message)


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    """SHA-256(name ‖ 0x0A ‖ algorithm ‖ key)[:4], the key id of all types but ECDSA."""
    return sha256(name.encode() + b"\n" + bytes((algorithm,)) + key).digest()[:KEY_ID_SIZE]


def ed25519_vkey(name: str, public_key: bytes) -> VerifierKey:
    """The verifier key (type 0x01) of an Ed25519 public key; FormatError for a bad name or key."""
    check_name(name)
    return VerifierKey(name, key_id(name, ED25519, _edwards_key(public_key)), ED25519, public_key)


def parse_vkey(text: str) -> VerifierKey:
    """Read `<name>+<key id>+<key>`; the types 0x01 (Ed25519), 0x02 (ECDSA), 0x04 (cosignature) are known.

    Only Ed25519 keys can open notes here. FormatError for other types, a bad point, or a key id that is
    not the key's.
    """
    parts = text.split("+", 2) if type(text) is str else []
    if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise FormatError("a verifier key is <name>+<8 hex digits>+<base64>")
    name, given = check_name(parts[0]), bytes.fromhex(parts[1])
    decoded = decode_base64(parts[2])
    algorithm, public_key = decoded[0] if decoded else 0, decoded[1:]
    if algorithm in (ED25519, COSIGNATURE):
        expected = key_id(name, algorithm, _edwards_key(public_key))
    elif algorithm == ECDSA:
        expected = sha256(_p256_key(public_key)).digest()[:KEY_ID_SIZE]
    else:
        raise FormatError(f"a verifier key of unknown type 0x{algorithm:02x}")
    if given != expected:
        raise FormatError("a verifier key whose key id belongs to another key")
    return VerifierKey(name, given, algorithm, public_key)


def parse(note: str | bytes) -> Note:
    """Take a note apart without judging its signatures; FormatError unless `format` would write it so.

    At most 1 MB and 16 signatures. The text is UTF-8 without control characters, ends in a newline and
    may hold blank lines: the last one separates the signatures.
    """
    text = _decode(note)
    separator = text.rfind("\n\n")
    if separator < 0 or not text.endswith("\n"):
        raise FormatError("a note is a text, a blank line and signature lines, each ended by a newline")
    lines = text[separator + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise FormatError(f"a note has 1 to {MAX_SIGNATURES} signatures")
    return Note(text[: separator + 1], tuple(_parse_line(line) for line in lines))


def format(note: Note) -> str:
    """The note's text: what `parse` takes apart."""
    return note.body + "\n" + "".join(_format_line(line) for line in note.signatures)


def sign(body: str, signers: Iterable[Signer]) -> str:
    """A note of `body` (which ends in a newline) with one signature line a signer, in their order."""
    message = _decode(body).encode()
    if not body.endswith("\n"):
        raise FormatError("a note's text ends in a newline")
    lines = tuple(SignatureLine(check_name(who.name), who.key_id, who.sign(message)) for who in signers)
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise FormatError(f"a note has 1 to {MAX_SIGNATURES} signatures")
    return format(Note(body, lines))


def open(note: str | bytes, verifiers: Iterable[VerifierKey]) -> Note:
    """The note, when at least one line is by a known key and every line by a known key holds.

    Lines by unknown keys are passed over, as the format demands. VerificationError otherwise, and for
    keys that are not Ed25519 or not told apart by (name, key id).
    """
    opened = parse(note)
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in verifiers:
        if key.algorithm != ED25519:
            raise VerificationError(f"notes cannot be opened with a key of type 0x{key.algorithm:02x}")
        if known.setdefault((key.name, key.key_id), key) != key:
            raise VerificationError("two verifier keys with the same name and key id")
    message = opened.body.encode()
    verified = False
    for line in opened.signatures:
        if (by := known.get((line.name, line.key_id))) is not None:
            ed25519.verify(by.public_key, message, line.signature)
            verified = True
    if not verified:
        raise VerificationError("no signature by a known key")
    return opened


def check_name(name: str) -> str:
    """`name` itself if it may name a key: no white space, plus or control character in it; FormatError."""
    if type(name) is not str or not _NAME.fullmatch(name):
        raise FormatError("a key name has no white space, plus or control characters and is not empty")
    _decode(name)
    return name


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of canonical standard base64 (padded, unused bits zero, no white space); FormatError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("not base64") from None
    if encode_base64(data) != text:
        raise FormatError("base64 that is not canonical")
    return data


def _decode(note: str | bytes) -> str:
    if type(note) is str:
        note = _encode(note)
    if type(note) is not bytes:
        raise FormatError("a note is text or bytes")
    if len(note) > MAX_BYTES:
        raise FormatError(f"a note of more than {MAX_BYTES} bytes")
    try:
        text = note.decode()
    except UnicodeDecodeError:
        raise FormatError("a note is UTF-8") from None
    if _CONTROL.search(text):
        raise FormatError("a note has no control characters but newlines")
    return text


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise FormatError("a text with a lone surrogate") from None


def _parse_line(line: str) -> SignatureLine:
    name, _, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(_SIGNATURE_PREFIX):
        raise FormatError("a signature line is an em dash, a space, a name, a space and base64")
    decoded = decode_base64(encoded)
    if len(decoded) <= KEY_ID_SIZE:
        raise FormatError("a signature line holds a key id and a signature")
    return SignatureLine(check_name(name), decoded[:KEY_ID_SIZE], decoded[KEY_ID_SIZE:])


def _format_line(line: SignatureLine) -> str:
    return f"{_SIGNATURE_PREFIX}{line.name} {encode_base64(line.key_id + line.signature)}\n"


def _edwards_key(public_key: bytes) -> bytes:
    try:
        return ed25519.check_public_key(public_key)
    except VerificationError as bad:
        raise FormatError(str(bad)) from None


def _p256_key(spki: bytes) -> bytes:
    try:
        key = load_der_public_key(spki)
    except Exception:  # the parser has several kinds of complaint, one of them UnsupportedAlgorithm
        raise FormatError("not a DER SubjectPublicKeyInfo") from None
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise FormatError("an ECDSA verifier key is on P-256")
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        raise FormatError("a SubjectPublicKeyInfo that is not in its canonical encoding")
    return spki
