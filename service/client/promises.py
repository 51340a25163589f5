"""Does a signed checkpoint promise what the client relies on? Both signatures, the log, and the times."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from service.core.checkpoint import LogIdentity, SignedCheckpoint, parse_signed
from service.core.errors import TallyError, VerificationError
from service.core.merkle import verify_inclusion
from service.core.receipt import Receipt, ReceiptLog
from service.core.trust import Trust
from service.core.verdict import StepFailed
from service.core.verify_checkpoint import (
    check_by_trusted_key,
    check_received,
    check_self_consistent,
    trusted_log,
)

_REMEMBERED: Final = 256


class PromiseChecker:
    """Checks checkpoints against the caller's trust; many receipts share one, so each note is checked once.

    Without `trust` a checkpoint must still be consistent in itself (its EIP-712 signature belongs to its
    key id), but whose key that is remains unknown. `origin` binds the client to one log. `now` gives ms
    since 1970. Thread-safe enough: two threads may check the same note twice.
    """

    def __init__(self, trust: Trust | None, origin: str | None, now: Callable[[], int]) -> None:
        self._trust = trust
        self._origin = origin
        self._now = now
        self._checked: OrderedDict[tuple[ReceiptLog, str], SignedCheckpoint] = OrderedDict()

    def checkpoint(self, log: ReceiptLog, note: str) -> SignedCheckpoint:
        """The checkpoint of a note by this log. VerificationError when nobody may rely on it."""
        if (known := self._checked.get((log, note))) is not None:
            return known
        if self._origin is not None and log.origin != self._origin:
            raise VerificationError(f"an answer of the log {log.origin}; expected {self._origin}")
        try:
            checked = self._check(log, note)
        except TallyError as error:
            raise VerificationError(f"the checkpoint cannot be relied on: {error}") from error
        self._checked[log, note] = checked
        while len(self._checked) > _REMEMBERED:
            self._checked.popitem(last=False)
        return checked

    def _check(self, log: ReceiptLog, note: str) -> SignedCheckpoint:
        identity = LogIdentity(log.origin, log.id, log.chain_id, log.registry)
        signed = parse_signed(note)
        address = check_self_consistent(signed, identity, self._now())
        if self._trust is not None:
            check_by_trusted_key(signed, address, trusted_log(self._trust, identity))
        return signed

    def promise(self, log: ReceiptLog, note: str, received: int) -> SignedCheckpoint:
        """The checkpoint, when it was also signed at the time an entry was received (ms)."""
        signed = self.checkpoint(log, note)
        try:
            check_received(signed, received)
        except StepFailed as error:
            raise VerificationError(f"the checkpoint is not of the time of the entry: {error}") from error
        return signed

    def receipt(self, receipt: Receipt, leaf: bytes, received: int) -> None:
        """VerificationError unless the receipt's promise includes the leaf, and every anchor in it does."""
        signed = self.promise(receipt.log, receipt.checkpoint, received)
        verify_inclusion(leaf, receipt.index, signed.size, receipt.inclusion, signed.root)
        for anchor in receipt.anchors:
            verify_inclusion(leaf, receipt.index, anchor.size, anchor.inclusion, anchor.root)
