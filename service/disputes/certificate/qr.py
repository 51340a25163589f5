"""QR codes (ISO/IEC 18004) as SVG and PNG, level M."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import segno

QUIET_ZONE = 4
_DENSE = 200
"""Bytes from which on the mask is not searched for: compressed data is as even under any, and weighing eight
masks takes four times as long as all the rest.
"""


@lru_cache(maxsize=256)
def svg_of(data: bytes) -> str:
    """An SVG of the code of `data` in byte mode, one path, without a size of its own."""
    out = BytesIO()
    _code(data).save(
        out, kind="svg", border=QUIET_ZONE, omitsize=True, xmldecl=False, svgns=True, nl=False, dark="#000"
    )
    return out.getvalue().decode()


def png_of(data: bytes, scale: int = 8) -> bytes:
    """A PNG of the code, `scale` pixels a module."""
    out = BytesIO()
    _code(data).save(out, kind="png", border=QUIET_ZONE, scale=scale)
    return out.getvalue()


def _code(data: bytes) -> segno.QRCode:
    mask = 3 if len(data) >= _DENSE else None
    return segno.make(data, error="m", mode="byte", boost_error=False, micro=False, mask=mask)
