"""The files given to `tally verify`: read within limits, told apart, and each checked as what it is."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from service.cli.verify_photo import Photographed
from service.core import receipt as receipts
from service.core.bundle_archive import MAGIC, MAX_BUNDLE_BYTES
from service.core.chain_view import ChainView
from service.core.errors import TallyError
from service.core.receipt import MAX_RECEIPT_BYTES, Receipt
from service.core.trust import Trust
from service.core.verdict import STEP_TITLES, Facts, Report, Status, Step, Verdict
from service.core.verify import join_trades, verify_receipt

if TYPE_CHECKING:
    from service.cli.verify_evidence import EvidenceCheck

_EVIDENCE_MARK = b'"tallystick-evidence/1"'
_MAX_EVIDENCE_BYTES = 32 * 1024 * 1024
Result: TypeAlias = "Report | EvidenceCheck"


@dataclass(frozen=True, slots=True)
class Checking:
    """What files are checked against: the caller's trust, blocks, nodes, and clock (ms); and the roots (DER)
    of time-stamping authorities, None when the caller named none.
    """

    trust: Trust | None
    block_hashes: Mapping[int, Collection[bytes]]
    view: ChainView | None
    now: int
    tsa_roots: Sequence[bytes] | None = None

    def receipt(self, data: bytes) -> Report:
        """Check one receipt file."""
        try:
            return verify_receipt(
                data, trust=self.trust, block_hashes=self.block_hashes, view=self.view, now=self.now
            )
        except Exception:  # a bug of ours with one file must not hide what is wrong with another
            traceback.print_exc()
            return Report(Verdict.INTERNAL_ERROR, (), Facts())


def check_files(
    checking: Checking, names: Sequence[str], photographed: Mapping[str, Photographed]
) -> list[Result]:
    """The result for each file, in order. Receipts are held against each other, and against the evidence."""
    contents = {name: _content(name, photographed) for name in names}
    evidence = [name for name in names if _is_evidence(contents[name])]
    others = [name for name in names if name not in evidence]
    reports = join_trades([_checked(checking, contents[name]) for name in others])
    found: dict[str, Result] = dict(zip(others, reports, strict=True))
    if evidence:
        from service.cli.verify_evidence import check_evidence  # only now: it brings the rules of findings

        held = [each for name in others if (each := _held(contents[name])) is not None]
        for name in evidence:
            data = contents[name]
            assert isinstance(data, bytes)
            found[name] = check_evidence(checking, data, held, reports)
    return [found[name] for name in names]


def _content(name: str, photographed: Mapping[str, Photographed]) -> Photographed:
    shown = photographed.get(name)
    if shown is not None:
        return shown
    try:
        return _read(name)
    except (OSError, ValueError) as error:
        step = Step(1, STEP_TITLES[0], Status.BAD, "file_unreadable", str(error))
        return Report(Verdict.WRONG_FILE, (step,), Facts())


def _read(name: str) -> bytes:
    """A file's bytes, at most one more than the limit of its kind: then it is refused as too long."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BUNDLE_BYTES + 1)
    with Path(name).open("rb") as file:
        start = file.read(MAX_RECEIPT_BYTES + 1)
        if start.startswith(MAGIC):
            return start + file.read(MAX_BUNDLE_BYTES + 1 - len(start))
        return start + file.read(_MAX_EVIDENCE_BYTES + 1 - len(start))


def _is_evidence(content: Photographed) -> bool:
    if isinstance(content, Report):
        return False
    return content.startswith(MAGIC) or (_EVIDENCE_MARK in content and not _reads_as_receipt(content))


def _reads_as_receipt(data: bytes) -> bool:
    """A receipt may quote the mark in one of its claims."""
    try:
        receipts.parse(data)
    except receipts.NotAReceipt:
        return False
    except TallyError:
        return True
    return True


def _checked(checking: Checking, content: Photographed) -> Report:
    return content if isinstance(content, Report) else checking.receipt(content)


def _held(content: Photographed) -> Receipt | None:
    if isinstance(content, Report):
        return None
    try:
        return receipts.parse(content)
    except TallyError:
        return None
