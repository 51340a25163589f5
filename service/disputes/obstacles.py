"""What stands in the way of erasing claims of an entry: disputes, holds, periods that law prescribes.

Pure: the same entries at the same time give the same answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.core.errors import TallyError
from service.disputes.case_entries import case_entries
from service.disputes.cases import replay
from service.disputes.covering import covered_until
from service.disputes.holds import claims_of, holds_of
from service.log.ports import StoredEntry
from service.profiles.giftcard.retention import KEPT, Retention

AUDIENCE = "audience"
"""The claim that stays: it says nothing of a person, and without it an entry kept from somebody would be
shown to him once its content is gone."""


class Ground(StrEnum):
    """Why content is erased: somebody asked, its time is up, an authority ordered it."""

    REQUEST = "request"
    RETENTION = "retention"
    ORDER = "order"


class Reason(StrEnum):
    """Why content is kept. RECORD: it is the record of an erasure or a hold."""

    DISPUTE = "dispute"
    HOLD = "hold"
    RETENTION = "retention"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason against erasing these claims, as things stand. `until` (ms) None: nobody can say yet;
    `event`: the entry that opened the dispute or placed the hold.
    """

    reason: Reason
    claims: tuple[str, ...]
    until: int | None = None
    event: str | None = None


class ErasureBlocked(TallyError):
    """Nothing was erased. `erasable`: claims of the same entry that could be erased now."""

    def __init__(self, obstacles: Sequence[Obstacle], erasable: Sequence[str]) -> None:
        self.obstacles = tuple(obstacles)
        self.erasable = tuple(erasable)
        super().__init__("the content must be kept: " + ", ".join(each.reason.value for each in obstacles))


def erasable_of(entry: StoredEntry) -> frozenset[str]:
    """The names of the claims that are still there and may go some day."""
    return frozenset(claims_of(entry)) - {AUDIENCE}


def completed(trade: Sequence[StoredEntry]) -> int:
    """When the trade was last heard of (ms): what is recorded about the record itself does not count."""
    return max((each.received for each in trade if each.type not in KEPT), default=0)


def obstacles(
    trade: Sequence[StoredEntry],
    target: StoredEntry,
    claims: Collection[str],
    ground: Ground,
    retention: Retention,
    now: int,
) -> tuple[Obstacle, ...]:
    """Everything against erasing these claims of `target` now; `trade` are all entries by seq.

    An order of an authority overrides the least periods (the law that prescribes them yields to it), but
    neither a dispute nor a hold: whoever ordered the one decides about the other.
    """
    names = tuple(sorted(claims))
    if target.type in KEPT:
        return (Obstacle(Reason.RECORD, names),)
    found = list(_disputed(trade, names, retention, now))
    found += [
        Obstacle(Reason.HOLD, names, hold.until, hold.id)
        for hold in holds_of(trade)
        if hold.covers(target.leaf, now)
    ]
    if ground is not Ground.ORDER:
        found += _kept_by_law(target.type, names, completed(trade), retention, now)
    return tuple(found)


def _disputed(
    trade: Sequence[StoredEntry], names: tuple[str, ...], retention: Retention, now: int
) -> Iterator[Obstacle]:
    for case in replay(case_entries(trade)).cases:
        until = covered_until(case, trade, retention.disputes)
        if until is None or now < until:
            yield Obstacle(Reason.DISPUTE, names, until, case.opened.event)


def _kept_by_law(
    event_type: str, names: Sequence[str], since: int, retention: Retention, now: int
) -> Iterator[Obstacle]:
    """One obstacle a date, the earliest first."""
    by_end: dict[int, list[str]] = {}
    for name in names:
        end = since + retention.period(event_type, name).least * 1000
        if now < end:
            by_end.setdefault(end, []).append(name)
    for end in sorted(by_end):
        yield Obstacle(Reason.RETENTION, tuple(by_end[end]), end)


@dataclass(frozen=True, slots=True)
class DueContent:
    """What of a trade is to be erased by itself: claims by index; `next` (ms): when to look again, None:
    never.
    """

    claims: Mapping[int, frozenset[str]]
    next: int | None


_LOOK_AGAIN = 86_400_000


def due(trade: Sequence[StoredEntry], retention: Retention, now: int) -> DueContent:
    """The claims of a trade whose most period is over and that nothing keeps."""
    since = completed(trade)
    claims: dict[int, frozenset[str]] = {}
    again: list[int] = []
    for entry in trade:
        if entry.type in KEPT or entry.disclosures is None:
            continue
        over, ends = _over(entry, since, retention, now)
        again += ends
        if not over:
            continue
        against = obstacles(trade, entry, over, Ground.RETENTION, retention, now)
        if against:
            again += [each.until or now + _LOOK_AGAIN for each in against]
        else:
            claims[entry.index] = over
    return DueContent(claims, min(again, default=None))


def _over(entry: StoredEntry, since: int, retention: Retention, now: int) -> tuple[frozenset[str], list[int]]:
    """The claims of one entry that are kept too long, and when the others will be."""
    over: set[str] = set()
    ends: list[int] = []
    for name in erasable_of(entry):
        most = retention.period(entry.type, name).most
        if most is not None and since + most * 1000 <= now:
            over.add(name)
        elif most is not None:
            ends.append(since + most * 1000)
    return frozenset(over), ends
