"""Everything of this room that HTTP and the command line use, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.access.callers import Callers
from service.access.capabilities import caller_print
from service.access.grants import Grants
from service.access.holders import Holders
from service.access.limits import CodeBrake
from service.access.links import Links
from service.access.ports import DisputeDirectory, GrantStore, RecordStore, ShareStore
from service.access.records import AccessRecords
from service.access.shares import Shares


@dataclass(frozen=True, slots=True)
class AccessRoom:
    """Shares, grants, their holders and the record of what these saw. `record_store` is for reading."""

    shares: Shares
    grants: Grants
    holders: Holders
    records: AccessRecords
    record_store: RecordStore
    links: Links
    disputes: DisputeDirectory
    callers: Callers
    pepper: bytes

    def counted(self, peer: str | None, forwarded: str | None) -> bytes:
        """The hash under which a client's wrong codes are counted."""
        return caller_print(self.pepper, self.callers.caller(peer, forwarded).counted)

    def recorded(self, peer: str | None, forwarded: str | None) -> bytes | None:
        """The hash of a client's wider network, kept with its accesses."""
        network = self.callers.caller(peer, forwarded).recorded
        return None if network is None else caller_print(self.pepper, network)


def open_room(
    shares: ShareStore,
    grants: GrantStore,
    records: RecordStore,
    pepper: bytes,
    *,
    links: Links,
    disputes: DisputeDirectory,
    callers: Callers,
    clock_ms: Callable[[], int],
    monotonic: Callable[[], float],
    random: Callable[[int], bytes],
) -> AccessRoom:
    """Put the room together over its stores."""
    holders = Holders(shares, grants, pepper, clock_ms=clock_ms, monotonic=monotonic)
    brake = CodeBrake(shares, clock_ms=clock_ms)
    return AccessRoom(
        shares=Shares(shares, holders, brake, pepper, clock_ms=clock_ms, random=random),
        grants=Grants(grants, holders, pepper, clock_ms=clock_ms, random=random),
        holders=holders,
        records=AccessRecords(records, clock_ms=clock_ms),
        record_store=records,
        links=links,
        disputes=disputes,
        callers=callers,
        pepper=pepper,
    )
