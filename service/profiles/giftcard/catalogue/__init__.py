"""What types, claims and members mean, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue import common, dispute, quote, safeguard, titles, trade
from service.profiles.giftcard.catalogue.scalars import SCALARS
from service.profiles.giftcard.catalogue.text import Entry, Text

TITLES: Final[Mapping[str, Entry]] = titles.TITLES
"""Event types and named objects."""

MEMBERS: Final[Mapping[str, Mapping[str, Entry]]] = {
    **common.MEMBERS,
    **quote.MEMBERS,
    **trade.MEMBERS,
    **safeguard.MEMBERS,
    **dispute.MEMBERS,
}
"""Struct name → JSON member name → entry."""


def member_entry(struct: type, name: str) -> Entry:
    """The entry of a struct's member, its own or inherited. KeyError when the catalogue has none."""
    for cls in struct.__mro__:
        if (found := MEMBERS.get(cls.__name__, {}).get(name)) is not None:
            return found
    raise KeyError(f"{struct.__name__}.{name}")


__all__ = ["MEMBERS", "SCALARS", "TITLES", "Entry", "Text", "member_entry"]
