"""Signed notes of committed checkpoints: derived again from their rows whenever needed, never stored.

A note may only leave once LastSigned covers it, or a crash that loses the commit could make the log sign
two histories.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from service.log.errors import LogError, LogHalted
from service.log.ports import CheckpointRecord, LastSigned


class NoteSigner(Protocol):
    """Both keys of a log's checkpoints (`core.checkpoint.CheckpointSigner`); signatures are deterministic."""

    @property
    def address(self) -> str:
        """The EVM key's address: lower-case `0x` and 40 hex digits."""

    def sign(self, size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes = ...) -> str:
        """The signed note."""


class NoteSigners(Protocol):
    """All checkpoint keys of a log, in use or not. Cheap to ask: once a commit, and once a note."""

    def active(self, at: int) -> NoteSigner:
        """The one that signs new checkpoints at this time (Unix seconds). The same in every process."""

    def of(self, address: str) -> NoteSigner | None:
        """The one of this address, retired or not: its checkpoints may still be asked for."""


class FixedSigners:
    """The keys of a log that never changes them, the one that signs first."""

    def __init__(self, signers: Sequence[NoteSigner]) -> None:
        self._signers = {signer.address: signer for signer in signers}
        self._active = signers[0]

    def active(self, at: int) -> NoteSigner:
        """The first one, always."""
        return self._active

    def of(self, address: str) -> NoteSigner | None:
        """The one of this address."""
        return self._signers.get(address)


class CheckpointNotes:
    """Signs a log's committed checkpoints, with the key each row names. Safe among threads."""

    def __init__(
        self, log_id: bytes, last_signed: LastSigned, signers: NoteSigners, *, cached: int = 4096
    ) -> None:
        self._log_id = log_id
        self._last_signed = last_signed
        self._signers = signers
        self._cached = cached
        self._notes: OrderedDict[int, tuple[CheckpointRecord, str]] = OrderedDict()
        self._lock = Lock()
        self._signed_size = -1
        self._refused: str | None = None

    def key(self, at: int) -> str:
        """The address of the key that signs new checkpoints at this time (Unix seconds)."""
        return self._signers.active(at).address

    def refuse(self, reason: str) -> None:
        """Sign nothing any more: the database's history is not the one that was signed."""
        self._refused = reason

    @property
    def seen_size(self) -> int:
        """How far the log was seen to be signed; -1 before the first look."""
        return self._signed_size

    def signed_size(self, *, at_least: int = 0, fresh: bool = False) -> int:
        """How far the log is signed. LastSigned is read again when `fresh`, or when `at_least` lies beyond
        what was seen.
        """
        if fresh or self._signed_size < at_least or self._signed_size < 0:
            last = self._last_signed.read(self._log_id)
            self._signed_size = max(self._signed_size, 0 if last is None else last[0])
        return self._signed_size

    def known(self, size: int) -> tuple[CheckpointRecord, str] | None:
        """The signed checkpoint of exactly this size, if it was asked for lately: what was signed stays."""
        if self._refused is not None:
            raise LogHalted(self._refused)
        with self._lock:
            return self._notes.get(size)

    def note(self, record: CheckpointRecord) -> str:
        """The signed note of a committed row. Raises `LogHalted` when it must not be signed (again)."""
        if self._refused is not None:
            raise LogHalted(self._refused)
        with self._lock:
            known = self._notes.get(record.size)
            if known is not None and known[0] == record:
                self._notes.move_to_end(record.size)
                return known[1]
        if record.size > self.signed_size(at_least=record.size):
            raise LogHalted("a checkpoint beyond LastSigned must not be signed", permanent=False)
        signer = self._signers.of(record.key)
        if signer is None:
            raise LogError(f"the key {record.key} of the checkpoint at size {record.size} is not at hand")
        note = signer.sign(record.size, record.root, record.signed_at, record.anchor_by, record.via)
        with self._lock:
            self._notes[record.size] = (record, note)
            while len(self._notes) > self._cached:
                self._notes.popitem(last=False)
        return note
