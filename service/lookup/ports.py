"""What evidence lookup needs from the outside, and the values that travel through these ports.

An index is an entry's place in its log; ranges of them are [first, last], both ends included.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from service.log.ports import StoredEntry


class FacetKind(IntEnum):
    """What a facet says of an entry; the numbers are stored."""

    FINGERPRINT = 1
    PAYEE = 2


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing an entry can be found by. `value` are 16 bytes under the lookup key: what is stored tells
    nothing without it, not even on a page of the database that is free by now.
    """

    kind: FacetKind
    value: bytes


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """What is indexed of one entry, and how long its disclosures were when its facets were read from them
    (None: erased).
    """

    index: int
    type: str
    facets: tuple[Facet, ...]
    disclosed: int | None


class FacetStore(Protocol):
    """The durable index, and those columns of entries that it stands beside. Safe among threads and
    processes.
    """

    def put(self, log_id: bytes, entries: Sequence[IndexedEntry]) -> None:
        """Replace what is indexed of these consecutive entries, in one durable transaction.

        The facets of an entry whose disclosures have another length by now are left out: it has been erased
        in the meantime, and whoever erased it has forgotten, or will forget, its facets.
        """

    def with_type(
        self, log_id: bytes, event_type: str, first: int, last: int, count: int, *, newest: bool
    ) -> Sequence[int]:
        """At most `count` indexes in [first, last] of this type: ascending, or with `newest` descending."""

    def with_facet(
        self, log_id: bytes, facet: Facet, first: int, last: int, count: int, *, newest: bool
    ) -> Sequence[int]:
        """The same for a facet."""

    def of_trade(
        self, log_id: bytes, trade: str, first: int, last: int, count: int, *, newest: bool
    ) -> Sequence[int]:
        """The same for a trade; read from the entries themselves."""

    def having_facet(self, log_id: bytes, facet: Facet, indexes: Sequence[int]) -> Collection[int]:
        """Those of the indexes whose entry has the facet."""

    def having_type(self, log_id: bytes, event_type: str, indexes: Sequence[int]) -> Collection[int]:
        """Those of the indexes whose entry is of this type."""

    def being_of_trade(self, log_id: bytes, trade: str, indexes: Sequence[int]) -> Collection[int]:
        """Those of the indexes whose entry is of this trade."""

    def received_at(self, log_id: bytes, index: int) -> int:
        """When the entry at this index was received (ms); the index is in the log."""

    def entries(self, log_id: bytes, indexes: Sequence[int]) -> Sequence[StoredEntry]:
        """The entries at these indexes, ascending."""
