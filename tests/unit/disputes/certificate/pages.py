"""A PDF read back."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def text_of(pdf: bytes) -> str:
    """What all pages say, without any white space: lines may break anywhere."""
    return re.sub(r"\s|\u200b", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Each font's name without its subset tag, and whether its program is embedded."""
    found = {}
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"].get("/Font", DictionaryObject()).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            name = str(font.get_object()["/BaseFont"])
            found[name.split("+", 1)[1]] = any(key.startswith("/FontFile") for key in descriptor)
    return found
