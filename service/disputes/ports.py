"""What the cases need from the outside, and the values that travel through these ports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from service.core.checkpoint import LogIdentity
from service.log.ports import AnchorReader, Appended, AppendedBatch, LogReader, StoredEntry, Submission

Random = Callable[[int], bytes]


class Appender(Protocol):
    """The log's sequencer, as seen from here."""

    def submit(self, submissions: Sequence[Submission]) -> Future[AppendedBatch]:
        """Queue submissions; the answer comes once they are durable and signed."""


@dataclass(frozen=True, slots=True)
class CaseLog:
    """One open log as cases use it. `mode` is live or test."""

    name: str
    platform: str
    mode: str
    identity: LogIdentity
    reader: LogReader
    anchors: AnchorReader
    sequencer: Appender


class CardIndex(Protocol):
    """What the lookup index knows across the trades of one log."""

    def trades_of_card(self, log_id: bytes, scope: str, value: str, limit: int) -> Sequence[str]:
        """Ids of trades in which this card fingerprint occurs, in order of first arrival."""

    def entries_of_type(self, log_id: bytes, event_type: str, limit: int) -> Sequence[StoredEntry]:
        """The newest entries of this type, newest first."""


class Recorder(Protocol):
    """Appends an event that the service itself posts, on somebody's behalf."""

    def record(self, log: CaseLog, event: Mapping[str, object]) -> Appended:
        """Check, prepare and append one event; returns once it is durable. A repeat gives the same entry.

        Raises `EventRejected`, and whatever the sequencer refuses with.
        """


class DecisionRecorder(Protocol):
    """A `Recorder` of what was decided on a trade as it was."""

    def record(self, log: CaseLog, event: Mapping[str, object], *, after: int | None = None) -> Appended:
        """As `Recorder.record`; `after`: only as the entry right behind this seq of its trade, else
        `TradeMoved`.
        """


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What an erasure entry says is erased: claims by index. `event`: the entry's; `at` (ms): planned."""

    event: str
    trade: str
    targets: tuple[tuple[int, frozenset[str]], ...]
    at: int


class ErasurePlans(Protocol):
    """Erasures under way, and which trades are due to be looked at. Durable; safe among threads and
    processes.
    """

    def add(self, log_id: bytes, plan: ErasurePlan) -> None:
        """Keep a plan until it is finished. One per event."""

    def unfinished(self, log_id: bytes, trade: str | None = None) -> Sequence[ErasurePlan]:
        """The plans not finished, of one trade or all, oldest first."""

    def finish(self, log_id: bytes, event: str) -> None:
        """Forget a plan: it is carried out, or was never recorded."""

    def position(self, log_id: bytes, rules: bytes) -> int:
        """The first index whose trade was not scheduled yet under these retention rules (a hash of them)."""

    def schedule(self, log_id: bytes, trades: Collection[str], due: int, position: int, rules: bytes) -> None:
        """Have these trades looked at from `due` (ms) on, and move the position, in one step."""

    def look_again(self, log_id: bytes, trade: str, due: int | None) -> None:
        """Have a trade looked at again then; None: it needs no further look."""

    def due(self, log_id: bytes, now: int, limit: int) -> Sequence[str]:
        """At most `limit` trades that are due, the longest due first."""


class Forgetting(Protocol):
    """Whoever holds a copy of claims outside the log's own rows: an index, a cache, a queue of messages."""

    def forget(self, log_id: bytes, index: int, claims: frozenset[str] | None) -> None:
        """Delete every copy of these claims (None: all) of one entry, durably, before returning.

        Called after the log's own content is gone, off the event loop, from any thread; called again for
        the same claims after a crash, so a repeat must do no harm. An entry of which nothing is held is no
        error. Whatever is raised lets the erasure be carried out again later.
        """


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a dispute, without its content. `by` is the role of who handed it in, `at` is Unix ms."""

    dispute: str
    trade: str
    digest: bytes
    media_type: str
    size: int
    label: str | None
    by: str
    at: int


class Attachments(Protocol):
    """Files that entries of disputes refer to, by the SHA-256 of their content."""

    def of_trade(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        """The files that entries of the trade refer to, oldest first. Who may see an entry may see its files:
        that is the caller's to ask.
        """

    def read(self, log_id: bytes, digest: bytes) -> bytes | None:
        """The content of such a file; None when it was removed or never handed in."""
