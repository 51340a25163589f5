"""Which characters the embedded font can show, and how the others are printed: never as an empty box.

Control and format characters (a right-to-left override among them) could make a page read other than it is;
they are spelt out too.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
OPEN, CLOSE = "\x01", "\x02"
"""Around a spelt-out character; the template frames what is between them."""
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES: Final = frozenset(" \u00a0\u3000")
_LONG: Final = re.compile(r"[!-~]{28,}")
_HASH: Final = re.compile(r"0x[0-9a-f]{40,64}")
_ZERO_WIDTH_SPACE: Final = "\u200b"
_PIECE: Final = 14


def legible(text: str) -> str:
    """`text` with every character that the page cannot show, or that hides itself, as U+XXXX between marks.

    Line breaks stay. Long runs without a space get places to break at.
    """
    shown = "".join(each if each == "\n" or _is_shown(each) else _spelt(each) for each in text)
    return _LONG.sub(_breakable, shown)


@cache
def coverage() -> frozenset[int]:
    """The code points that the regular font has."""
    return _characters((FONTS / "NotoSansSC-Regular.ttf").read_bytes())


def _breakable(run: re.Match[str]) -> str:
    """With places to break at; a hash or an address fits a line and stays whole, so that it can be copied."""
    text = run[0]
    if _HASH.fullmatch(text):
        return text
    return _ZERO_WIDTH_SPACE.join(text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


def _is_shown(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind in _HIDDEN or (kind == "Zs" and character not in _SPACES):
        return False
    return ord(character) in coverage()


def _spelt(character: str) -> str:
    return f"{OPEN}U+{ord(character):04X}{CLOSE}"


def _characters(font: bytes) -> frozenset[int]:
    """The code points of a TrueType file's format 12 character map (OpenType, `cmap`)."""
    tables = {
        tag: offset
        for tag, _, offset, _ in struct.iter_unpack(
            ">4sIII", font[12 : 12 + 16 * struct.unpack_from(">H", font, 4)[0]]
        )
    }
    start = tables[b"cmap"]
    (count,) = struct.unpack_from(">H", font, start + 2)
    for number in range(count):
        (offset,) = struct.unpack_from(">I", font, start + 4 + 8 * number + 4)
        if struct.unpack_from(">H", font, start + offset)[0] == 12:
            (groups,) = struct.unpack_from(">I", font, start + offset + 12)
            body = font[start + offset + 16 : start + offset + 16 + 12 * groups]
            return frozenset(
                code for first, last, _ in struct.iter_unpack(">III", body) for code in range(first, last + 1)
            )
    raise ValueError("the font has no character map of format 12")
