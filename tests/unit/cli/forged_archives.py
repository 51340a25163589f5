"""A bundle packed in ways that programs understand differently: refused, not guessed at."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from tests.unit.cli import bundles


class Archive(NamedTuple):
    """One archive, and what a verifier must say of it."""

    name: str
    data: bytes
    verdict: str = "wrong_file"
    reason: str = "bundle_refused"


def forged(bundle: bytes) -> Iterator[Archive]:
    """Archives made from a genuine bundle."""
    first, directory = bundle.index(b"PK\x03\x04", 4), struct.unpack("<L", bundle[-6:-2])[0]
    hidden = bundle[first : bundle.index(b"PK\x03\x04", first + 4)]
    count = struct.unpack("<H", bundle[-12:-10])[0]
    files = bundles.contents(bundle)
    cut_short = member(bundle, "xx.txt").replace(b"xx.txt", b"x\x00.txt")
    yield Archive("a file that leaves the folder", member(bundle, "../outside"))
    yield Archive("a name that differs in case", member(bundle, "Evidence.json"))
    yield Archive("a link", member(bundle, "link", (stat.S_IFLNK | 0o777) << 16))
    yield Archive("a name cut short by a zero byte", cut_short)
    yield Archive("a folder with contents", member(bundle, "folder/", content=b"hidden"))
    yield Archive("bytes after the end", bundle + b"\n")
    yield Archive("a comment", _with_end(bundle, comment=3) + b"abc")
    yield Archive("a comment that is not there", _with_end(bundle, comment=3))
    yield Archive("a directory that points elsewhere", _other_place(bundle))
    yield Archive("a record longer than the directory", _long_record(bundle))
    yield Archive("bytes before the first file", _shifted(bundle, 0, hidden))
    yield Archive("a file that the directory leaves out", _shifted(bundle, first, hidden))
    yield Archive("bytes before the directory", _shifted(bundle, directory, hidden))
    yield Archive("a directory that counts less", _with_end(bundle, here=count - 1, count=count - 1))
    yield Archive("an older directory", _with_end(bundle + bundle[-22:], place=0, size=0, here=0, count=0))
    yield Archive("a header of another name", _renamed_header(bundle))
    yield Archive("a header of another size", _other_size(bundle))
    yield Archive("ZIP64", _zip64(files["evidence.json"]))
    other_name = struct.pack("<2HBL", 0x7075, 15, 1, zlib.crc32(b"readme.txt")) + b"hidden.txt"
    yield Archive("another name in an extra field", _with_extra(bundle, other_name))
    yield Archive("an extra field cut short", _with_extra(bundle, struct.pack("<2H", 0x5455, 9) + bytes(5)))
    in_header = _header_extra(bundle, struct.pack("<2HB", 0x7075, 1, 1))
    yield Archive("another name in a header's extra field", in_header)
    yield Archive(
        "times in extra fields", _header_extra(bundle, struct.pack("<2HB", 0x5455, 1, 0)), "good", "good"
    )
    yield Archive("stored as it came", _streamed(files, zipfile.ZIP_STORED))
    yield Archive("a header of another size, as it came", _other_size(_streamed(files)))
    yield Archive("no evidence", bundles.repacked({"readme.txt": b"x"}))
    deflated = bundles.repacked(files, zipfile.ZIP_DEFLATED)
    yield Archive("a bundle deflated", deflated, "good", "good")
    yield Archive("a bundle packed as it came", _streamed(files), "good", "good")
    damaged = bundle.replace(b'"taken":"2', b'"taken":"3')
    yield Archive("damaged evidence", damaged, "tampered", "file_altered")


def member(bundle: bytes, name: str, attributes: int = 0, content: bytes = b"x") -> bytes:
    """The bundle with one more file."""
    target = io.BytesIO(bundle)
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, attributes
        archive.writestr(info, content)
    return target.getvalue()


def _with_end(data: bytes, **changes: int) -> bytes:
    """The archive with another account at its end: count, size, place, comment."""
    names = ("disk", "first", "here", "count", "size", "place", "comment")
    values = dict(zip(names, struct.unpack("<4H2LH", data[-18:]), strict=True)) | changes
    return data[:-18] + struct.pack("<4H2LH", *values.values())


def _shifted(data: bytes, at: int, more: bytes) -> bytes:
    """More bytes at a place before the directory, which is told of it in every record."""
    place = struct.unpack("<L", data[-6:-2])[0]
    directory, files = bytearray(data[place:-22]), data[:at] + more + data[at:place]
    record = 0
    while record < len(directory):
        (offset,) = struct.unpack_from("<L", directory, record + 42)
        struct.pack_into("<L", directory, record + 42, offset + (len(more) if offset >= at else 0))
        record += 46 + sum(struct.unpack_from("<3H", directory, record + 28))
    return _with_end(files + bytes(directory) + data[-22:], place=place + len(more))


def _zip64(data: bytes) -> bytes:
    """One file, whose sizes stand in an extra field."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("evidence.json")
        info.extra = struct.pack("<2H2Q", 1, 16, len(data), len(data))
        archive.writestr(info, data)
    return target.getvalue()


def _with_extra(bundle: bytes, extra: bytes) -> bytes:
    """The bundle's first file with an extra field in its header and in the directory."""
    data, place = _header_extra(bundle, extra), struct.unpack("<L", bundle[-6:-2])[0] + len(extra)
    record = bytearray(data[place : place + 46])
    struct.pack_into("<H", record, 30, len(extra))
    named = place + 46 + struct.unpack_from("<H", record, 28)[0]
    data = data[:place] + bytes(record) + data[place + 46 : named] + extra + data[named:]
    return _with_end(data, size=len(data) - 22 - place)


def _header_extra(bundle: bytes, extra: bytes) -> bytes:
    """The bundle with an extra field in the header before its first file alone."""
    named = 30 + struct.unpack_from("<H", bundle, 26)[0]
    data = bytearray(_shifted(bundle, named, extra))
    struct.pack_into("<H", data, 28, len(extra))
    return bytes(data)


def _streamed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Packed as it came: sizes follow each file."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    target = Pipe()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def _renamed_header(data: bytes) -> bytes:
    """The header before the certificate names another file; the directory does not."""
    at = data.index(b"certificate.pdf", data.index(b"%PDF") - 40)
    return data[:at] + b"Certificate.pdf" + data[at + 15 :]


def _other_place(data: bytes) -> bytes:
    """The directory's last record points a byte beyond its file's header."""
    at = data.rindex(b"PK\x01\x02") + 42
    return data[:at] + struct.pack("<L", struct.unpack_from("<L", data, at)[0] + 1) + data[at + 4 :]


def _long_record(data: bytes) -> bytes:
    """The directory's last record has a comment that goes on beyond its end."""
    at = data.rindex(b"PK\x01\x02") + 32
    return data[:at] + b"\xff" + data[at + 1 :]


def _other_size(data: bytes) -> bytes:
    at = data.index(b"PK\x03\x04", 4) + 22
    return data[:at] + struct.pack("<L", struct.unpack_from("<L", data, at)[0] ^ 1) + data[at + 4 :]
