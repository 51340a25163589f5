from __future__ import annotations

import os
import re

import numpy
import zxingcpp

from service.access.capabilities import mint_capability
from service.access.links import Links, qr_svg


def _pixels(svg: str, scale: int = 4) -> numpy.ndarray[tuple[int, int], numpy.dtype[numpy.uint8]]:
    """Draw segno's SVG: one path of `M x y`, `h n` (a run of dark modules) and `m dx dy` (relative moves)."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    path = re.search(r'stroke="#000" class="qrline" d="([^"]+)"|d="(M[^"]+h[^"z]+)"', svg)
    assert path is not None
    image = numpy.full((size, size), 255, dtype=numpy.uint8)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]*)", path[1] or path[2]):
        values = [float(each) for each in numbers.split()]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            image[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
    return image.repeat(scale, 0).repeat(scale, 1)


def test_the_qr_code_says_the_link() -> None:
    token = mint_capability("share", os.urandom)
    link = Links(lambda: "https://fuqi.example/").share(token)
    svg = qr_svg(link)
    assert svg.startswith("<svg")
    assert "script" not in svg
    found = zxingcpp.read_barcode(_pixels(svg))
    assert found is not None
    assert found.text == link
