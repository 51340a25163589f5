"""What somebody else holds, held against the log: is each entry there, at its place, byte for byte?

Leaves are public (everybody can read the tiles), so whether a leaf is in the log may be told to anybody.
What the log has instead of a bent entry, and what else belongs to the trade, is for its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.core import disclosure
from service.core import receipt as receipts
from service.core.entry import parse as parse_entry
from service.core.errors import TallyError
from service.core.merkle import leaf_hash
from service.core.receipt import Receipt
from service.core.trust import Trust
from service.core.verdict import Status, Verdict
from service.core.verify import verify_receipt
from service.log.follower import FollowedLog
from service.log.ports import StoredEntry
from service.lookup.held import FileCheck, Held, check_files

_TRADE_ENTRIES = 512


class Result(StrEnum):
    """What the log says of one entry.

    present: these bytes, at this index. moved: these bytes, at another index. altered: it has other bytes
    under this event id. absent: it has none of this. foreign_log: another log's.
    """

    PRESENT = "present"
    MOVED = "moved"
    ALTERED = "altered"
    ABSENT = "absent"
    FOREIGN_LOG = "foreign_log"


@dataclass(frozen=True, slots=True)
class Compared:
    """One held entry. `genuine` False: the receipt itself does not hold, `reason` is the code of the step
    that says so; None: this service does not know the log's keys. `differs` are JSON pointers into the entry.
    `erased`: disclosures are held that the log has erased since.
    """

    index: int
    leaf: bytes
    event: str | None
    trade: str | None
    result: Result
    genuine: bool | None
    reason: str | None
    differs: tuple[str, ...] = ()
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that was held, in its order; `unshown` are the seqs of entries that the trades of the held
    ones have besides, by trade, for a reader only.
    """

    entries: tuple[Compared, ...]
    unshown: Mapping[str, tuple[int, ...]]


class Comparer:
    """Compares held receipts with the logs of this service. `trust`: the keys of those logs, now."""

    def __init__(self, trust: Callable[[], Trust]) -> None:
        self._trust = trust

    def compare(
        self, held: Sequence[Receipt], logs: Mapping[bytes, FollowedLog], reader: Reader | None, now: int
    ) -> Comparison:
        """`reader`: who asks, None for anybody; `now` in ms."""
        compared = [self._compare(each, logs.get(each.log.id), reader, now) for each in held]
        return Comparison(tuple(compared), _unshown(held, logs, reader))

    def check_files(self, held: Held) -> FileCheck | None:
        """A bundle's files against its manifest, and that against the keys of our logs; None without one."""
        return check_files(held, self._trust())

    def _compare(self, held: Receipt, log: FollowedLog | None, reader: Reader | None, now: int) -> Compared:
        leaf = leaf_hash(held.entry)
        event, trade = _ids(held)
        genuine, reason = self._genuine(held, now) if log is not None else (None, None)
        if log is None:
            result, ours = Result.FOREIGN_LOG, None
        else:
            result, ours = _look(held, leaf, event, log, reader)
        return Compared(
            held.index, leaf, event, trade, result, genuine, reason,
            differs=_differing(held.entry, ours.entry) if ours and result is Result.ALTERED else (),
            erased=ours is not None and _erased(held, ours) and result is Result.PRESENT,
        )  # fmt: skip

    def _genuine(self, held: Receipt, now: int) -> tuple[bool | None, str | None]:
        report = verify_receipt(receipts.format(held), trust=self._trust(), now=now)
        bad = next((step.reason for step in report.steps if step.status is Status.BAD), None)
        if bad is not None:
            return False, bad
        return (None if report.verdict is Verdict.LOG_NOT_TRUSTED else True), None


def _look(
    held: Receipt, leaf: bytes, event: str | None, log: FollowedLog, reader: Reader | None
) -> tuple[Result, StoredEntry | None]:
    at_index = log.reader.entry(held.index)
    if at_index is not None and at_index.leaf == leaf:
        return Result.PRESENT, at_index
    elsewhere = log.reader.entry_by_leaf(leaf)
    if elsewhere is not None:
        return Result.MOVED, elsewhere
    # From here on the answer would tell which event ids the log has: for those who may read the entry.
    named = None if event is None or reader is None else log.reader.entry_by_event(event)
    if named is not None and reader is not None and _may_see(reader, log, named):
        return Result.ALTERED, named
    return Result.ABSENT, None


def _may_see(reader: Reader, log: FollowedLog, entry: StoredEntry) -> bool:
    own = (reader.platform, reader.mode) == (log.platform, log.mode)
    return own and reader.may_read(entry.trade) and sight_of(reader, entry) is not Sight.SEALED


def _ids(held: Receipt) -> tuple[str | None, str | None]:
    try:
        statement = parse_entry(held.entry).statement
    except TallyError:
        return None, None
    return statement.event, statement.trade


def _erased(held: Receipt, ours: StoredEntry) -> bool:
    """Whether something is held that belongs to the entry and that the log does not have any more."""
    gone = set(held.disclosures) - set(ours.disclosures or ())
    if not gone:
        return False
    committed = parse_entry(ours.entry).statement.digests
    return any(disclosure.digest(each) in committed for each in gone)


def _differing(held: bytes, ours: bytes) -> tuple[str, ...]:
    try:
        mine, yours = orjson.loads(held), orjson.loads(ours)
    except ValueError:
        return ("",)
    return tuple(_pointers(mine, yours, ""))


def _pointers(mine: object, yours: object, at: str) -> list[str]:
    if not isinstance(mine, dict) or not isinstance(yours, dict):
        return [] if mine == yours else [at]
    found: list[str] = []
    for name in sorted(mine.keys() | yours.keys()):
        found += _pointers(mine.get(name), yours.get(name), f"{at}/{name}")
    return found


def _unshown(
    held: Sequence[Receipt], logs: Mapping[bytes, FollowedLog], reader: Reader | None
) -> Mapping[str, tuple[int, ...]]:
    if reader is None:
        return {}
    leaves = {leaf_hash(each.entry) for each in held}
    found: dict[str, tuple[int, ...]] = {}
    for each in held:
        log, trade = logs.get(each.log.id), _ids(each)[1]
        if log is None or trade is None or trade in found or not reader.may_read(trade):
            continue
        if (reader.platform, reader.mode) == (log.platform, log.mode):
            entries = log.reader.trade(trade, 0, _TRADE_ENTRIES)
            found[trade] = tuple(entry.seq for entry in entries if entry.leaf not in leaves)
    return found
