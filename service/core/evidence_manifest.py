"""The manifest of an evidence bundle: every file by name with its digests, and the log's signature over it.

`manifest.note` is a C2SP signed note of five lines and one Ed25519 signature by the log's checkpoint key. Its
first line has spaces, which no origin has, so that it can never be taken for a checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from service.core import note as notes
from service.core import receipt as receipts
from service.core import shape
from service.core.canonical import canonicalize
from service.core.canonical import parse as parse_json
from service.core.errors import CanonicalizationError, FormatError, VerificationError
from service.core.hexs import from_hex, to_hex
from service.core.note import parse_vkey
from service.core.receipt import ReceiptLog
from service.core.sm3 import sm3
from service.core.times import format_time, parse_time
from service.core.trust import TrustedKey

FORMAT = "tallystick-manifest/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.note"
FIRST_LINE = "tallystick evidence manifest 1"
MAX_MANIFEST_BYTES = 8 * 1024 * 1024
MAX_FILES = 8192
_MANIFEST = frozenset({"format", "log", "trade", "taken", "files"})
_FILE = frozenset({"path", "bytes", "sha256", "sm3"})
_PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileDigest:
    """One file: its path in the bundle, size in bytes, SHA-256 and SM3."""

    path: str
    size: int
    sha256: bytes
    sm3: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a bundle but the manifest and its signature; `taken` in ms, as in the evidence."""

    log: ReceiptLog
    trade: str
    taken: int
    files: tuple[FileDigest, ...]


def digest_of(path: str, content: bytes) -> FileDigest:
    """The line of one file."""
    return FileDigest(path, len(content), sha256(content).digest(), sm3(content))


def safe_path(path: str) -> bool:
    """Whether the path stays inside a folder on every system: plain ASCII names, none begun by a dot."""
    return len(path) <= 200 and _PATH.fullmatch(path) is not None


def parse(data: bytes) -> Manifest:
    """Read `manifest.json`. Errors: FormatError."""
    try:
        value = parse_json(data, max_bytes=MAX_MANIFEST_BYTES)
    except CanonicalizationError as error:
        raise FormatError(error.message, error.pointer) from None
    m = shape.members(value, _MANIFEST, "")
    shape.literal(m["format"], FORMAT, "/format")
    files = shape.elements(m["files"], "/files", MAX_FILES)
    return Manifest(
        log=receipts.parse_log(m["log"]),
        trade=shape.text(m["trade"], "/trade"),
        taken=parse_time(m["taken"], "/taken"),
        files=tuple(_file(each, f"/files/{n}") for n, each in enumerate(files)),
    )


def format(manifest: Manifest) -> bytes:
    """`manifest.json` in RFC 8785 form."""
    value = {
        "format": FORMAT,
        "log": receipts.log_value(manifest.log),
        "trade": manifest.trade,
        "taken": format_time(manifest.taken),
        "files": [
            {"path": each.path, "bytes": each.size, "sha256": to_hex(each.sha256), "sm3": to_hex(each.sm3)}
            for each in manifest.files
        ],
    }
    return canonicalize(value, max_bytes=MAX_MANIFEST_BYTES)


def note_body(manifest: Manifest, data: bytes) -> str:
    """What is signed: five lines, the last of them the SHA-256 of `data`, the bytes of `manifest.json`."""
    lines = (
        FIRST_LINE,
        manifest.log.origin,
        manifest.trade,
        format_time(manifest.taken),
        sha256(data).hexdigest(),
    )
    return "".join(f"{line}\n" for line in lines)


def verify_note(
    signed: bytes, manifest: Manifest, data: bytes, keys: Iterable[TrustedKey]
) -> tuple[TrustedKey, ...]:
    """Which of the keys signed exactly this manifest: none when the signature is by none of them, several
    when pairs share their Ed25519 key.

    Errors: FormatError or VerificationError when the note is not of this manifest, or the signature does not
    hold.
    """
    opened = notes.parse(signed)
    if opened.body != note_body(manifest, data):
        raise VerificationError("the note is not over this manifest")
    if len(opened.signatures) != 1:
        raise VerificationError("the manifest's note has exactly one signature")
    (line,) = opened.signatures
    named = [key for key in keys if parse_vkey(key.ed25519).key_id == line.key_id]
    if not named or line.name != manifest.log.origin:
        return ()
    signers = {key.ed25519 for key in named if _holds(signed, key)}
    if not signers:
        raise VerificationError("the signature of the manifest's note does not hold")
    return tuple(key for key in named if key.ed25519 in signers)


def _holds(signed: bytes, key: TrustedKey) -> bool:
    try:
        notes.open(signed, [parse_vkey(key.ed25519)])
    except VerificationError:
        return False
    return True


def _file(value: object, at: str) -> FileDigest:
    m = shape.members(value, _FILE, at)
    path = shape.text(m["path"], f"{at}/path")
    if not safe_path(path):
        raise FormatError("a path of plain ASCII names below the folder", f"{at}/path")
    return FileDigest(
        path=path,
        size=shape.integer(m["bytes"], f"{at}/bytes"),
        sha256=from_hex(m["sha256"], 32, f"{at}/sha256"),
        sm3=from_hex(m["sm3"], 32, f"{at}/sm3"),
    )
