"""A durable outbox for bad networks: what is put in reaches the log, in order, exactly once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Final, Protocol

import orjson

from service.client.errors import ApiProblem
from service.client.outbox_file import Kept, OutboxFile, State
from service.client.posted import Event, encode
from service.core import receipt as core_receipt
from service.core.receipt import Receipt
from service.profiles import giftcard

BATCH_EVENTS: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024


class Poster(Protocol):
    """What the outbox posts through: `Client`, or a test's own."""

    def post(self, event: Event) -> Receipt: ...
    def post_batch(self, events: Sequence[Event]) -> list[Receipt]: ...


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one flush did: how many events are in the log now, and how many the service will never take."""

    delivered: int = 0
    refused: int = 0

    def __add__(self, other: Flushed) -> Flushed:
        return Flushed(self.delivered + other.delivered, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Refused:
    """A dead letter: the event, and why the service never takes it. Mend it, put it under a new id."""

    event: dict[str, Any]
    status: int
    type: str
    title: str
    detail: str
    errors: tuple[Mapping[str, str], ...]


class Outbox:
    """Keeps events on disk until the service has them, and their receipts afterwards. Thread-safe.

    Order: events reach the log in the order they were put; one that is refused for good is set aside and
    does not hold up those behind it. Crash: `put` returns when the event is on disk; whatever was under
    way is posted again, which the service answers with the same receipt. Several processes may share a
    file and even flush at once: each posts in order, and an event posted twice is still one entry.
    """

    def __init__(
        self, path: str | PathLike[str], *, batch_events: int = BATCH_EVENTS, batch_bytes: int = BATCH_BYTES
    ) -> None:
        self._file = OutboxFile(path)
        self._batch_events = batch_events
        self._batch_bytes = batch_bytes
        self._flushing = threading.Lock()
        self.arrived = threading.Event()
        """Set by `put`; who flushes in the background waits for it."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def put(self, *events: Event) -> None:
        """Keep events, all or none; when this returns they are on disk. The same event again changes
        nothing.

        Raises EventRejected (not in its type's form: it would be refused anyway), CanonicalizationError,
        OutboxConflict, OutboxFailed (they are not kept).
        """
        rows = []
        for event in events:
            giftcard.check_event(event)
            posted = encode(event)
            rows.append((posted.event, posted.trade, posted.body))
        self._file.put(rows)
        self.arrived.set()

    def flush(self, client: Poster) -> Flushed:
        """Post everything that waits, oldest first, in batches. What a failure leaves behind still waits.

        Raises what the client raises when going on makes no sense now: ServiceUnreachable, ApiProblem
        about the caller rather than an event (a wrong key, an overloaded service), VerificationError (the
        answer did not hold).
        """
        with self._flushing:
            done, position = Flushed(), 0
            while batch := self._next(position):
                done += self._deliver(client, batch)
                position = batch[-1].position
            return done

    def receipt(self, event: str) -> Receipt | None:
        """The checked receipt of a delivered event."""
        kept = self._file.find(event)
        if kept is None or kept.state is not State.DELIVERED or kept.answer is None:
            return None
        return core_receipt.parse(kept.answer)

    def state(self, event: str) -> State | None:
        """Where an event stands; None when it is not here."""
        kept = self._file.find(event)
        return kept.state if kept else None

    def counts(self) -> dict[State, int]:
        """How many events stand where."""
        return self._file.counts()

    def refused(self) -> list[Refused]:
        """The dead letters."""
        return [
            Refused(orjson.loads(kept.body), **orjson.loads(kept.answer or b"{}"))
            for kept in self._file.refused()
        ]

    def forget(self, *events: str) -> int:
        """Delete events that no longer wait, once their receipts or problems are kept elsewhere."""
        return self._file.forget(events)

    def _next(self, position: int) -> list[Kept]:
        batch: list[Kept] = []
        size = 0
        for kept in self._file.waiting(position, self._batch_events):
            size += len(kept.body) + 1
            if batch and size > self._batch_bytes:
                break
            batch.append(kept)
        return batch

    def _deliver(self, client: Poster, batch: Sequence[Kept]) -> Flushed:
        """Post a batch; refused as a whole, it is cut around what is at fault, and the parts posted."""
        if len(batch) == 1:
            return self._deliver_one(client, batch[0])
        try:
            receipts = client.post_batch([orjson.loads(kept.body) for kept in batch])
        except ApiProblem as problem:
            if not _about_events(problem):
                raise
            faulty = _faulty(problem, batch)
            if not faulty:  # mixed, or too large: one by one
                return sum((self._deliver_one(client, kept) for kept in batch), Flushed())
            # The service judges each event on its own once more, so that its own problem is kept with it.
            return sum((self._deliver(client, part) for part in _parts(batch, faulty)), Flushed())
        self._settle(list(zip(batch, receipts, strict=True)))
        return Flushed(delivered=len(batch))

    def _deliver_one(self, client: Poster, kept: Kept) -> Flushed:
        try:
            receipt = client.post(orjson.loads(kept.body))
        except ApiProblem as problem:
            if not _about_events(problem):
                raise
            self._file.settle([(kept.event, State.REFUSED, _letter(problem))])
            return Flushed(refused=1)
        self._settle([(kept, receipt)])
        return Flushed(delivered=1)

    def _settle(self, answered: Sequence[tuple[Kept, Receipt]]) -> None:
        self._file.settle(
            (kept.event, State.DELIVERED, core_receipt.format(receipt)) for kept, receipt in answered
        )


def _about_events(problem: ApiProblem) -> bool:
    """Whether the problem lies in what was posted. A wrong key or a busy service says nothing of them."""
    return problem.status in (400, 409, 410, 413, 422) and problem.slug != ""


def _faulty(problem: ApiProblem, batch: Sequence[Kept]) -> set[int]:
    """Positions in the batch that the problem names. None when events are only partly new."""
    if problem.slug == "mixed-batch":
        return set()
    by_event = {kept.event: number for number, kept in enumerate(batch)}
    named = {by_event[event] for event in problem.events if event in by_event}
    return named | {index for index in problem.indexes if 0 <= index < len(batch)}


def _parts(batch: Sequence[Kept], faulty: set[int]) -> list[Sequence[Kept]]:
    """The batch cut into runs of good events and single faulty ones, in order."""
    parts: list[list[Kept]] = [[]]
    for number, kept in enumerate(batch):
        if number in faulty:
            parts += [[kept], []]
        else:
            parts[-1].append(kept)
    return [part for part in parts if part]


def _letter(problem: ApiProblem) -> bytes:
    return orjson.dumps(
        {
            "status": problem.status,
            "type": problem.type,
            "title": problem.title,
            "detail": problem.detail,
            "errors": [{"pointer": p.pointer, "detail": p.detail, "code": p.code} for p in problem.errors],
        }
    )
