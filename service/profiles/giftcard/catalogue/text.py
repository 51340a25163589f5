"""One thing said in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Text(NamedTuple):
    """The same sentence or term in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalogue entry: a short title and, where the title leaves something open, a note."""

    title: Text
    note: Text | None = None


def entry(zh: str, en: str, zh_note: str = "", en_note: str = "") -> Entry:
    """An entry from its four texts; the notes come together or not at all."""
    return Entry(Text(zh, en), Text(zh_note, en_note) if en_note else None)
