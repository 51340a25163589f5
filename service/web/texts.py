"""Catalogues of what pages say: one JSON file a page and language, the same keys in both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import orjson

from service.web.language import Language

FOLDER = Path(__file__).parent / "locales"
COMMON = "common"
PARTS = "parts"
"""What `templates/parts` say, on whatever page."""


@lru_cache(maxsize=64)
def catalogue(page: str, language: Language) -> Mapping[str, str]:
    """A page's sentences by key, with those that every page has."""
    found: dict[str, str] = {}
    for name in dict.fromkeys((COMMON, PARTS, page)):
        found |= orjson.loads((FOLDER / f"{name}.{language}.json").read_bytes())
    return found


class Texts:
    """The sentences of one page in one language; called with a key and the figures to put in."""

    def __init__(self, page: str, language: Language) -> None:
        self.language = language
        self.all = catalogue(page, language)

    def __call__(self, key: str, **figures: object) -> str:
        """The sentence of this key. KeyError when there is none: a page without words is a bug."""
        sentence = self.all[key]
        return sentence.format(**figures) if figures else sentence

    def script(self, prefix: str) -> str:
        """The sentences whose keys begin so, as JSON for a page's module (safe inside a script element)."""
        chosen = {key: text for key, text in self.all.items() if key.startswith(prefix)}
        return orjson.dumps(chosen).decode().replace("<", "\\u003c")
