"""A stored entry as a reader is shown it, for every route that answers with entries."""

from __future__ import annotations

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.core.hexs import to_hex
from service.log.ports import StoredEntry


def shown(reader: Reader, entry: StoredEntry) -> dict[str, object]:
    """One entry of a timeline. Withheld: without disclosures; sealed: nothing but its place and leaf."""
    sight = sight_of(reader, entry)
    place: dict[str, object] = {
        "seq": entry.seq,
        "index": entry.index,
        "leaf": to_hex(entry.leaf),
        "sight": sight.value,
    }
    if sight is Sight.SEALED:
        return place
    disclosures = entry.disclosures if sight is Sight.FULL else ()
    return {**place, "entry": entry.entry.decode("utf-8"), "disclosures": disclosures}
