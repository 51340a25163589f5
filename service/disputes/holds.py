"""Holds: entries of a trade that must not be erased for a while. Each is an entry of the log itself.

A hold ends at its `until`, or when a later hold entry names it in `releases`. Nothing else ends it, and a
second hold on the same entry stands on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.core import disclosure
from service.core.errors import EventRejected, Problem
from service.core.hexs import to_hex
from service.core.times import format_time, parse_time
from service.disputes.case_entries import trade_entries
from service.disputes.ports import CaseLog, Random, Recorder
from service.log.errors import EventConflict, NotInLog
from service.log.ports import StoredEntry

MOST_TARGETS = 900  # their leaves are one claim, and a claim has at most 64 KiB


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold; `id` is its entry's event id. `until` (ms) None: until released; `released` (ms) None: no."""

    id: str
    leaf: bytes
    targets: frozenset[bytes]
    ground: str
    until: int | None
    released: int | None = None

    def covers(self, leaf: bytes, now: int) -> bool:
        """Whether this hold keeps the entry of that leaf now (ms)."""
        lasts = self.released is None and (self.until is None or now < self.until)
        return lasts and leaf in self.targets


def claims_of(entry: StoredEntry) -> Mapping[str, object]:
    """An entry's claims that are still there, by name."""
    opened = (disclosure.parse(each) for each in entry.disclosures or ())
    return {each.name: each.value for each in opened}


def holds_of(trade: Sequence[StoredEntry]) -> tuple[Hold, ...]:
    """The holds of a trade, by order of arrival, from all its entries by seq."""
    found: dict[str, Hold] = {}
    for entry in trade:
        if entry.type != "hold":
            continue
        claims = claims_of(entry)
        released = claims.get("releases")
        if isinstance(released, str):
            hold = found.get(released)
            if hold is not None and hold.released is None:
                found[released] = _ended(hold, entry.received)
            continue
        targets, until = claims.get("targets"), claims.get("until")
        leaves = [bytes.fromhex(str(each)[2:]) for each in targets] if isinstance(targets, list) else []
        end = parse_time(until) if isinstance(until, str) else None
        found[entry.event] = Hold(entry.event, entry.leaf, frozenset(leaves), str(claims.get("ground")), end)
    return tuple(found.values())


def _ended(hold: Hold, at: int) -> Hold:
    return Hold(hold.id, hold.leaf, hold.targets, hold.ground, hold.until, at)


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold to place. `targets` None: every entry the trade has now; `id`: the caller's, so that a repeat
    places none a second time.
    """

    ground: str
    until: int | None = None
    targets: tuple[bytes, ...] | None = None
    id: str | None = None


class Holds:
    """Places and releases holds by recording them. Blocking: call it off the event loop."""

    def __init__(self, recorder: Recorder, clock: Callable[[], int], random: Random) -> None:
        self._recorder = recorder
        self._clock = clock
        self._random = random

    def of(self, log: CaseLog, trade: str) -> tuple[Hold, ...]:
        """All holds of a trade. Raises NotInLog when the log has no such trade."""
        return holds_of(_entries(log, trade))

    def place(self, log: CaseLog, trade: str, new: NewHold) -> tuple[Hold, bool]:
        """Record a hold; whether it is a new one. NotInLog without such a trade, EventRejected for targets
        that are not the trade's, EventConflict when the caller's id stands for another hold.
        """
        entries = _entries(log, trade)
        event = f"hold:{new.id or self._random(12).hex()}"
        known = {each.id: each for each in holds_of(entries)}
        if event in known:
            return _repeated(known[event], new), False
        targets = _targets(entries, new.targets)
        claims: dict[str, object] = {"targets": [to_hex(each) for each in targets], "ground": new.ground}
        if new.until is not None:
            claims["until"] = format_time(new.until)
        appended = self._record(log, event, trade, claims)
        return Hold(event, appended, frozenset(targets), new.ground, new.until), True

    def release(self, log: CaseLog, trade: str, hold: str, ground: str) -> Hold:
        """End a hold now by recording that; one that has been released stays so. Raises NotInLog."""
        known = {each.id: each for each in self.of(log, trade)}
        if hold not in known:
            raise NotInLog("there is no such hold")
        found = known[hold]
        if found.released is not None:
            return found
        claims = {
            "targets": sorted(to_hex(each) for each in found.targets),
            "ground": ground,
            "until": format_time(self._clock()),
            "releases": hold,
        }
        self._record(log, f"release:{self._random(12).hex()}", trade, claims)
        return next(each for each in self.of(log, trade) if each.id == hold)

    def _record(self, log: CaseLog, event: str, trade: str, claims: Mapping[str, object]) -> bytes:
        now = format_time(self._clock())
        members = {"event": event, "trade": trade, "type": "hold", "occurred": now, "claims": dict(claims)}
        return self._recorder.record(log, members).leaf


def _repeated(hold: Hold, new: NewHold) -> Hold:
    same = (hold.ground, hold.until) == (new.ground, new.until)
    if not same or (new.targets is not None and hold.targets != frozenset(new.targets)):
        raise EventConflict([hold.id])
    return hold


def _entries(log: CaseLog, trade: str) -> list[StoredEntry]:
    entries = trade_entries(log, trade)
    if not entries:
        raise NotInLog("there is no such trade")
    return entries


def _targets(entries: Sequence[StoredEntry], wanted: tuple[bytes, ...] | None) -> list[bytes]:
    leaves = {each.leaf: None for each in entries}
    if wanted is None:
        if len(leaves) > MOST_TARGETS:
            detail = f"the trade has more than {MOST_TARGETS} entries: name the targets of each hold"
            raise EventRejected((Problem("/targets", detail, "length"),))
        return list(leaves)
    problems = [
        Problem(f"/targets/{number}", "this is no entry of the trade", "target")
        for number, leaf in enumerate(wanted)
        if leaf not in leaves
    ]
    if problems:
        raise EventRejected(tuple(problems))
    return list(dict.fromkeys(wanted))
