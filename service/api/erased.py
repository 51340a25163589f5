"""What a timeline says of content that is gone: which claims, when, on what ground, by which entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.api.services import OpenLog
from service.core.hexs import to_hex
from service.core.times import format_time
from service.disputes.case_entries import trade_entries
from service.disputes.erasure import erasures_in
from service.log.ports import StoredEntry

Note = Mapping[str, object]


def erasure_notes(
    log: OpenLog, reader: Reader, page: Sequence[StoredEntry]
) -> Mapping[bytes, Sequence[Note]]:
    """The erasures of the page's entries by leaf, as far as the reader may see their record."""
    if not any(entry.erased for entry in page):
        return {}
    visible = [each for each in trade_entries(log, page[0].trade) if sight_of(reader, each) is Sight.FULL]
    notes: dict[bytes, list[Note]] = {}
    for each in erasures_in(visible):
        note = {
            "claims": list(each.claims),
            "at": format_time(each.at),
            "ground": each.ground,
            "erasure": to_hex(each.leaf),
        }
        notes.setdefault(each.target, []).append(note)
    return notes
