"""Rebuilding a lost LastSigned from what can still be proved: the registry, the record of anchors, and signed
checkpoints that somebody kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.bootstrap.access import identity_of, log_name
from service.bootstrap.logs import ring_of
from service.bootstrap.operations import OperationRefused, Operations
from service.core import receipt
from service.core.checkpoint import parse_signed, verify_signed
from service.core.errors import TallyError
from service.log.ports import CheckpointRecord, LogRecord, LogState
from service.log.recovery import Known, adopt

_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known before an adoption. `newest`: the checkpoint at the database's end; `on_chain`: size of
    the registry's head and when it was anchored (Unix seconds).
    """

    size: int
    newest: CheckpointRecord | None
    on_chain: int
    anchored_at: int
    known: tuple[Known, ...]


class Adoption:
    """The adoption of one log's history. Opening it reads everything that is known; nothing is written."""

    def __init__(self, operations: Operations, record: LogRecord, files: Sequence[Path]) -> None:
        if record.state is LogState.HALTED:
            raise OperationRefused(
                f"{log_name(record)} is halted for good ({record.reason}): seal it first, then its history "
                "can be adopted to be read and anchored"
            )
        if operations.last_signed.read(record.log_id) is not None:
            raise OperationRefused(f"LastSigned of {log_name(record)} is there: nothing is to be adopted")
        self._operations = operations
        self._record = record
        self._ring = ring_of(operations.keys, record)
        self.embedded = operations.room.embedded
        self.sealed = record.state is LogState.SEALED
        self.standing = self._look(files)

    def adopt(self) -> int:
        """Write LastSigned; the size adopted. Raises `LogHalted` when anything known contradicts it."""
        operations = self._operations
        return adopt(operations.logs, operations.last_signed, self._record.log_id, self.standing.known).size

    def _look(self, files: Sequence[Path]) -> Standing:
        operations, log_id = self._operations, self._record.log_id
        head = operations.room.contract.head(log_id)  # no node, no adoption: NodeUnreachable
        known = [Known(head.size, head.root, "the registry")] if head.size else []
        anchored = operations.anchors.newest(self._record.chain_id, self._record.registry, log_id)
        if anchored is not None:
            known.append(Known(anchored.size, anchored.root, "the record of anchors"))
        for file in files:
            known += [Known(size, root, str(file)) for size, root in self._signed(file, _notes_in(file))]
        size = operations.logs.head(log_id).size
        return Standing(
            size=size,
            newest=operations.logs.latest_checkpoint(log_id, size),
            on_chain=head.size,
            anchored_at=head.timestamp,
            known=tuple(known),
        )

    def _signed(self, file: Path, notes: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        """Sizes and roots of notes, all of which must be signed by a checkpoint key of this log."""
        identity = identity_of(self._record)
        for note in notes:
            for key in self._ring.all():
                try:
                    signed = verify_signed(note, identity, key.signer.vkey, key.address)
                except TallyError:
                    continue
                yield signed.size, signed.root
                break
            else:
                raise OperationRefused(
                    f"{file}: its checkpoint is not signed by a key of {log_name(self._record)}"
                )


def _notes_in(file: Path) -> list[str]:
    """The checkpoint of a file: a signed note as `/logs/NAME/checkpoint` gives it, or those of a receipt."""
    try:
        data = file.read_bytes()[: _MOST_BYTES + 1]
    except OSError as error:
        raise OperationRefused(f"{file}: {error.strerror}") from None
    try:
        if data.lstrip().startswith(b"{"):
            held = receipt.parse(data)
            return [held.checkpoint, *(each.checkpoint for each in held.anchors if each.checkpoint)]
        parse_signed(data)
        return [data.decode()]
    except (TallyError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise OperationRefused(f"{file}: neither a receipt nor a signed checkpoint: {error}") from None
