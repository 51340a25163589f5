"""Paths and shapes of C2SP tlog-tiles: the tree as files of up to 256 hashes, eight levels apart.

A tile at level L holds hashes of the tree's level 8·L, left to right. A full tile never changes; the
rightmost tile of a level may be partial and is then named by its width.
"""

from __future__ import annotations

import re
from typing import Final

from service.core.errors import FormatError

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
MAX_LEVEL: Final = 63

_INDEX = r"(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
_WIDTH = r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_TILE_PATH = re.compile(rf"tile/(?P<level>0|[1-9][0-9]?)/{_INDEX}{_WIDTH}", re.ASCII)
_ENTRIES_PATH = re.compile(rf"tile/entries/{_INDEX}{_WIDTH}", re.ASCII)


def path(level: int, index: int, width: int) -> str:
    """`tile/<L>/<N>[.p/<W>]`; a width of 256 or 0 means a full tile. FormatError when out of range."""
    if type(level) is not int or not 0 <= level <= MAX_LEVEL:
        raise FormatError("a tile level is 0 to 63")
    return f"tile/{level}/{_index_path(index)}{_width_path(width)}"


def entries_path(index: int, width: int) -> str:
    """`tile/entries/<N>[.p/<W>]`, the bundle of entries under the level 0 tile of that index and width."""
    return f"tile/entries/{_index_path(index)}{_width_path(width)}"


def parse_path(path: str) -> tuple[int, int, int]:
    """(level, index, width 1..256) of a hash tile's path; FormatError unless `path()` writes it so."""
    match = _match(_TILE_PATH, path)
    level = int(match["level"])
    if level > MAX_LEVEL:
        raise FormatError("a tile level is 0 to 63")
    return level, _parse_index(match["index"]), _parse_width(match["width"])


def parse_entries_path(path: str) -> tuple[int, int]:
    """(index, width 1..256) of an entry bundle's path; FormatError unless `entries_path()` writes it so."""
    match = _match(_ENTRIES_PATH, path)
    return _parse_index(match["index"]), _parse_width(match["width"])


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes the tile has in a tree of `size` leaves: 0 (not there yet) to 256 (full)."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH))


def tiles_for_size(size: int) -> dict[int, tuple[int, int]]:
    """level → (number of full tiles, width of the partial tile or 0) of a tree of `size` leaves."""
    levels = {}
    level = 0
    while (hashes := size >> TILE_HEIGHT * level) > 0:
        levels[level] = divmod(hashes, TILE_WIDTH)
        level += 1
    return levels


def _index_path(index: int) -> str:
    if type(index) is not int or not 0 <= index < 2**64:
        raise FormatError("a tile index is a 64-bit number")
    groups = [f"{index % 1000:03d}"]
    while (index := index // 1000) > 0:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def _width_path(width: int) -> str:
    if type(width) is not int or not 0 <= width <= TILE_WIDTH:
        raise FormatError("a tile width is 0 to 256")
    return f".p/{width}" if 0 < width < TILE_WIDTH else ""


def _match(pattern: re.Pattern[str], path: str) -> re.Match[str]:
    match = pattern.fullmatch(path) if type(path) is str else None
    if match is None:
        raise FormatError("not a tile path")
    return match


def _parse_index(groups: str) -> int:
    index = int(groups.replace("x", "").replace("/", ""))
    if _index_path(index) != groups:
        raise FormatError("a tile index with leading zeros")
    return index


def _parse_width(width: str | None) -> int:
    if width is None:
        return TILE_WIDTH
    if int(width) >= TILE_WIDTH:
        raise FormatError("a partial tile has a width of 1 to 255")
    return int(width)
