"""What somebody else holds: the receipts in a file that is a receipt, evidence, or an evidence bundle."""

from __future__ import annotations

import io
import zipfile
import zlib

from service.core import evidence, receipt
from service.core.errors import FormatError
from service.core.receipt import Receipt

MAX_HELD_BYTES = 4 * 1024 * 1024
MAX_HELD_RECEIPTS = 256
_EVIDENCE_MEMBER = "evidence.json"
_ZIP = b"PK\x03\x04"
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, NotImplementedError, EOFError, OSError)


def read_held(data: bytes) -> tuple[Receipt, ...]:
    """The receipts, at least one; FormatError when the file is none of the three, or holds too many."""
    if data.startswith(_ZIP):
        data = _member(data)
    try:
        return (receipt.parse(data),)
    except receipt.NotAReceipt:
        pass
    try:
        parts = evidence.parse(data)
    except evidence.NotEvidence:
        raise FormatError("neither a receipt, nor evidence.json, nor an evidence bundle") from None
    receipts = tuple(each.shown for each in parts.entries if isinstance(each.shown, Receipt))
    if not 1 <= len(receipts) <= MAX_HELD_RECEIPTS:
        raise FormatError(f"compare 1 to {MAX_HELD_RECEIPTS} entries at once, not {len(receipts)}")
    return receipts


def _member(data: bytes) -> bytes:
    """`evidence.json` of a bundle; never more of it than a posted file may be long, however it is packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle, bundle.open(_EVIDENCE_MEMBER) as member:
            content = member.read(MAX_HELD_BYTES + 1)
    except _BROKEN_ZIP:
        raise FormatError("the archive cannot be read, or holds no evidence.json") from None
    if len(content) > MAX_HELD_BYTES:
        raise FormatError(f"evidence.json is longer than {MAX_HELD_BYTES} bytes")
    return content
