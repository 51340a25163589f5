"""How much of a stored entry a reader is shown: the one place that reads an entry's `audience`."""

from __future__ import annotations

from collections.abc import Iterable

from service.access.readers import Reader, Sight
from service.core import disclosure
from service.log.ports import StoredEntry


def audience_of(disclosures: Iterable[str] | None) -> str | None:
    """The `audience` among an entry's disclosures; None when it names none, or its content was erased.

    Erasing content therefore has to leave `audience` in place: it says nothing about a person.
    """
    for text in disclosures or ():
        opened = disclosure.parse(text)
        if opened.name == "audience":
            return opened.value if isinstance(opened.value, str) else "restricted"
    return None


def sight_of(reader: Reader, entry: StoredEntry) -> Sight:
    """What `reader` is shown of `entry`; SEALED for an entry of a trade that is none of its business."""
    if reader.holder == "platform":
        return Sight.FULL
    if not reader.may_read(entry.trade):
        return Sight.SEALED
    return reader.sight(entry.type, audience_of(entry.disclosures))
