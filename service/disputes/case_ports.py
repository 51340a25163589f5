"""What this room keeps besides the log: an index of cases, and files. Both follow from the log and from what
was handed in; neither decides anything. Synchronous, safe among threads and processes; writes are durable
when they return.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from service.disputes.ports import Attachment, Attachments


@dataclass(frozen=True, slots=True)
class IndexedCase:
    """One dispute as the index knows it. Times are Unix ms; `index` is the opening entry's, `seen` that of
    the last entry considered. `due` is None while no answer is awaited; `code` None once it was erased.
    """

    log_id: bytes
    dispute: str
    trade: str
    index: int
    opened: int
    by: str
    code: str | None
    forum: str | None
    state: str
    open: bool
    due: int | None
    paused_until: int | None
    answered: int | None
    seen: int


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; None leaves a member open. `due_before` finds cases that await an answer."""

    trade: str | None = None
    dispute: str | None = None
    state: str | None = None
    open: bool | None = None
    due_before: int | None = None


class CaseIndex(Protocol):
    """The cases of all logs, for finding and listing."""

    def put(self, cases: Sequence[IndexedCase]) -> None:
        """Store each case unless the index has seen later entries of it. A dispute id belongs to the trade
        that had it first.
        """

    def find(self, log_id: bytes, dispute: str) -> IndexedCase | None:
        """One case."""

    def known(self, log_id: bytes, trades: Collection[str]) -> frozenset[str]:
        """Those of the trades that have cases."""

    def page(self, log_id: bytes, wanted: CaseFilter, after: int, limit: int) -> Sequence[IndexedCase]:
        """At most `limit` cases opened at an index of `after` or more, ascending."""

    def due_between(
        self, log_id: bytes, after: int, until: int, limit: int, beyond: str | None = None
    ) -> Sequence[IndexedCase]:
        """Cases whose answer falls due in (after, until] (ms), soonest first, then by id; with `beyond` those
        with a larger id that fall due at `after` as well.
        """

    def forget(self, log_id: bytes, index: int, code: bool) -> None:
        """Blank what the case opened by this entry copies of its claims (`code`: the claim's code too)."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What the files of one side of a dispute may come to."""

    files: int
    bytes: int


class AttachmentStore(Attachments, Protocol):
    """Files of disputes; equal content is kept once a log."""

    def add(
        self, log_id: bytes, attachment: Attachment, content: bytes, quota: Quota
    ) -> tuple[Attachment, bool]:
        """Keep a file, durably; the file and whether it is new. One that the dispute has already stays as it
        was handed in first. Raises AttachmentsFull when the quota of who hands it in does not allow it.
        """

    def room(self, log_id: bytes, dispute: str, by: str) -> Quota:
        """How many files and bytes of the dispute this role has handed in."""

    def of_dispute(self, log_id: bytes, dispute: str) -> Sequence[Attachment]:
        """All its files, referred to or not, oldest first."""

    def held(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        """All files of the trade's disputes, referred to or not, oldest first."""

    def refer(self, log_id: bytes, dispute: str, digests: Collection[bytes]) -> None:
        """Note that entries of the dispute refer to these files."""

    def put_forward(
        self, log_id: bytes, dispute: str, digests: Collection[bytes], at: int
    ) -> Collection[bytes]:
        """Those of these files that the dispute has. One that no entry names yet counts as unused since `at`
        (ms) only: an entry that will name it is under way.
        """

    def unused(self, log_id: bytes, before: int, limit: int) -> Sequence[Attachment]:
        """At most `limit` files that no entry is noted to name, handed in or put forward before this time."""

    def remove_unused(self, log_id: bytes, dispute: str, digest: bytes, before: int) -> bool:
        """As `remove`, if that still holds of the file; whether it did."""

    def remove(self, log_id: bytes, dispute: str, digest: bytes) -> None:
        """Forget the file for this dispute; its content too, unless another dispute of the log has it."""
