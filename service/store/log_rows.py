"""Between rows of the log tables and the values of the log's ports. Columns are always read in the order
given here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.core import disclosure
from service.log.ports import CheckpointRecord, Head, LogRecord, LogState, StoredEntry, StoredTile

LOG = "log_id, platform, origin, chain_id, registry, opener, max_delay, test, state, reason, successor"
HEAD = "size, root, received, signed_at"
FRAME = "idx, leaf, trade, seq, received, entry"
ENTRY = "idx, leaf, event, trade, seq, type, received, digest, entry, disclosures, erased_at"
TILE = "level, idx, hashes, middle"
CHECKPOINT = "size, root, signed_at, anchor_by, via, key"

_SEPARATOR = "~"


def log(row: Sequence[Any]) -> LogRecord:
    """A row of `LOG`."""
    values = (*row[:7], bool(row[7]), LogState(row[8]), *row[9:])
    return LogRecord(*values)


def head(row: Sequence[Any]) -> Head:
    """A row of `HEAD`."""
    return Head(*row)


def entry(row: Sequence[Any]) -> StoredEntry:
    """A row of `ENTRY`."""
    values = (*row[:9], _split(row[9]), row[10])
    return StoredEntry(*values)


def tile(row: Sequence[Any]) -> StoredTile:
    """A row of `TILE`; partial tiles have no `middle`."""
    level, index, hashes, middle = row
    return StoredTile(level, index, hashes, middle or b"")


def checkpoint(row: Sequence[Any]) -> CheckpointRecord:
    """A row of `CHECKPOINT`."""
    return CheckpointRecord(*row)


def entry_values(log_number: int, stored: StoredEntry) -> tuple[Any, ...]:
    """The row to insert: the log's number, then `ENTRY`."""
    disclosures = None if stored.disclosures is None else _SEPARATOR.join(stored.disclosures)
    return (
        log_number,
        stored.index,
        stored.leaf,
        stored.event,
        stored.trade,
        stored.seq,
        stored.type,
        stored.received,
        stored.digest,
        stored.entry,
        disclosures,
        stored.erased_at,
    )


def checkpoint_values(record: CheckpointRecord) -> tuple[object, ...]:
    """The values of `CHECKPOINT`."""
    return record.size, record.root, record.signed_at, record.anchor_by, record.via, record.key


def log_values(record: LogRecord) -> dict[str, object]:
    """The values of `LOG`, by column."""
    members = (record.log_id, record.platform, record.origin, record.chain_id, record.registry, record.opener)
    state = (record.max_delay, record.test, record.state.value, record.reason, record.successor)
    return dict(zip(LOG.split(", "), members + state, strict=True))


def without(joined: str | None, claims: frozenset[str]) -> str | None:
    """The column `disclosures` without those of these claims; null when none is left."""
    disclosures = _split(joined) or ()
    kept = tuple(each for each in disclosures if disclosure.parse(each).name not in claims)
    return joined if len(kept) == len(disclosures) else _SEPARATOR.join(kept) or None


def _split(joined: str | None) -> tuple[str, ...] | None:
    if joined is None:
        return None
    return tuple(joined.split(_SEPARATOR)) if joined else ()
