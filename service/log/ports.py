"""What the log's use-cases need from the outside, and the values that travel through these ports.

Hashes and ids of logs are `bytes` of 32; `received` is in milliseconds, `signed_at` and `anchor_by` in
seconds (Unix).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from service.core.entry import Signature
from service.core.receipt import StateProof


class LogState(StrEnum):
    """A log is open until it is halted (by a broken head) or sealed (by its owner); neither ever opens
    again.
    """

    OPEN = "open"
    HALTED = "halted"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log as the database knows it. `test` logs take the events of test keys and never meet a paid
    chain.
    """

    log_id: bytes
    platform: str
    origin: str
    chain_id: int
    registry: str
    opener: str
    max_delay: int
    test: bool = False
    state: LogState = LogState.OPEN
    reason: str | None = None
    successor: bytes | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One event, ready to append.

    `own_salts`: the poster made the disclosures itself, so a repeat must carry exactly this statement;
    otherwise the service drew the salts and a repeat is compared by what it claims. `filled`: pointers of
    the references whose digest the service filled in; a repeat is compared without those digests. `after`:
    append it only as the entry right behind this seq of its trade, else `TradeMoved`; None: wherever.
    """

    event: str
    trade: str
    type: str
    occurred: str
    statement: bytes
    disclosures: tuple[str, ...]
    signatures: tuple[Signature, ...] = ()
    own_salts: bool = False
    filled: tuple[str, ...] = ()
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest committed state of a log: its size, root, and the two clocks that never go back."""

    size: int
    root: bytes
    received: int
    signed_at: int


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as stored. `disclosures` are those not erased, None once all are; `erased_at` (ms): when
    content was erased last.
    """

    index: int
    leaf: bytes
    event: str
    trade: str
    seq: int
    type: str
    received: int
    digest: bytes
    entry: bytes
    disclosures: tuple[str, ...] | None
    erased_at: int | None = None

    @property
    def erased(self) -> bool:
        """Whether any of the content was erased: then nobody can compare a repeat with it any more."""
        return self.erased_at is not None


class EntryFrame(NamedTuple):
    """What a check of all entries needs of each: exact bytes, and columns that must agree with them.

    `position` is the index (`tuple` has a method of that name).
    """

    position: int
    leaf: bytes
    trade: str
    seq: int
    received: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """A committed checkpoint, from which its signed note is derived again at any time; `key` is the
    signer's address.
    """

    size: int
    root: bytes
    signed_at: int
    anchor_by: int
    via: bytes
    key: str


@dataclass(frozen=True, slots=True)
class TradeTail:
    """The last entry of a trade."""

    seq: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A tile with the hashes it needs for cheap proofs: `middle` are the roots of its aligned runs of 16
    hashes.
    """

    level: int
    index: int
    hashes: bytes
    middle: bytes

    @property
    def width(self) -> int:
        """How many hashes the tile holds, 1 to 256."""
        return len(self.hashes) // 32


@dataclass(frozen=True, slots=True)
class AnchorRecord:
    """One anchor of a log as the anchoring room recorded it. `finality`, `tx`, `block` only ever become
    hints.
    """

    chain_id: int
    registry: str
    size: int
    root: bytes
    state_proof: StateProof | None
    tx: str | None = None
    block: int | None = None
    finality: str | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """One event's place in the log; `repeated` when it had been appended by an earlier submission."""

    index: int
    leaf: bytes
    entry: bytes
    disclosures: tuple[str, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class AppendedBatch:
    """The answer to one `submit`: one `Appended` a submission, in the order submitted.

    Their distinct indexes are exactly [first, first + count). `checkpoint` is the signed note promised at
    the time, of `size` entries; `left` and `right` are the compact ranges [0, first) and [first + count,
    size).
    """

    first: int
    size: int
    appended: tuple[Appended, ...]
    checkpoint: str
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]

    @property
    def distinct(self) -> tuple[Appended, ...]:
        """Each index once, ascending (a batch may name one event twice)."""
        by_index = {item.index: item for item in reversed(self.appended)}
        return tuple(by_index[index] for index in sorted(by_index))

    @property
    def repeated(self) -> bool:
        """Whether everything had been appended before this call."""
        return all(item.repeated for item in self.appended)


class Appending(Protocol):
    """A database transaction that holds the lock of one log's head; every read sees the newest committed
    state.

    Used by one thread. Left without `commit`, it rolls back. Every method but `commit` raises
    `StoreUnavailable` when the database fails, with nothing persisted.
    """

    @property
    def log(self) -> LogRecord:
        """The log's row."""

    @property
    def head(self) -> Head:
        """The head under the lock."""

    def edge(self) -> Sequence[StoredTile]:
        """The partial tiles of the right edge, at most one a level."""

    def tile(self, level: int, index: int) -> StoredTile | None:
        """One tile, full or at the edge."""

    def checkpoint(self, size: int) -> CheckpointRecord | None:
        """The checkpoint of exactly this size."""

    def existing(self, events: Sequence[str]) -> Mapping[str, StoredEntry]:
        """Those of the events that are in the log."""

    def tails(self, trades: Sequence[str]) -> Mapping[str, TradeTail]:
        """The last entry of each of these trades that has any."""

    def append(
        self,
        entries: Sequence[StoredEntry],
        tiles: Sequence[StoredTile],
        head: Head,
        checkpoint: CheckpointRecord,
    ) -> None:
        """Write all rows of one group. The head is moved by `UPDATE … WHERE size = <size seen>`, checked by
        rowcount.

        Raises `RowsRefused` when the database refuses a row (the transaction is rolled back and cannot go
        on).
        """

    def confirm(self) -> None:
        """Commit a write that changes nothing: what this transaction saw is then as durable as its COMMIT.

        What another process (or an earlier life of this one) committed can be seen before it is durable: its
        fsync or its standby's answer may never have come. Raises as `commit`.
        """

    def commit(self) -> None:
        """Make everything durable before returning.

        Raises `CommitUnknown` at any exception, time-out, notice or warning: the rows may or may not be
        there, and the connection has been dropped. Raises `StoreFailed` when the storage lost a durable
        write.
        """


class LogStore(Protocol):
    """The tables of all logs. Safe for use from many threads; each read is one consistent snapshot."""

    def create(self, log: LogRecord) -> None:
        """Add an empty log, durably. Raises `LogError` when its id or origin is taken."""

    def log(self, log_id: bytes) -> LogRecord:
        """The log's row; raises `UnknownLog`."""

    def logs(self) -> Sequence[LogRecord]:
        """All logs, oldest first."""

    def set_state(
        self, log_id: bytes, state: LogState, reason: str | None, successor: bytes | None = None
    ) -> None:
        """Halt or seal the log, durably; never back to open."""

    def appending(self, log_id: bytes) -> AbstractContextManager[Appending]:
        """Lock the log's head against every other process until commit or exit."""

    def settle(self) -> None:
        """House-keeping off the promise's path (WAL checkpoint). Raises `StoreFailed` when a durable write
        was lost.
        """

    def erase(self, log_id: bytes, index: int, claims: frozenset[str], at: int) -> bool:
        """Delete the disclosures of these claims, salts included, durably; `at` (ms) is noted as the time.

        False, and nothing changes, when none of them is there (any more) or there is no such entry. Copies
        of the deleted bytes may stand in the database's files until `scrub`.
        """

    def scrub(self, *, thorough: bool = False) -> bool:
        """Overwrite or give up what copies of deleted content the database keeps in its own files.

        `thorough`: do it even where that means rewriting a table while everybody waits. False when it could
        not be done now (somebody reads an older state): call again later. Raises `StoreFailed` when a durable
        write was lost.
        """

    def head(self, log_id: bytes) -> Head:
        """The newest committed head."""

    def entry(self, log_id: bytes, index: int) -> StoredEntry | None:
        """The entry at this index."""

    def entry_by_leaf(self, log_id: bytes, leaf: bytes) -> StoredEntry | None:
        """The entry with this leaf hash."""

    def entry_by_event(self, log_id: bytes, event: str) -> StoredEntry | None:
        """The entry of this event id."""

    def entries(self, log_id: bytes, first: int, count: int) -> Sequence[StoredEntry]:
        """At most `count` entries from index `first` on, ascending."""

    def frames(self, log_id: bytes, first: int, count: int) -> Sequence[EntryFrame]:
        """At most `count` entries' frames from index `first` on, ascending."""

    def trade(self, log_id: bytes, trade: str, first_seq: int, count: int) -> Sequence[StoredEntry]:
        """At most `count` entries of the trade from `first_seq` on, in order of seq."""

    def digests(self, log_id: bytes, events: Sequence[str]) -> Mapping[str, bytes]:
        """The statement digests of those of the events that are in the log."""

    def tile(self, log_id: bytes, level: int, index: int) -> StoredTile | None:
        """One tile, full or at the edge."""

    def edge(self, log_id: bytes) -> Sequence[StoredTile]:
        """The partial tiles of the right edge."""

    def checkpoint_covering(self, log_id: bytes, size: int) -> CheckpointRecord | None:
        """The smallest checkpoint of at least this size: the promise given when entry `size - 1` was
        posted.
        """

    def latest_checkpoint(self, log_id: bytes, at_most: int) -> CheckpointRecord | None:
        """The largest checkpoint of at most this size."""

    def checkpoints(self, log_id: bytes, after: int, count: int) -> Sequence[CheckpointRecord]:
        """At most `count` checkpoints larger than `after`, ascending."""


class LastSigned(Protocol):
    """The largest (size, root) ever signed for a log, kept outside the database and its backups.

    Durable when `advance` returns; safe among threads and processes.
    """

    def read(self, log_id: bytes) -> tuple[int, bytes] | None:
        """The value, or None when the log has none yet. Raises `LogHalted` when it is there but
        unreadable.
        """

    def advance(self, log_id: bytes, size: int, root: bytes) -> None:
        """Raise the value to this; a smaller size changes nothing. Raises `LogHalted` at an equal size with
        another root, `StoreFailed` when the write did not become durable.
        """


class AnchorReader(Protocol):
    """What the anchoring room knows of a log's anchors; each read is one snapshot."""

    def earliest_covering(self, log_id: bytes, index: int) -> AnchorRecord | None:
        """The anchor of smallest size greater than `index` that is on chain, or None."""


@dataclass(frozen=True, slots=True)
class NotedCheckpoint:
    """A committed checkpoint with its signed note."""

    record: CheckpointRecord
    note: str


class LogReader(Protocol):
    """One log as anybody may see it: nothing beyond the last signed checkpoint, as if it were not there yet.

    Synchronous, safe among threads; each call costs a few database reads. Unknown things are None or empty;
    `NotInLog` when an index, size or tile lies beyond the log.
    """

    def size(self) -> int:
        """The size of the newest signed checkpoint."""

    def covers(self, size: int) -> bool:
        """Whether the log has signed this size, or a larger one. Of what was seen before nothing is read."""

    def knows(self, size: int) -> bool:
        """Whether `covers` says yes without reading. Never waits."""

    def entry(self, index: int) -> StoredEntry | None:
        """The entry at this index."""

    def entry_by_leaf(self, leaf: bytes) -> StoredEntry | None:
        """The entry with this leaf hash."""

    def entry_by_event(self, event: str) -> StoredEntry | None:
        """The entry of this event id."""

    def trade(self, trade: str, first_seq: int = 0, count: int = 100) -> Sequence[StoredEntry]:
        """At most `count` entries of the trade from `first_seq` on, in order of seq (the cursor is the next
        seq).
        """

    def digests(self, events: Sequence[str]) -> Mapping[str, bytes]:
        """Statement digests of those of the events that are in the log: what references between events
        carry.
        """

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The `width` (1 to 256) first hashes of a tile, 32 bytes each."""

    def latest(self) -> NotedCheckpoint | None:
        """The newest signed checkpoint; None while the log is empty."""

    def checkpoint(self, size: int) -> NotedCheckpoint | None:
        """The checkpoint of exactly this size."""

    def promise(self, index: int) -> NotedCheckpoint | None:
        """The checkpoint promised when this entry was posted: the smallest that covers the index."""

    def checkpoints(self, after: int, count: int = 100) -> Sequence[CheckpointRecord]:
        """At most `count` signed checkpoints larger than `after`, ascending."""

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The inclusion proof of an index in the tree of `size` leaves."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between two sizes."""

    def compact_range(self, begin: int, end: int) -> list[bytes]:
        """The roots of the perfect subtrees that cover [begin, end), left to right."""


Clock = Callable[[], int]
"""Unix time in milliseconds."""

DeadlineRisk = Callable[[bytes], float | None]
"""For a log id: None while promises can be kept, else the seconds after which to try again."""

SigningStop = Callable[[bytes], str | None]
"""For a log id: None while the host's clock agrees with the chain's, else why nothing may be signed."""
