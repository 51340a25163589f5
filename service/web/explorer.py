"""What the pages of the public logs show: plain values, from what anybody may ask of a log. Nothing here is
about a person, a trade or an entry's content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.anchoring.ports import AnchorOnChain, AnchorState
from service.api.services import OpenLog
from service.core.trust import Trust, TrustedLog
from service.log.ports import LogState, NotedCheckpoint
from service.web.chain_faults import ChainFault

ANCHORS_A_PAGE = 12


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that are signed and not on chain yet. `since`: when the first of them was signed; `due`: until
    when they were promised to be there (Unix seconds).
    """

    entries: int
    since: int
    due: int

    def overdue(self, now: int) -> bool:
        """Whether the promised time has passed."""
        return now > self.due


@dataclass(frozen=True, slots=True)
class Summary:
    """One log in the list. `state`: open, empty, late, halted or sealed."""

    name: str
    origin: str
    test: bool
    size: int
    latest: NotedCheckpoint | None
    anchor: AnchorOnChain | None
    waiting: Waiting | None
    state: str


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """One row of the table of anchors. `waited`: seconds from the signing of the first checkpoint that the
    anchor before did not cover to this anchor's block; None: not known.
    """

    size: int
    added: int
    timestamp: int
    block: int
    tx: bytes | None
    final: bool
    waited: int | None


def summary(log: OpenLog, state: LogState, now: int) -> Summary:
    """One log as it stands; `now` in Unix seconds."""
    latest = log.reader.latest()
    found = newest_anchors(log, 1)
    anchor = found[0] if found else None
    waiting = _waiting(log, latest, 0 if anchor is None else anchor.size)
    told = state.value
    if log.sequencer.halted is not None and state is LogState.OPEN:
        told = LogState.HALTED.value
    elif state is LogState.OPEN and latest is None:
        told = "empty"
    elif state is LogState.OPEN and waiting is not None and waiting.overdue(now):
        told = "late"
    return Summary(
        name=log.name,
        origin=log.identity.origin,
        test=log.mode == "test",
        size=0 if latest is None else latest.record.size,
        latest=latest,
        anchor=anchor,
        waiting=waiting,
        state=told,
    )


def _waiting(log: OpenLog, latest: NotedCheckpoint | None, anchored: int) -> Waiting | None:
    if latest is None or latest.record.size <= anchored:
        return None
    (first, *_) = log.reader.checkpoints(anchored, 1)
    return Waiting(latest.record.size - anchored, first.signed_at, first.anchor_by)


def newest_anchors(log: OpenLog, count: int, below: int | None = None) -> Sequence[AnchorOnChain]:
    """At most `count` anchors, the largest first."""
    identity = log.identity
    return log.anchors.latest(identity.chain_id, identity.registry, identity.log_id, count, below)


def anchor_lines(log: OpenLog, below: int | None) -> tuple[Sequence[AnchorLine], int | None]:
    """One page of the table of anchors, newest first, and where the next one goes on (None: no more)."""
    found = newest_anchors(log, ANCHORS_A_PAGE + 1, below)
    shown = [_line(log, anchor) for anchor in found[:ANCHORS_A_PAGE]]
    return shown, shown[-1].size if len(found) > ANCHORS_A_PAGE else None


def _line(log: OpenLog, anchor: AnchorOnChain) -> AnchorLine:
    slot = anchor.slot
    first = log.reader.checkpoints(slot.prev_size, 1)
    return AnchorLine(
        size=anchor.size,
        added=anchor.size - slot.prev_size,
        timestamp=slot.timestamp,
        block=slot.block_number,
        tx=anchor.tx,
        final=anchor.state is AnchorState.FINAL,
        # The clocks of the host and of the chain differ a little.
        waited=max(0, slot.timestamp - first[0].signed_at) if first else None,
    )


@dataclass(frozen=True, slots=True)
class Registered:
    """A log's keys and its registry, as a trust file would say them."""

    log: TrustedLog
    code_hash: bytes
    registry: str


def registered(trust: Trust, log: OpenLog) -> Registered | None:
    """What is known of the log's keys and contract."""
    identity = log.identity
    found = trust.log(identity.log_id)
    chain = trust.chain(identity.chain_id, identity.registry)
    return None if found is None or chain is None else Registered(found, chain.code_hash, identity.registry)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in its largest fitting unit: the key of the catalogue and the figure."""

    key: str
    count: int


def span(seconds: int) -> Span:
    """`seconds` rounded down to seconds, minutes, hours or days."""
    for key, unit in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * unit or (seconds >= unit and seconds % unit == 0):
            return Span(key, seconds // unit)
    return Span("seconds", max(0, seconds))


@dataclass(frozen=True, slots=True)
class Explorer:
    """What the pages of the logs need beyond the API's services. `registered()`: every log with its keys and
    contract, test logs too; `blocks`: the address of a block explorer; `promise`: seconds within which a
    checkpoint is promised to be on chain.
    """

    registered: Callable[[], Trust]
    state: Callable[[bytes], LogState]
    faults: Callable[[bytes], Sequence[ChainFault]]
    blocks: str | None
    promise: int
