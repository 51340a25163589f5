"""What evidence needs from the outside: the log's keys, time stamps, a printer of certificates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from service.anchoring.timestamping import StampRecord
from service.core.checkpoint import LogIdentity
from service.core.evidence import Evidence
from service.core.trade_head import TradeHead
from service.disputes.ports import CaseLog
from service.profiles.giftcard.findings.model import Finding, TradeView


class EvidenceSigner(Protocol):
    """A log's active checkpoint keys, for what is signed about a trade. Deterministic; safe among threads."""

    def trade_head(
        self, identity: LogIdentity, trade: str, count: int, leaf: bytes, size: int, root: bytes
    ) -> TradeHead:
        """The log's word that at (size, root) the trade has `count` entries and `leaf` is the last."""

    def manifest(self, identity: LogIdentity, body: str) -> str:
        """The signed note over a bundle's manifest: one Ed25519 signature."""


class Stamps(Protocol):
    """RFC 3161 time stamps of a log's anchored checkpoints."""

    def earliest_stamp_covering(self, log_id: bytes, index: int) -> StampRecord | None:
        """The stamp of smallest size greater than `index`."""


class CertificatePrinter(Protocol):
    """Sets a trade's evidence as pages."""

    def __call__(
        self, log: CaseLog, evidence: Evidence, view: TradeView, findings: Sequence[Finding]
    ) -> bytes:
        """The certificate, a PDF; the same input gives the same bytes."""
