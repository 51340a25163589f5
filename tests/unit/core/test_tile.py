from __future__ import annotations

from typing import Any

import pytest

from service.core import tile
from service.core.errors import FormatError


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((0, 0, 0), "tile/0/000"),
        ((0, 999, 1), "tile/0/999.p/1"),
        ((0, 1000, 256), "tile/0/x001/000"),
        ((3, 1234067, 255), "tile/3/x001/x234/067.p/255"),
        ((63, 2**64 - 1, 256), "tile/63/x018/x446/x744/x073/x709/x551/615"),
    ],
)
def test_paths_both_ways(args: tuple[int, int, int], path: str) -> None:
    assert tile.path(*args) == path
    assert tile.parse_path(path) == (args[0], args[1], args[2] or 256)
    entries = "tile/entries/" + path.split("/", 2)[2]
    assert tile.entries_path(*args[1:]) == entries
    assert tile.parse_entries_path(entries) == (args[1], args[2] or 256)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/x000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/00/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile//000",
        "tile/0",
        "tile/entries/000",
        "Tile/0/000",
        "tile/0/../000",
        "",
        None,
        0,
        b"tile/0/000",
    ],
)
def test_refused(path: Any) -> None:
    with pytest.raises(FormatError):
        tile.parse_path(path)
    entries = path.replace("tile/0/", "tile/entries/") if isinstance(path, str) else path
    if not (isinstance(entries, str) and entries.startswith("tile/entries/000") and len(entries) == 16):
        with pytest.raises(FormatError):
            tile.parse_entries_path(entries)


@pytest.mark.parametrize(
    "args",
    [
        (-1, 0, 0),
        (64, 0, 0),
        (0, -1, 0),
        (0, 2**64, 0),
        (0, 0, -1),
        (0, 0, 257),
        (True, 0, 0),
        (0, 0, 1.0),
        (0, "0", 1),
    ],
)
def test_out_of_range(args: Any) -> None:
    with pytest.raises(FormatError):
        tile.path(*args)


def test_widths() -> None:
    assert [tile.width_at(0, index, 600) for index in range(4)] == [256, 256, 88, 0]
    assert [tile.width_at(1, index, 600) for index in range(2)] == [2, 0]
    assert tile.width_at(2, 0, 65535) == 0
    assert tile.width_at(2, 0, 65536) == 1
    assert tile.tiles_for_size(0) == {}
    assert tile.tiles_for_size(1) == {0: (0, 1)}
    assert tile.tiles_for_size(600) == {0: (2, 88), 1: (0, 2)}
    assert max(tile.tiles_for_size(2**53 - 1)) == 6
