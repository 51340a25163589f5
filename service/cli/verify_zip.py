"""Opening a bundle that anybody may have made: nothing goes to disk, nothing is read without a limit."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib

from service.core.errors import TallyError
from service.core.evidence_manifest import MAX_FILES, safe_path
from service.core.verify_bundle import Files

MAGIC = b"PK\x03\x04"
MAX_BUNDLE_BYTES = 256 * 1024 * 1024
MAX_CONTENT_BYTES = 512 * 1024 * 1024
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ENCRYPTED = 0x1


class BundleRefused(TallyError):
    """The archive is none of ours, or made to do harm."""


def open_bundle(data: bytes) -> Files:
    """The files of an archive by path; None for one that is damaged. Raises BundleRefused.

    Refused are: names that leave the folder or differ in case alone, duplicates, links and devices,
    encryption, other methods than stored and deflated, and contents beyond 512 MiB by what the archive itself
    says (more is never inflated than that).
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleRefused(f"an archive of more than {MAX_BUNDLE_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [each for each in archive.infolist() if not _is_folder(each)]
            _check(files)
            return {each.filename: _content(archive, each) for each in files}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise BundleRefused(f"not an archive that can be read: {error}") from None


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith("/") and info.file_size == 0 and safe_path(info.filename[:-1])


def _check(files: list[zipfile.ZipInfo]) -> None:
    if len(files) > MAX_FILES:
        raise BundleRefused(f"more than {MAX_FILES} files")
    if sum(each.file_size for each in files) > MAX_CONTENT_BYTES:
        raise BundleRefused(f"contents of more than {MAX_CONTENT_BYTES} bytes")
    seen: set[str] = set()
    for each in files:
        name = each.filename
        if name != each.orig_filename or not safe_path(name):
            raise BundleRefused(f"the name {each.orig_filename!a}")
        if name.lower() in seen:
            raise BundleRefused(f"two files of the name {name}")
        seen.add(name.lower())
        kind = stat.S_IFMT(each.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise BundleRefused(f"{name} is a link or device")
        if each.flag_bits & _ENCRYPTED or each.compress_type not in (_STORED, _DEFLATED):
            raise BundleRefused(f"{name} is encrypted, or packed by an unusual method")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    """At most `file_size` bytes are inflated, whatever the data would give."""
    try:
        with archive.open(info) as file:
            content = file.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError):
        return None
    return content if len(content) == info.file_size else None
