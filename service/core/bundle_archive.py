"""Opening a bundle that anybody may have made: nothing goes to disk, nothing is read without a limit.

Programs disagree about archives that are not plainly built: some go by the directory at the end, others by
the header before each file. So that everybody unpacks the files that were checked, an archive must be nothing
but its files, one after the other, and a directory that says the same of them.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

from service.core.errors import TallyError
from service.core.evidence_manifest import MAX_FILES, safe_path
from service.core.verify_bundle import Files

MAGIC = b"PK\x03\x04"
MAX_BUNDLE_BYTES = 256 * 1024 * 1024
MAX_CONTENT_BYTES = 512 * 1024 * 1024
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
_LOCAL = struct.Struct(
    "<4s2x2H4x3L2H"
)  # signature, flags, method, CRC, packed, size, lengths of name and extra
_END = struct.Struct("<4s4H2LH")  # signature, disks, counts here and in all, size and place, comment
_END_MAGIC, _DESCRIPTOR_MAGIC = b"PK\x05\x06", b"PK\x07\x08"
_RECORD_SIZE = 46
_EMPTY_PACKED = 2  # what an empty folder comes to when it is deflated
_ZIP64, _OTHER_NAME = 0x0001, 0x7075  # extra fields; the second has a name that some programs unpack under


class BundleRefused(TallyError):
    """The archive is none of ours, or made to do harm."""


def open_bundle(data: bytes, *, most: int | None = None) -> Files:
    """The files of an archive by path; None for one that is damaged. Raises BundleRefused.

    Refused are: names that leave the folder or differ in case alone, duplicates, links and devices,
    encryption, other methods than stored and deflated, ZIP64, second names, bytes that belong to no file,
    headers that contradict the directory, and contents beyond `most` bytes, by default 512 MiB, by what the
    archive itself says (more is never inflated than that).
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleRefused(f"an archive of more than {MAX_BUNDLE_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            files = [each for each in listed if not _is_folder(each)]
            _check(files, MAX_CONTENT_BYTES if most is None else most)
            starts = _check_layout(data, listed, archive.start_dir)
            return {each.filename: _content(data, each, starts[each.filename]) for each in files}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise BundleRefused(f"not an archive that can be read: {error}") from None


def _is_folder(info: zipfile.ZipInfo) -> bool:
    name, is_empty = info.orig_filename, info.file_size == 0 and info.compress_size <= _EMPTY_PACKED
    return name == info.filename and name.endswith("/") and is_empty and safe_path(name[:-1])


def _check(files: list[zipfile.ZipInfo], most: int) -> None:
    if len(files) > MAX_FILES:
        raise BundleRefused(f"more than {MAX_FILES} files")
    if sum(each.file_size for each in files) > most:
        raise BundleRefused(f"contents of more than {most} bytes")
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


def _check_layout(data: bytes, listed: list[zipfile.ZipInfo], directory: int) -> dict[str, int]:
    """Files fill the archive up to its directory, and that fills it up to the end. Where each begins."""
    starts, at = {}, 0
    for each in sorted(listed, key=lambda info: info.header_offset):
        starts[each.filename], at = _span(data, each, at)
    end = len(data) - _END.size
    found = _END.unpack_from(data, end) if end >= 0 else ()
    count = len(listed)
    if (
        _directory_end(data, directory, count) != end
        or at != directory
        or found != (_END_MAGIC, 0, 0, count, count, end - at, at, 0)
    ):
        raise BundleRefused("there are bytes in the archive that belong to no file")
    return starts


def _directory_end(data: bytes, at: int, count: int) -> int:
    """Where the directory ends by the lengths in its records."""
    for _ in range(count):
        if at + _RECORD_SIZE > len(data):
            return -1
        at += _RECORD_SIZE + sum(struct.unpack_from("<3H", data, at + 28))
    return at


def _span(data: bytes, info: zipfile.ZipInfo, at: int) -> tuple[int, int]:
    """Where the packed bytes of the file whose header is at `at` begin, and where the next header is."""
    name = info.orig_filename.encode("ascii")
    if info.header_offset != at or at + _LOCAL.size > len(data):
        raise BundleRefused("there are bytes in the archive that belong to no file")
    *told, name_length, extra_length = _LOCAL.unpack_from(data, at)
    named = at + _LOCAL.size + name_length
    start = named + extra_length
    sizes = [info.CRC, info.compress_size, info.file_size]
    same = (
        told[:3] == [MAGIC, info.flag_bits, info.compress_type] and data[named - name_length : named] == name
    )
    follow = bool(info.flag_bits & _SIZES_FOLLOW)
    if not same or not (told[3:] == sizes or (follow and not any(told[3:]))):
        raise BundleRefused(f"what the archive says of {info.filename} contradicts itself")
    for extra in (info.extra, data[named:start]):
        _check_extra(extra)
    end = start + info.compress_size
    if follow:
        if info.compress_type == _STORED and info.file_size:
            raise BundleRefused(f"nothing says where {info.filename} ends to who reads it from the beginning")
        end += _descriptor_length(data[end : end + 16], struct.pack("<3L", *sizes))
    return start, end


def _descriptor_length(found: bytes, sizes: bytes) -> int:
    """CRC and sizes may follow a file that was packed as it came, with a signature or without."""
    for descriptor in (_DESCRIPTOR_MAGIC + sizes, sizes):
        if found.startswith(descriptor):
            return len(descriptor)
    raise BundleRefused("what the archive says of a file contradicts itself")


def _check_extra(extra: bytes) -> None:
    """Neither sizes nor names stand in extra fields, where some programs look for them and others do not."""
    at = 0
    while at + 4 <= len(extra):
        identity, length = struct.unpack_from("<2H", extra, at)
        at += 4 + length
        if identity in (_ZIP64, _OTHER_NAME) or at > len(extra):
            raise BundleRefused("an extra field that no bundle needs, or that is cut short")


def _content(data: bytes, info: zipfile.ZipInfo, start: int) -> bytes | None:
    """At most one byte more than `file_size` is inflated, whatever the data would give."""
    content = data[start : start + info.compress_size]
    if info.compress_type == _DEFLATED:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = unpacking.decompress(content, info.file_size + 1)
        except zlib.error:
            return None
        if not unpacking.eof or unpacking.unused_data:
            return None
    return content if len(content) == info.file_size and zlib.crc32(content) == info.CRC else None
