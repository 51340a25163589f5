"""Paper receipts for `tally verify`: photographs in, receipts (or the reason why not) out.

Several photographs may show the codes of one receipt, and one photograph those of several.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.core import paper
from service.core import receipt as receipts
from service.core.errors import TallyError
from service.core.paper import Group, PaperError, PaperOfUnknownLog
from service.core.trust import Trust
from service.core.verdict import STEP_TITLES, Facts, Report, Status, Step, Verdict

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PHOTO_BYTES: Final = 64 * 1024 * 1024
MAX_PIXELS: Final = 120_000_000
"""More than telephones take; a small file can unfold to any size."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_SNIFFED: Final = 16
Photographed = bytes | Report


class PhotoUnreadable(TallyError):
    """The image cannot be read."""


@dataclass(frozen=True, slots=True)
class _Photo:
    name: str
    image: Image


def read(names: Sequence[str], trust: Trust | None) -> tuple[tuple[str, ...], dict[str, Photographed]]:
    """The files to verify, in which the photographs of one receipt are one, named `a.jpg + b.jpg`; and by
    that name what they showed: the bytes of a receipt, or a report that says what is missing.
    """
    photos = [name for name in names if _is_photo(name)]
    if not photos:
        return tuple(names), {}
    found = _read_all(photos, trust)
    others = [name for name in names if name not in photos]
    return (*others, *found), found


def _read_all(names: Sequence[str], trust: Trust | None) -> dict[str, Photographed]:
    found: dict[str, Photographed] = {}
    photos: list[_Photo] = []
    for name in dict.fromkeys(names):
        try:
            photos.append(_Photo(name, _open(name)))
        except (OSError, PhotoUnreadable) as error:
            found[name] = _refused(Verdict.WRONG_FILE, "photo_unreadable", str(error))
    seen: dict[str, set[bytes]] = {photo.name: set() for photo in photos}
    try:
        groups = _search(photos, seen)
    except PaperError as error:  # codes that contradict one another
        return found | {" + ".join(seen): _refused(Verdict.TAMPERED, "receipt_malformed", str(error))}
    for group in groups:
        showing = [name for name, codes in seen.items() if any(code[5:9] == group.tag for code in codes)]
        found[_name(" + ".join(showing), group, found)] = _receipt(group, trust)
    for name, codes in seen.items():
        if not any(code.startswith(paper.MAGIC) for code in codes):
            found[name] = _refused(Verdict.WRONG_FILE, "photo_without_codes", "")
    return found


def _name(label: str, group: Group, taken: dict[str, Photographed]) -> str:
    """Two receipts on one photograph are told apart by their tags."""
    return f"{label} #{group.tag.hex()}" if label in taken else label


def _receipt(group: Group, trust: Trust | None) -> Photographed:
    try:
        printed = paper.decode_group(group)
    except paper.PaperIncomplete as error:
        return _refused(Verdict.WRONG_FILE, "photo_incomplete", str(error))
    except PaperError as error:
        return _refused(Verdict.TAMPERED, "receipt_malformed", str(error))
    try:
        if trust is None:
            raise PaperOfUnknownLog("paper names its log, but not chain and registry: give a trust file")
        return receipts.format(paper.to_receipt(printed, trust))
    except PaperOfUnknownLog as error:
        reason = "no_trust" if trust is None else "unknown_log"
        read_well = Step(1, STEP_TITLES[0], Status.OK, "ok")
        unknown = Step(6, STEP_TITLES[5], Status.UNDECIDED, reason, str(error))
        return Report(Verdict.LOG_NOT_TRUSTED, (read_well, unknown), Facts())


def _refused(verdict: Verdict, reason: str, detail: str) -> Report:
    return Report(verdict, (Step(1, STEP_TITLES[0], Status.BAD, reason, detail),), Facts())


def _is_photo(name: str) -> bool:
    """By its first bytes: JPEG, PNG, WebP, or HEIC (which is named, though it cannot be read)."""
    if name == "-":
        return False
    try:
        with Path(name).open("rb") as file:
            start = file.read(_SNIFFED)
    except (OSError, ValueError):
        return False  # whoever verifies it says so
    riff = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    return start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or riff or _is_heic(start)


def _is_heic(start: bytes) -> bool:
    return start[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")


def _open(name: str) -> Image:
    """The photograph in grey. Bounded before anything is unpacked."""
    from PIL import Image, UnidentifiedImageError

    with Path(name).open("rb") as file:
        if _is_heic(file.read(_SNIFFED)):
            raise PhotoUnreadable("a HEIC photograph: save it as JPEG or PNG")
        if file.seek(0, 2) > MAX_PHOTO_BYTES:
            raise PhotoUnreadable(f"more than {MAX_PHOTO_BYTES} bytes")
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
                image = Image.open(file, formats=_FORMATS)
                if image.width * image.height > MAX_PIXELS:
                    raise PhotoUnreadable(f"{image.width} x {image.height} pixels; {MAX_PIXELS} at most")
                return image.convert("L")
        except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError) as error:
            raise PhotoUnreadable(f"not a JPEG, PNG or WebP image: {error}") from None


def _search(photos: Sequence[_Photo], seen: dict[str, set[bytes]]) -> tuple[Group, ...]:
    """Look at all photographs, harder each time, until every receipt is complete. Fills `seen`."""
    groups: tuple[Group, ...] = ()
    for look in _looks():
        for photo in photos:
            seen[photo.name].update(look(photo.image))
        groups = paper.groups(sorted({code for codes in seen.values() for code in codes}))
        if groups and not any(group.missing for group in groups):
            break
    return groups


def _looks() -> Iterator[Callable[[Image], Iterator[bytes]]]:
    """Ways to look at a photograph, the quick one first."""
    import zxingcpp
    from PIL.Image import Resampling
    from PIL.ImageFilter import UnsharpMask

    def scan(image: Image, binarizer: zxingcpp.Binarizer) -> Iterator[bytes]:
        for each in zxingcpp.read_barcodes(image, formats=formats, binarizer=binarizer):
            yield bytes(each.bytes)

    def scaled(image: Image, factor: float) -> Image:
        size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
        return image.resize(size, Resampling.LANCZOS)

    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    local, whole = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram
    yield lambda image: scan(image, local)
    yield lambda image: scan(image, whole)
    yield lambda image: scan(scaled(image, 0.5), local)
    yield lambda image: scan(image.filter(UnsharpMask(3, 200, 2)), local)
    yield lambda image: scan(
        scaled(image, 2.0) if image.width * image.height * 4 <= MAX_PIXELS else image, local
    )
