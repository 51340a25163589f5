"""What the verification of evidence concludes: numbered steps, every problem by name, one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.core.checkpoint import SignedCheckpoint
from service.core.evidence import Evidence
from service.core.verdict import Report, Status, Step, Verdict

EVIDENCE_STEPS = (
    "evidence_format",
    "evidence_receipts",
    "evidence_trade",
    "evidence_checkpoint",
    "evidence_head",
    "evidence_context",
    "evidence_stamps",
    "evidence_anchors",
    "evidence_manifest",
    "evidence_files",
    "evidence_findings",
)
"""The last three belong to a bundle file and to the profile, which this package does not know."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the evidence: a stable code, and which entry, in technical English."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class HeadFact:
    """The log's word, by `address`: at `size` the trade has `count` entries, the last of them `leaf`."""

    count: int
    leaf: bytes
    size: int
    root: bytes
    address: str


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """The result for one evidence file. `receipts` and `context` are in the order of the file; `checkpoint`
    and `head` are None when the step that proves them did not succeed.
    """

    verdict: Verdict
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...] = ()
    evidence: Evidence | None = None
    receipts: tuple[Report, ...] = ()
    context: tuple[Report, ...] = ()
    checkpoint: SignedCheckpoint | None = None
    head: HeadFact | None = None

    @property
    def exit_code(self) -> int:
        """The exit code (docs/protocol.md §13)."""
        return self.verdict.exit_code

    @property
    def reason(self) -> str:
        """The code of what decided the verdict; "good" if all went well."""
        if self.problems:
            return self.problems[0].reason
        for report in self.receipts:
            if report.verdict is self.verdict is not Verdict.GOOD:
                return report.reason
        wanted = (Status.BAD, Status.UNDECIDED)
        return next((step.reason for step in self.steps if step.status in wanted), str(self.verdict))


def anchors_step(reports: Sequence[Report], *, bad: bool) -> tuple[Step, list[Verdict]]:
    """8: what the receipts say of promises, consents and anchors, the most severe first; their verdicts."""
    verdicts = [each.verdict for each in reports]
    title = EVIDENCE_STEPS[7]
    if bad:
        return Step(8, title, Status.SKIPPED, "needs_earlier_step"), verdicts
    if not reports:
        return Step(8, title, Status.UNDECIDED, "nothing_shown"), [Verdict.ANCHOR_NOT_CHECKED]
    worst = min(reports, key=lambda each: tuple(Verdict).index(each.verdict))
    if worst.verdict is Verdict.GOOD:
        return Step(8, title, Status.OK, "ok"), verdicts
    status = Status.BAD if worst.exit_code == 1 else Status.UNDECIDED
    entry = worst.facts.entry
    told = f"{sum(each.verdict is worst.verdict for each in reports)} of {len(reports)} entries"
    detail = told if entry is None else f"{told}, the first seq {entry.seq}"
    return Step(8, title, status, worst.reason, detail), verdicts
