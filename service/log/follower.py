"""One thread that hands newly signed entries of every log to whoever lives off them: indexes, cases, queues.

Each handler has a durable cursor a log and gets its entries in order of index, at least once: a cursor moves
after the handler has returned, so a crash in between repeats the batch. Appending knows nothing of this. The
thread takes small batches, and rests after each in proportion to the work, longer while a log grows fast: a
handler may then fall behind, a POST never waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Generic, Protocol, TypeVar

from service.core.checkpoint import LogIdentity
from service.log.errors import LogError
from service.log.ports import LogReader, StoredEntry

_journal = logging.getLogger("tally.follower")

_BATCH = 64
_POLL_SECONDS = 0.25
_LONGEST_REST = 0.5
_FIRST_RETRY, _LONGEST_RETRY = 0.5, 60.0
_FAST_GROWTH = 500  # entries a second
_REST_FAST, _REST_CALM = 9.0, 2.0  # seconds of rest a second of work


class FollowingError(LogError):
    """Following cannot go on from here: it was set up wrongly, or another process follows by now."""


class FollowedLog(Protocol):
    """What a log must show to be followed (`service.disputes.ports.CaseLog` is one)."""

    @property
    def name(self) -> str: ...
    @property
    def platform(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def identity(self) -> LogIdentity: ...
    @property
    def reader(self) -> LogReader: ...


L = TypeVar("L", bound=FollowedLog)
L_contra = TypeVar("L_contra", bound=FollowedLog, contravariant=True)


class EntryHandler(Protocol[L_contra]):
    """Lives off the entries of all logs. `name` keys its cursors: a new name starts at the first entry."""

    @property
    def name(self) -> str: ...

    def handle(self, log: L_contra, entries: Sequence[StoredEntry]) -> None:
        """Take consecutive entries, in order of index. What it writes must be durable when it returns; a
        batch may come again, whole or in other pieces. Whatever it raises brings the batch again later.
        """


class EntrySource(Protocol):
    """Where entries are read (`LogStore` is one)."""

    def entries(self, log_id: bytes, first: int, count: int) -> Sequence[StoredEntry]:
        """At most `count` entries from index `first` on, ascending."""


class CursorStore(Protocol):
    """Durable cursors. A write is durable when it returns."""

    def cursors(self) -> Mapping[tuple[str, bytes], int]:
        """The next index by handler and log id; absent means 0."""

    def advance(self, handler: str, log_id: bytes, was: int, following: int) -> bool:
        """Move a cursor from `was` to `following`; False, and no change, when it stands elsewhere."""


class Turn(Protocol):
    """Which of several processes follows."""

    def take(self) -> bool:
        """Whether it is this process (now, and for some seconds)."""

    def give_back(self) -> None:
        """Let another process follow at once."""


@dataclass(slots=True)
class _Place:
    """Where one handler stands in one log, and when it may be asked again after a failure."""

    following: int
    failed: int = 0
    retry_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """One handler's progress in one log: entries handed over, entries signed, failures since the start."""

    handler: str
    log: str
    handled: int
    size: int
    failures: int


class Follower(Generic[L]):
    """Follows all logs of a process. Handlers are added before `start`."""

    def __init__(
        self,
        logs: Sequence[L],
        source: EntrySource,
        cursors: CursorStore,
        turn: Turn,
        *,
        monotonic: Callable[[], float],
        poll: float = _POLL_SECONDS,
    ) -> None:
        self._logs, self._source, self._cursors, self._turn = logs, source, cursors, turn
        self._monotonic = monotonic
        self._poll = poll
        self._handlers: list[EntryHandler[L]] = []
        self._places: dict[tuple[str, bytes], _Place] = {}
        self._failures: dict[tuple[str, bytes], int] = {}
        self._sizes: dict[bytes, int] = {}
        self._grown: tuple[float, int] = (0.0, 0)
        self._fast = False
        self._wake = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="follower", daemon=True)

    def add(self, handler: EntryHandler[L]) -> None:
        """Have this handler follow, too."""
        if any(other.name == handler.name for other in self._handlers):
            raise FollowingError(f"there is a handler {handler.name} already")
        self._handlers.append(handler)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new; do not wait for the end of the poll."""
        self._wake.set()

    def stop(self, timeout: float = 10.0) -> None:
        """End after the batch under way, and let another process follow."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def progress(self) -> Sequence[Progress]:
        """Every handler's progress in every log, as this process last saw it; empty while another follows."""
        return [
            Progress(handler.name, log.name, place.following, self._sizes.get(log_id, 0), failures)
            for log in self._logs
            for handler in self._handlers
            for log_id in (log.identity.log_id,)
            if (place := self._places.get((handler.name, log_id))) is not None
            for failures in (self._failures.get((handler.name, log_id), 0),)
        ]

    def _run(self) -> None:
        while not self._stopping:
            started = self._monotonic()
            more = self._round_or_rest()
            worked = self._monotonic() - started
            rest = worked * (_REST_FAST if self._fast else _REST_CALM)
            self._wake.wait(min(rest, _LONGEST_REST) if more else self._poll)
            self._wake.clear()
        try:
            self._turn.give_back()
        except Exception as error:
            _journal.warning("the turn to follow was not given back: %s", type(error).__name__)

    def _round_or_rest(self) -> bool:
        """One round; whatever goes wrong with the database, the next one begins from the cursors again."""
        try:
            return self.round()
        except Exception as error:
            _journal.warning("logs could not be followed: %s", type(error).__name__)
            self._places.clear()
            return False

    def round(self) -> bool:
        """Hand every handler at most one batch of every log; True when any has more waiting."""
        if not self._turn.take():
            self._places.clear()
            return False
        if not self._places:
            stored = self._cursors.cursors()
            self._places = {key: _Place(stored.get(key, 0)) for key in self._keys()}
        more = False
        for log in self._logs:
            more = self._follow(log) or more
        self._note_growth()
        return more

    def _keys(self) -> Iterator[tuple[str, bytes]]:
        return ((handler.name, log.identity.log_id) for handler in self._handlers for log in self._logs)

    def _follow(self, log: L) -> bool:
        log_id = log.identity.log_id
        size = self._sizes[log_id] = log.reader.size()
        read: dict[int, Sequence[StoredEntry]] = {}  # handlers mostly stand at the same index
        more = False
        for handler in self._handlers:
            place = self._places[handler.name, log_id]
            if self._stopping or place.following >= size or self._monotonic() < place.retry_at:
                continue
            if place.following not in read:
                count = min(_BATCH, size - place.following)
                read[place.following] = self._source.entries(log_id, place.following, count)
            entries = read[place.following]
            if entries and self._hand(handler, log, place, entries):
                more = more or place.following < size
        return more

    def _hand(self, handler: EntryHandler[L], log: L, place: _Place, entries: Sequence[StoredEntry]) -> bool:
        """Hand one batch over and move the cursor; a failure is retried later, the other handlers go on."""
        key = handler.name, log.identity.log_id
        try:
            handler.handle(log, entries)
        except Exception as error:
            place.failed += 1
            self._failures[key] = self._failures.get(key, 0) + 1
            pause = min(_FIRST_RETRY * 2 ** min(place.failed - 1, 10), _LONGEST_RETRY)
            place.retry_at = self._monotonic() + pause
            _journal.warning(
                "handler %s failed on %s at entry %d (%s); again in %.1f s",
                handler.name, log.name, place.following, type(error).__name__, pause,
                exc_info=error if place.failed == 1 else None,
            )  # fmt: skip
            return False
        following = place.following + len(entries)
        if not self._cursors.advance(*key, place.following, following):
            # Another process moved it: this one has been slow for longer than its turn lasts.
            self._places.clear()
            raise FollowingError(f"the cursor of {handler.name} was moved by another process")
        place.following, place.failed, place.retry_at = following, 0, 0.0
        return True

    def _note_growth(self) -> None:
        now, total = self._monotonic(), sum(self._sizes.values())
        since, before = self._grown
        if now - since >= 1.0:
            self._fast = since > 0.0 and (total - before) / (now - since) > _FAST_GROWTH
            self._grown = now, total
