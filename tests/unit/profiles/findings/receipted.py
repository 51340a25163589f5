"""Simulated trades as receipts: real statements, disclosures, entries and signed checkpoints, in memory.

Roots are made up and paths left out: the rules look at neither, and verification is somebody else's matter.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from service.core import disclosure
from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.entry import build_entry, build_statement, statement_digest
from service.core.hexs import to_hex
from service.core.merkle import leaf_hash
from service.core.receipt import Anchor, Receipt, ReceiptLog
from service.core.times import format_time
from service.profiles.giftcard.references import references
from service.simulate import SimulatedTrade

_REGISTRY = "0x" + "42" * 20


class Log:
    """One platform's log. Entries arrive when they are sent."""

    def __init__(self, platform: str) -> None:
        self.origin = f"tally.example/{platform}"
        self.id = sha256(platform.encode()).digest()
        self._signer = CheckpointSigner(
            LogIdentity(self.origin, self.id, 31337, _REGISTRY),
            sha256(b"seed").digest(),
            sha256(b"key").digest(),
        )
        self._digests: dict[str, bytes] = {}
        self._size = 0

    def append(self, trade: SimulatedTrade) -> list[Receipt]:
        """Append a trade's events; their receipts, in order of seq."""
        given: list[Receipt] = []
        prev: bytes | None = None
        for seq, each in enumerate(trade.events):
            receipt = self._receipt(each.event, each.sent_ms, seq, prev)
            prev = leaf_hash(receipt.entry)
            given.append(receipt)
        return given

    def _receipt(self, event: Any, sent: int, seq: int, prev: bytes | None) -> Receipt:
        name, claims = event["event"], event["claims"]
        for _, ref in references(event["type"], claims):
            ref["digest"] = to_hex(self._digests[str(ref["event"])])
        shown = tuple(
            disclosure.make(
                disclosure.new_salt(sha256(f"{name}/{claim}".encode()).digest()[:16]), claim, value
            )
            for claim, value in claims.items()
        )
        decoy = disclosure.encode_base64url(sha256(f"decoy/{name}".encode()).digest())
        digests = [decoy, *map(disclosure.digest, shown)]
        statement = build_statement(
            self.origin, name, event["trade"], event["type"], event["occurred"], digests
        )
        self._digests[name] = statement_digest(statement)
        entry = build_entry(statement, seq, prev, format_time(sent))
        index, self._size = self._size, self._size + 1
        root, at = sha256(entry).digest(), sent // 1000
        note = self._signer.sign(self._size, root, at, at + 600)
        anchor = Anchor(31337, _REGISTRY, self._size, root, ())
        log = ReceiptLog(self.origin, self.id, 31337, _REGISTRY)
        return Receipt(log, entry, shown, index, note, (), (anchor,))
