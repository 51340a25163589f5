"""`tally verify` of time stamps (RFC 3161): what each token says, and whether it is an authority's that the
caller trusts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from service.core import timestamp
from service.core.errors import FormatError, VerificationError
from service.core.evidence import Evidence
from service.core.evidence_parts import StampNote
from service.core.evidence_report import EVIDENCE_STEPS, EvidenceReport, Problem
from service.core.timestamp import TimeStamp
from service.core.verdict import Status, Step, Verdict, most_severe

_MAX_ROOTS_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StampCheck:
    """One time stamp: every entry below `size` existed by then. `trusted` None: the caller named no root;
    False: it does not descend from the roots that the caller named.
    """

    size: int
    told: TimeStamp
    trusted: bool | None


def read_roots(paths: Sequence[str]) -> tuple[bytes, ...] | None:
    """The certificates of the files that the caller names; None without any. Errors: click.BadParameter."""
    if not paths:
        return None
    roots: list[bytes] = []
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                roots += timestamp.read_roots(file.read(_MAX_ROOTS_BYTES))
        except (OSError, FormatError) as error:
            raise click.BadParameter(f"{path}: {error}", param_hint="--tsa-root") from None
    return tuple(roots)


def check_stamps(
    report: EvidenceReport, evidence: Evidence, roots: Sequence[bytes] | None
) -> tuple[EvidenceReport, tuple[StampCheck, ...]]:
    """The report with what its time stamps prove wrong, and what those say that are of this log's notes."""
    checks, problems = [], []
    for note in evidence.timestamps:
        try:
            checks.append(_check(note, roots))
        except (FormatError, VerificationError) as error:
            problems.append(Problem("stamp_wrong", f"of size {note.size}: {error}"))
    if not problems:
        return report, tuple(checks)
    wrong = Step(7, EVIDENCE_STEPS[6], Status.BAD, problems[0].reason, problems[0].detail)
    steps = tuple(
        wrong if each.number == 7 and each.status is not Status.BAD else each for each in report.steps
    )
    verdict = most_severe([report.verdict, Verdict.TAMPERED])
    return replace(report, verdict=verdict, steps=steps, problems=(*report.problems, *problems)), tuple(
        checks
    )


def _check(note: StampNote, roots: Sequence[bytes] | None) -> StampCheck:
    message = note.checkpoint.encode()
    told = timestamp.read(note.token)
    if not timestamp.is_of(note.token, message):
        raise VerificationError("the token is not of this checkpoint")
    if roots is None:
        return StampCheck(note.size, told, None)
    try:
        timestamp.verify(note.token, message, roots)
    except VerificationError:
        return StampCheck(note.size, told, False)
    return StampCheck(note.size, told, True)
