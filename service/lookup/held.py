"""What somebody else holds: the receipts in a file that is a receipt, evidence, or an evidence bundle."""

from __future__ import annotations

from dataclasses import dataclass

from service.core import evidence, receipt
from service.core.bundle_archive import MAGIC, BundleRefused, open_bundle
from service.core.errors import FormatError
from service.core.evidence import Evidence
from service.core.evidence_report import EvidenceReport, Problem
from service.core.receipt import Receipt
from service.core.trust import Trust
from service.core.verdict import Verdict
from service.core.verify_bundle import EVIDENCE, Files, verify_files

MAX_HELD_BYTES = 4 * 1024 * 1024
MAX_HELD_RECEIPTS = 256
_MAX_UNPACKED_BYTES = 16 * 1024 * 1024
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Held:
    """At least one receipt; of a bundle also its evidence and files."""

    receipts: tuple[Receipt, ...]
    evidence: Evidence | None = None
    files: Files | None = None


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A bundle's files against its manifest: how many there are, the code of what is not known of the
    manifest's signer (None: the log's own key), and what is wrong.
    """

    count: int
    undecided: str | None
    problems: tuple[Problem, ...]


def read_held(data: bytes) -> Held:
    """FormatError when the file is none of the three, is damaged, or holds no receipt or too many."""
    if data.startswith(MAGIC):
        files = _opened(data)
        data = files[EVIDENCE] or b""
        held = _evidence(data)
        return Held(held.receipts, held.evidence, files)
    try:
        return Held((receipt.parse(data),))
    except receipt.NotAReceipt:
        return _evidence(data)


def check_files(held: Held, trust: Trust) -> FileCheck | None:
    """Steps 9 and 10 of docs/protocol.md §17; None for what is no bundle."""
    if held.files is None:
        return None
    unjudged = EvidenceReport(Verdict.GOOD, (), evidence=held.evidence)
    report = verify_files(unjudged, held.files, trust)
    manifest = report.steps[0]
    undecided = manifest.reason if manifest.status == "undecided" else None
    return FileCheck(len(held.files), undecided, report.problems[:_MOST_PROBLEMS])


def _opened(data: bytes) -> Files:
    try:
        files = open_bundle(data, most=_MAX_UNPACKED_BYTES)
    except BundleRefused as error:
        raise FormatError(f"the archive is refused: {error}") from None
    if EVIDENCE not in files:
        raise FormatError(f"the archive holds no {EVIDENCE}")
    return files


def _evidence(data: bytes) -> Held:
    try:
        parts = evidence.parse(data)
    except evidence.NotEvidence:
        raise FormatError("neither a receipt, nor evidence.json, nor an evidence bundle") from None
    receipts = tuple(each.shown for each in parts.entries if isinstance(each.shown, Receipt))
    if not 1 <= len(receipts) <= MAX_HELD_RECEIPTS:
        raise FormatError(f"compare 1 to {MAX_HELD_RECEIPTS} entries at once, not {len(receipts)}")
    return Held(receipts, parts)
