"""`tally verify` of evidence and bundles: what holders' receipts restore, all steps, the findings again."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from service.cli.verify_files import Checking
from service.core import evidence as evidences
from service.core.bundle_archive import MAGIC, BundleRefused, open_bundle
from service.core.canonical import canonicalize
from service.core.entry import parse as parse_entry
from service.core.errors import TallyError
from service.core.evidence import Element, Evidence
from service.core.evidence_disclosure import restore
from service.core.evidence_report import EVIDENCE_STEPS, EvidenceReport, Problem
from service.core.receipt import Receipt
from service.core.verdict import Report, Status, Step, Verdict, most_severe
from service.core.verify_bundle import EVIDENCE, Files, verify_files
from service.core.verify_evidence import verify_evidence, verify_parsed
from service.profiles.giftcard.evidence_findings import encoded_findings, findings_of, view_of
from service.profiles.giftcard.findings.model import Finding

if TYPE_CHECKING:
    from service.cli.verify_stamps import StampCheck

_MOST_FINDINGS_BYTES = 8 * 1024 * 1024
Restored = tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """The result for one evidence file or bundle.

    `restored`: (seq, names) of claims that came from a holder's receipt; `findings`: computed here, from all
    that is shown and held, with the blocks that the caller's view confirmed; None when the evidence is bad.
    """

    report: EvidenceReport
    restored: Restored = ()
    findings: tuple[Finding, ...] | None = None
    stamps: tuple[StampCheck, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.report.verdict

    @property
    def exit_code(self) -> int:
        """The exit code."""
        return self.report.exit_code


def check_evidence(
    checking: Checking, data: bytes, held: Sequence[Receipt], reports: Sequence[Report]
) -> EvidenceCheck:
    """Check `evidence.json` or a bundle. `held`: receipts given beside it; `reports`: what they were found
    to be.
    """
    try:
        files: Files | None = open_bundle(data) if data.startswith(MAGIC) else None
    except BundleRefused as error:
        return EvidenceCheck(_refused("bundle_refused", str(error)))
    try:
        return _check(checking, data, files, held, reports)
    except Exception:  # a bug of ours with one file must not hide what is wrong with another
        traceback.print_exc()
        return EvidenceCheck(EvidenceReport(Verdict.INTERNAL_ERROR, ()))


def _check(
    checking: Checking,
    data: bytes,
    files: Files | None,
    held: Sequence[Receipt],
    reports: Sequence[Report],
) -> EvidenceCheck:
    if files is not None and EVIDENCE not in files:
        return EvidenceCheck(_refused("bundle_refused", f"there is no {EVIDENCE} in it"))
    shown = data if files is None else files[EVIDENCE]
    evidence = None if shown is None else _parsed(shown)
    restored: Restored = ()
    if shown is None:
        report = _unopened(Verdict.TAMPERED, "file_altered", EVIDENCE)
    elif evidence is None:
        report = verify_evidence(shown, trust=checking.trust, now=checking.now)
    else:
        merged, restored = merge(evidence, held)
        report = verify_parsed(
            merged,
            trust=checking.trust,
            block_hashes=checking.block_hashes,
            view=checking.view,
            now=checking.now,
            held=reports,
        )
        # The files and the findings are those of the evidence as it was handed out.
        report = replace(report, evidence=evidence)
    if files is not None:
        report = verify_files(report, files, checking.trust)
    stamps: tuple[StampCheck, ...] = ()
    if evidence is not None and evidence.timestamps:
        from service.cli.verify_stamps import check_stamps  # only now: it brings the parsers of certificates

        report, stamps = check_stamps(report, evidence, checking.tsa_roots)
    return replace(_with_findings(report, held, restored), stamps=stamps)


def merge(evidence: Evidence, held: Sequence[Receipt]) -> tuple[Evidence, Restored]:
    """The evidence with the claims that it does not show and a holder's receipt of the same entry does."""
    by_entry: dict[tuple[bytes, bytes], list[str]] = {}
    for each in held:
        by_entry.setdefault((each.log.id, each.entry), []).extend(each.disclosures)
    restored, entries = [], []
    for element in evidence.entries:
        shown = element.shown
        if isinstance(shown, Receipt):
            try:
                shown, names = restore(shown, by_entry.get((shown.log.id, shown.entry), ()))
                if names:
                    restored.append((parse_entry(shown.entry).seq, names))
            except TallyError:
                pass  # altered, which the steps say
        entries.append(Element(shown, element.inclusion))
    return replace(evidence, entries=tuple(entries)), tuple(restored)


def _with_findings(report: EvidenceReport, held: Sequence[Receipt], restored: Restored) -> EvidenceCheck:
    """Step 11: the findings that the evidence brings are those that follow from it; and those that follow
    from everything that is here.
    """
    evidence, title = report.evidence, EVIDENCE_STEPS[10]
    if evidence is None or report.problems:
        step = Step(11, title, Status.SKIPPED, "needs_earlier_step")
        return EvidenceCheck(replace(report, steps=(*report.steps, step)), restored)
    step, problems = _compare(evidence)
    verdict = most_severe([report.verdict, *([Verdict.TAMPERED] if problems else [])])
    judged = replace(
        report, verdict=verdict, steps=(*report.steps, step), problems=(*report.problems, *problems)
    )
    merged, _ = merge(evidence, held)
    own = {each.entry for each in evidence.receipts}
    foreign = [
        each
        for each in held
        if each.log == evidence.log and each.entry not in own and _trade_of(each) == evidence.trade
    ]
    view = view_of(merged, foreign=foreign, final=_confirmed(report))
    return EvidenceCheck(judged, restored, findings_of(merged, view))


def _compare(evidence: Evidence) -> tuple[Step, list[Problem]]:
    title = EVIDENCE_STEPS[10]
    if evidence.findings is None:
        return Step(11, title, Status.SKIPPED, "no_findings"), []
    told = canonicalize(dict(evidence.findings), max_bytes=_MOST_FINDINGS_BYTES)
    own = encoded_findings(evidence)
    if told == own:
        return Step(11, title, Status.OK, "ok"), []
    if _versions(told) != _versions(own):
        detail = f"taken by {evidence.generator}"
        return Step(11, title, Status.UNDECIDED, "findings_of_other_version", detail), []
    if _without_sentences(told) == _without_sentences(own):
        return Step(
            11, title, Status.UNDECIDED, "findings_in_other_words", f"taken by {evidence.generator}"
        ), []
    problem = Problem("findings_differ", "what the evidence says was found does not follow from it")
    return Step(11, title, Status.BAD, problem.reason, problem.detail), [problem]


def _versions(findings: bytes) -> set[bytes]:
    """Code and version of each result, as JSON whatever they are; empty for what has no results."""
    results = orjson.loads(findings).get("results")
    if not isinstance(results, list):
        return set()
    return {
        orjson.dumps([each.get("code"), each.get("version")]) for each in results if isinstance(each, dict)
    }


def _without_sentences(findings: bytes) -> object:
    """The findings but for their sentences: another release may put the same into other words."""
    value = orjson.loads(findings)
    results = value.get("results")
    for each in results if isinstance(results, list) else ():
        if isinstance(each, dict):
            each.pop("zh", None)
            each.pop("en", None)
    return value


def _confirmed(report: EvidenceReport) -> dict[int, set[bytes]] | None:
    """Blocks that the caller named or whose node calls final; None: nobody was asked, so the evidence's word
    counts.
    """
    found: dict[int, set[bytes]] = {}
    for each in report.receipts:
        anchor = each.facts.anchor
        if anchor is not None and anchor.header_hash is not None:
            found.setdefault(anchor.chain_id, set()).add(anchor.header_hash)
    return found or None


def _trade_of(receipt: Receipt) -> str | None:
    try:
        return parse_entry(receipt.entry).statement.trade
    except TallyError:
        return None


def _parsed(data: bytes) -> Evidence | None:
    try:
        return evidences.parse(data)
    except TallyError:
        return None


def _refused(reason: str, detail: str) -> EvidenceReport:
    return _unopened(Verdict.WRONG_FILE, reason, detail)


def _unopened(verdict: Verdict, reason: str, detail: str) -> EvidenceReport:
    step = Step(1, EVIDENCE_STEPS[0], Status.BAD, reason, detail)
    return EvidenceReport(verdict, (step,), (Problem(reason, detail),))
